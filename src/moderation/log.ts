import { and, count, desc, eq, inArray, lt, or } from 'drizzle-orm';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** What can happen to a profile. */
export const LOG_KINDS = [
  'created',
  'requested',
  'withdrawn',
  'approved',
  'refused',
  'asked',
  'answered',
  'given_at_once',
  'reviewed',
  'note',
  'warned',
  'acknowledged',
  'blocked',
  'unblocked',
  'block_over',
  'rename_asked',
  'renamed',
  'deleted',
  'undeleted',
  'retired',
  'restored',
  'barred',
  'bar_lifted',
  'excepted',
  'unexcepted',
  'appealed',
  'appeal_upheld',
  'appeal_granted',
  'referred',
  'case_closed',
  'invited',
  'imported',
] as const;

export type LogKind = (typeof LOG_KINDS)[number];

const content = z.object({
  kind: z.enum(LOG_KINDS),
  /** The profile's own order within a day. */
  step: z.number(),
  /** The account of the moderator or administrator who did it; never the profile's owner. */
  by: z.string().optional(),
  /** The reason as it read at that time, in both languages. */
  reason: z.object({ fr: z.string(), en: z.string() }).optional(),
  words: z.string().optional(),
  detail: z.record(z.string(), z.string()).optional(),
});

/** One thing that happened to a profile. `day` is an ISO date. `by` is for moderators, and never leaves as it is. */
export type LogEntry = Omit<z.output<typeof content>, 'step'> & {
  readonly id: string;
  readonly applicationId: string;
  readonly profileId: string;
  readonly day: string;
};

/**
 * What to write down. `by`: the account of whoever moderates, absent where the owner or time itself did it. `detail`:
 * short values that the words of this kind name, such as `until`, `name`, `of` (the entry that this one undoes).
 */
export type NewEntry = {
  /** The id of a decision that has one already. */
  readonly id?: string;
  readonly applicationId: string;
  readonly profileId: string;
  readonly kind: LogKind;
  readonly by?: string | undefined;
  readonly reason?: { readonly fr: string; readonly en: string } | undefined;
  readonly words?: string | undefined;
  readonly detail?: Readonly<Record<string, string>> | undefined;
};

/** Where a page of the log begins: after this entry of this day. */
export type LogPlace = { readonly day: string; readonly id: string };

export type ProfileLog = ReturnType<typeof makeProfileLog>;

const DAY = 86_400_000;
/** Of what an owner does and undoes as often as they like the last of a profile are kept (P8). */
const WAVERING: ReadonlySet<LogKind> = new Set(['retired', 'restored']);
const WAVERING_KEPT = 20;
/** With so many entries about a profile nothing is noted about it, and nobody is warned, until old ones are forgotten (P8). */
export const ENTRIES_MAX = 200;
/** Rows grow in these steps, in bytes: nearly all are of the first size. */
const PADDING = 1024;
/** So many are looked through at a time. */
const PAGE = 200;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** Days after which an entry is forgotten that holds nothing any more. */
  days: number;
};

/**
 * What happened to the profiles of each application, for its moderators and, but for notes and names, for the owner.
 * It knows days and no owner. Entries of one day stand in an order that says nothing, save those of one profile among
 * themselves, which are in the order in which they happened.
 */
export function makeProfileLog({ storage, seals, now, days }: Needs) {
  const { profileLog: table } = storage.tables;
  type Row = typeof table.$inferSelect;

  function open(row: Row): { step: number; entry: LogEntry } {
    const { id, applicationId, profileId, day } = row;
    const { step, ...what } = content.parse(JSON.parse(seals.open('profile-log', id, row.sealed)));
    return { step, entry: { id, applicationId, profileId, day, ...what } };
  }

  const inOrder = (rows: readonly Row[]) =>
    rows
      .map(open)
      .toSorted(
        (a, b) => a.entry.day.localeCompare(b.entry.day) || a.step - b.step || a.entry.id.localeCompare(b.entry.id),
      );

  async function history(db: Db, profileId: string): Promise<{ step: number; entry: LogEntry }[]> {
    return inOrder(await db.select().from(table).where(eq(table.profileId, profileId)));
  }

  /** Of what wavers, so many of a profile's that there is room for one more go. */
  async function dropWavering(tx: Db, profileId: string): Promise<void> {
    const wavering = (await history(tx, profileId)).map(({ entry }) => entry).filter(({ kind }) => WAVERING.has(kind));
    const over = wavering.slice(0, Math.max(0, wavering.length - WAVERING_KEPT + 1)).map(({ id }) => id);
    if (over.length > 0) await tx.delete(table).where(inArray(table.id, over));
  }

  return {
    /**
     * Writes an entry in a transaction of the caller's.
     * @returns its id: decisions are named by it.
     */
    async write(tx: Db, { id = randomId(), applicationId, profileId, ...what }: NewEntry): Promise<string> {
      if (WAVERING.has(what.kind)) await dropWavering(tx, profileId);
      const day = dayOf(now());
      // Of those before no more than this day's are read, however many there are.
      const isToday = and(eq(table.profileId, profileId), eq(table.day, day));
      const step = Math.max(0, ...(await tx.select().from(table).where(isToday)).map((row) => open(row).step)) + 1;
      const sealed = seals.sealPadded('profile-log', id, JSON.stringify({ step, ...what }), PADDING);
      await tx.insert(table).values({ id, applicationId, profileId, day, sealed });
      return id;
    },

    /**
     * Lets a transaction go on only where there is room for what moderators write about a profile as often as they like.
     * What they decide is always written.
     * @throws {UserError} profile_log_full{max}
     */
    async checkRoom(tx: Db, profileId: string): Promise<void> {
      const [found] = await tx.select({ rows: count() }).from(table).where(eq(table.profileId, profileId));
      if ((found?.rows ?? 0) >= ENTRIES_MAX) throw new UserError('profile_log_full', { max: ENTRIES_MAX });
    },

    /** What happened to a profile, the oldest first. */
    async of(profileId: string, db: Db = storage.read): Promise<LogEntry[]> {
      return (await history(db, profileId)).map(({ entry }) => entry);
    },

    /** What happened at an application, `limit` entries after a place; the latest day first. */
    async list(applicationId: string, after: LogPlace | undefined, limit: number): Promise<LogEntry[]> {
      const rows = await storage.read
        .select()
        .from(table)
        .where(
          and(
            eq(table.applicationId, applicationId),
            after === undefined
              ? undefined
              : or(lt(table.day, after.day), and(eq(table.day, after.day), lt(table.id, after.id))),
          ),
        )
        .orderBy(desc(table.day), desc(table.id))
        .limit(limit);
      return rows.map((row) => open(row).entry);
    },

    /** One entry; undefined where there is none any more. */
    async entry(id: string, db: Db = storage.read): Promise<LogEntry | undefined> {
      const [row] = await db.select().from(table).where(eq(table.id, id));
      return row === undefined ? undefined : open(row).entry;
    },

    /**
     * Forgets what is older than the setting says, but nothing that still holds.
     * @param holding which entries of a profile still hold something, by id: a block in force, an open appeal
     */
    async sweep(holding: (profileId: string) => Promise<ReadonlySet<string>>): Promise<void> {
      const before = dayOf(now() - days * DAY);
      let after: LogPlace = { day: before, id: '' };
      for (;;) {
        const rows = await storage.read
          .select({ id: table.id, profileId: table.profileId, day: table.day })
          .from(table)
          .where(or(lt(table.day, after.day), and(eq(table.day, after.day), lt(table.id, after.id))))
          .orderBy(desc(table.day), desc(table.id))
          .limit(PAGE);
        const last = rows.at(-1);
        if (last === undefined) return;
        const kept = new Map<string, ReadonlySet<string>>();
        for (const { profileId } of rows) {
          if (!kept.has(profileId)) kept.set(profileId, await holding(profileId));
        }
        const over = rows.filter(({ id, profileId }) => kept.get(profileId)?.has(id) !== true).map(({ id }) => id);
        if (over.length > 0) {
          await storage.write(async (tx) => void (await tx.delete(table).where(inArray(table.id, over))));
        }
        after = { day: last.day, id: last.id };
      }
    },
  };
}
