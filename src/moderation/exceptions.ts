import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isId, randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Decide } from './decide.ts';
import type { ProfileLog } from './log.ts';
import type { Moderators } from './moderators.ts';
import type { OwnerTelling } from './telling.ts';

/** How many profiles may be granted. */
export const EXCEPTION_QUOTA = { min: 1, max: 100 } as const;

/** So many stand at an application at most (P8): all of them are read to put them in order. */
export const EXCEPTIONS_MAX = 1000;

/** Of them on one profile: of several the largest counts, so nobody needs many. */
const EXCEPTIONS_OF_ONE_MAX = 10;

const content = z.object({ quota: z.number(), day: z.string(), by: z.string(), name: z.string() });

/** A number of profiles granted to the person behind a profile, and on what; nothing says whether it is used. */
export type Exception = {
  readonly id: string;
  readonly profileId: string;
  readonly name: string;
  readonly quota: number;
  /** An ISO date. */
  readonly day: string;
  /** The login name of the colleague who granted it; undefined once their account is gone. */
  readonly by: string | undefined;
};

type Needs = {
  decide: Decide;
  log: ProfileLog;
  loginNames: (accountIds: readonly (string | undefined)[]) => Promise<ReadonlyMap<string, string>>;
  moderators: Pick<Moderators, 'moderates'>;
  now: () => number;
  profiles: Pick<Profiles, 'isOwn' | 'moderated' | 'seen'>;
  seals: Seals;
  storage: Storage;
  telling: OwnerTelling;
};

export type Exceptions = ReturnType<typeof makeExceptions>;

/**
 * More profiles for one person, granted blind: on a request or on a profile, whoever it is. Two on one person are two,
 * and the larger counts. A grant ends with the profile it stands on.
 */
export function makeExceptions(needs: Needs) {
  const { decide, log, loginNames, moderators, now, profiles, seals, storage, telling } = needs;
  const { quotaException: table } = storage.tables;
  type Row = typeof table.$inferSelect;

  const open = (row: Row) => content.parse(JSON.parse(seals.open('quota-exception', row.id, row.sealed)));

  /** Takes one off, in a transaction; false where somebody else did before. */
  async function take(tx: Db, { id, profileId }: Pick<Row, 'id' | 'profileId'>): Promise<boolean> {
    const rows = await tx.delete(table).where(eq(table.id, id)).returning({ id: table.id });
    if (rows.length === 0) return false;
    await profiles.moderated.unexcept(tx, profileId, id);
    return true;
  }

  return {
    /**
     * Grants the person behind a profile or a request so many profiles at this application.
     * @throws {UserError} quota_invalid, exceptions_full{max}, profile_exceptions_full{max}, profile_changed, and the codes of `makeDecide`
     */
    async grant(actor: Actor, applicationId: string, profileId: string, quota: number): Promise<void> {
      const isOne = Number.isInteger(quota) && quota >= EXCEPTION_QUOTA.min && quota <= EXCEPTION_QUOTA.max;
      if (!isOne) throw new UserError('quota_invalid');
      await decide(actor, applicationId, profileId, async (tx, { application, profile, owner }) => {
        const standing = await tx
          .select({ profileId: table.profileId })
          .from(table)
          .where(eq(table.applicationId, applicationId));
        if (standing.length >= EXCEPTIONS_MAX) throw new UserError('exceptions_full', { max: EXCEPTIONS_MAX });
        if (standing.filter((row) => row.profileId === profileId).length >= EXCEPTIONS_OF_ONE_MAX)
          throw new UserError('profile_exceptions_full', { max: EXCEPTIONS_OF_ONE_MAX });
        const id = randomId();
        if (!(await profiles.moderated.except(tx, profileId, { id, quota }))) throw new UserError('profile_changed');
        const kept = { quota, day: dayOf(now()), by: actor.accountId, name: profile.name };
        const sealed = seals.sealPadded('quota-exception', id, JSON.stringify(kept), 512);
        await tx.insert(table).values({ id, applicationId, profileId, sealed });
        const detail = { quota: String(quota) };
        await log.write(tx, { id, applicationId, profileId, kind: 'excepted', by: actor.accountId, detail });
        await telling.tell(tx, owner, { kind: 'quota_excepted', detail: { application: application.name, ...detail } });
      });
    },

    /**
     * Takes a grant back; what was made under it stays.
     * @throws {UserError} exception_gone, and the codes of `makeDecide`
     */
    async withdraw(actor: Actor, applicationId: string, id: string): Promise<void> {
      const [row] = isId(id)
        ? await storage.read
            .select()
            .from(table)
            .where(and(eq(table.id, id), eq(table.applicationId, applicationId)))
        : [];
      if (row === undefined) throw new UserError('exception_gone');
      const { profileId } = row;
      await decide(actor, applicationId, profileId, async (tx, { application, owner }) => {
        if (!(await take(tx, row))) throw new UserError('exception_gone');
        await log.write(tx, {
          applicationId,
          profileId,
          kind: 'unexcepted',
          by: actor.accountId,
          detail: { of: id, quota: String(open(row).quota) },
        });
        await telling.tell(tx, owner, { kind: 'quota_unexcepted', detail: { application: application.name } });
      });
    },

    /**
     * What was granted at an application, by the names of what it was granted on; not on profiles of the actor's own.
     * @throws {UserError} forbidden
     */
    async list(actor: Actor, applicationId: string): Promise<Exception[]> {
      if (!(await moderators.moderates(actor, applicationId))) throw new UserError('forbidden');
      const rows = await storage.read.select().from(table).where(eq(table.applicationId, applicationId));
      const names = await loginNames(rows.map((row) => open(row).by));
      const found: Exception[] = [];
      for (const row of rows) {
        if (await profiles.isOwn(actor.accountId, row.profileId)) continue;
        const { quota, day, by, name } = open(row);
        const profile = await profiles.seen(applicationId, row.profileId);
        const { id, profileId } = row;
        found.push({ id, profileId, name: profile?.name ?? name, quota, day, by: names.get(by) });
      }
      return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
    },

    /** Those of one profile, by their ids: no order that says anything. */
    async ofProfile(
      profileId: string,
    ): Promise<{ readonly id: string; readonly quota: number; readonly day: string }[]> {
      const rows = await storage.read.select().from(table).where(eq(table.profileId, profileId));
      return rows
        .map((row) => ({ id: row.id, quota: open(row).quota, day: open(row).day }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },

    /** Ends all that stand on a profile whose owner is about to be forgotten, in the transaction of that. */
    async forget(tx: Db, profileId: string): Promise<void> {
      for (const row of await tx.select().from(table).where(eq(table.profileId, profileId))) await take(tx, row);
    },
  };
}
