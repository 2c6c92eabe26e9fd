import { randomInt } from 'node:crypto';
import { parseWords } from '../accounts/accounts.ts';
import { checkName, type Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { MONTH_DAYS } from './entrance.ts';
import { addDays, dayOf } from '../days.ts';
import { UNDO_DAYS, without, withinDays, type Holding } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { PETITION_LENGTH, requestOfRow, sealPetition } from './petition.ts';
import { openDetails, sealDetails, type Standing } from './profile.ts';
import { makeRequestStore } from './request-store.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

const DAY = 86_400_000;

/** Compare-and-set is tried this often. */
const TRIES = 200;

/** Within so many days after a decision about the person each of their other profiles is refused, on a day of its own. */
export const BAR_DAYS = { from: 1, until: 14 };

/** So many warnings wait to be acknowledged at most: older ones give way (P8). */
const WARNINGS_MAX = 20;

/** Asks that `ended` be called for a profile at this time (milliseconds), in the transaction of the decision. */
export type EndLater = (tx: Db, due: number, profileId: string) => Promise<void>;

type Needs = {
  applications: Pick<Applications, 'inForce'>;
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
  endLater: EndLater;
  /** Ends what the profile's grants still allow and tells the application. */
  onEnded: (accountId: string, profileId: string) => Promise<void>;
  onWiped: (tx: Db, profileId: string) => Promise<void>;
  usable: (accountId: string, profileId: string) => Promise<unknown>;
};

/**
 * What moderators decide about a profile. Each ability works in the caller's transaction and holds the profile's row
 * until it ends; it returns false where the profile is not, or is no longer, in a state for that, and has then changed
 * nothing. Who may decide is asked by the caller. Nothing that is returned says anything of the owner.
 */
export function makeModerated({
  applications,
  storage,
  seals,
  store,
  ownership,
  now,
  endLater,
  onEnded,
  onWiped,
  usable,
}: Needs) {
  const requests = makeRequestStore(storage);
  const today = (): string => dayOf(now());

  /** Changes how a profile stands, and its status where `to` names one, if it is in one of the given states. */
  async function change(
    tx: Db,
    profileId: string,
    from: readonly string[],
    to: (row: ProfileRow, standing: Standing) => (Partial<ProfileRow> & { standing: Standing }) | undefined,
  ): Promise<boolean> {
    const row = await store.hold(tx, profileId);
    if (row === undefined || !from.includes(row.status)) return false;
    const details = openDetails(seals, row);
    const changed = to(row, details.standing);
    if (changed === undefined) return false;
    const { standing, ...set } = changed;
    const sealed = sealDetails(seals, profileId, { ...details, standing });
    return store.change(tx, profileId, row.status, { ...set, sealed });
  }

  /**
   * Changes what the person behind a profile holds; false where the profile is nobody's any more. Where the account is
   * deleted, nothing is held and nothing changes, and it is done all the same: its profiles end on days of their own, and
   * whatever told the moment it went would tell which of them were its (P1).
   */
  async function changeHolding(
    why: 'sanction' | 'except',
    tx: Db,
    profileId: string,
    to: (held: Holding) => Holding | undefined,
  ): Promise<boolean> {
    const [row] = await store.findMany(tx, [profileId]);
    const accountId = row === undefined ? undefined : ownership.owner(why, row);
    if (row === undefined || accountId === undefined) return false;
    if (!(await ownership.holds(why, tx, accountId, row.applicationId))) return true;
    return ownership.change(why, tx, accountId, row.applicationId, to);
  }

  return {
    /** Says yes to a request. */
    async approve(tx: Db, profileId: string): Promise<boolean> {
      // Of a profile that nobody saw yet the day of its creation is this one.
      const set = { status: 'active', createdDay: today() };
      if (!(await store.change(tx, profileId, 'requested', set))) return false;
      return requests.remove(tx, profileId);
    },

    /** Takes note that a profile that was given at once was looked at. */
    async reviewed(tx: Db, profileId: string): Promise<boolean> {
      const row = await requests.find(profileId, tx);
      return row?.status === 'review' && (await requests.remove(tx, profileId));
    },

    /**
     * Says no to a request: nothing of the profile stays and its name is free, see `freeShape`. That there was a
     * refusal counts for the person. Ask `ownerToTell` before.
     */
    async refuse(tx: Db, profileId: string): Promise<boolean> {
      const row = await store.hold(tx, profileId);
      if (row?.status !== 'requested') return false;
      await onWiped(tx, profileId);
      const day = today();
      await changeHolding('sanction', tx, profileId, (held) => ({
        ...without(held, profileId, day),
        refusedDays: [...withinDays(held.refusedDays, MONTH_DAYS, day), day],
      }));
      await requests.remove(tx, profileId);
      await store.freeShape(tx, row.applicationId, shapeOf(row.name));
      return store.remove(tx, profileId, 'requested');
    },

    /**
     * Puts a question to whoever asks for a profile; it takes the place of the one before, with its answer.
     * @throws {UserError} words_too_few {min}, words_too_many {max}
     */
    async ask(tx: Db, profileId: string, question: string): Promise<boolean> {
      const text = parseWords(question, PETITION_LENGTH.question);
      const before = await requests.find(profileId, tx);
      if (before === undefined || before.status === 'review') return false;
      const { words } = requestOfRow(seals, before);
      const sealed = sealPetition(seals, profileId, { words, question: text });
      return requests.replace(tx, before, { status: 'asked', sealed });
    },

    /**
     * Blocks a profile, until a time (milliseconds) or for good; a block takes the place of the one before. One that its
     * owner retired is blocked when they take that back.
     */
    block(tx: Db, profileId: string, blocked: { readonly id: string; readonly until?: number }): Promise<boolean> {
      return change(tx, profileId, ['active', 'blocked', 'retired'], ({ status }, standing) => ({
        status: status === 'retired' ? status : 'blocked',
        standing: { ...standing, blocked },
      }));
    },

    /** Takes a block back; with `id`, only if it is that one. */
    unblock(tx: Db, profileId: string, id?: string): Promise<boolean> {
      return change(tx, profileId, ['blocked', 'retired'], ({ status }, { blocked, ...standing }) =>
        blocked === undefined || (id !== undefined && blocked.id !== id)
          ? undefined
          : { status: status === 'retired' ? status : 'active', standing },
      );
    },

    /** Has its owner acknowledge a warning before they go on. */
    warn(tx: Db, profileId: string, id: string): Promise<boolean> {
      return change(tx, profileId, ['active', 'blocked'], (_, standing) => ({
        standing: { ...standing, warnings: [...standing.warnings, id].slice(-WARNINGS_MAX) },
      }));
    },

    /** Takes a warning back that was not acknowledged yet. */
    unwarn(tx: Db, profileId: string, id: string): Promise<boolean> {
      return change(tx, profileId, ['active', 'blocked', 'retired'], (_, standing) =>
        standing.warnings.includes(id)
          ? { standing: { ...standing, warnings: standing.warnings.filter((warning) => warning !== id) } }
          : undefined,
      );
    },

    /**
     * Gives a profile another name, or without `name` has its owner choose one at the next sign-in. The old one stays
     * taken.
     * @throws {UserError} name_taken, and the codes of `checkName`
     */
    async rename(tx: Db, profileId: string, id: string, name?: string): Promise<boolean> {
      if (name === undefined) {
        return change(tx, profileId, ['active', 'blocked'], (_, standing) => ({
          standing: { ...standing, rename: id },
        }));
      }
      const row = await store.hold(tx, profileId);
      if (row?.status !== 'active' && row?.status !== 'blocked') return false;
      const { rule } = await applications.inForce(tx, row.applicationId);
      const fresh = checkName(name, rule);
      if (!(await store.takeShape(tx, row.applicationId, shapeOf(fresh)))) throw new UserError('name_taken');
      return change(tx, profileId, [row.status], (_, { rename: _asked, ...standing }) => ({
        name: fresh,
        nameKey: canonicalName(fresh),
        standing,
      }));
    },

    /** Takes back that its owner is to choose another name. */
    unrename(tx: Db, profileId: string, id: string): Promise<boolean> {
      return change(tx, profileId, ['active', 'blocked', 'retired'], (_, { rename: asked, ...standing }) =>
        asked === id ? { standing } : undefined,
      );
    },

    /** Deletes a profile at once. What ties it to a person is wiped as of any other, later while a case is open. */
    remove(tx: Db, profileId: string): Promise<boolean> {
      // Deleted today: as if it had been retired so long ago that nobody may undo it.
      const retiredDay = addDays(today(), -UNDO_DAYS);
      return change(tx, profileId, ['active', 'blocked', 'retired'], (_, standing) => ({
        status: 'deleted',
        retiredDay,
        standing,
      }));
    },

    /** Takes a deletion back, as long as its owner is not forgotten. */
    undelete(tx: Db, profileId: string): Promise<boolean> {
      return change(tx, profileId, ['deleted'], ({ ownerSealed }, standing) =>
        ownerSealed === null
          ? undefined
          : { status: standing.blocked === undefined ? 'active' : 'blocked', retiredDay: null, standing },
      );
    },

    /**
     * Lets a decision about a profile hold for the person behind it: with `noNew` they make no new profile there, with
     * `others` each of their other profiles there is refused from a time of its own on, between one day and fourteen.
     * Moderators see nothing of it on the others. What waits for a yes when no new one may be made is refused alike.
     */
    async bar(
      tx: Db,
      profileId: string,
      bar: { readonly id: string; readonly noNew: boolean; readonly others: boolean },
    ): Promise<boolean> {
      const [row] = await store.findMany(tx, [profileId]);
      const accountId = row === undefined ? undefined : ownership.owner('sanction', row);
      if (row === undefined || accountId === undefined) return false;
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        // With each new profile the holding changes: those that are read here are all there are when it is written.
        const before = await ownership.read('sanction', tx, accountId, row.applicationId);
        // The account is deleted: see `changeHolding`.
        if (before.sealed === undefined) return true;
        const ids = before.value.profiles.map(({ id }) => id);
        const refused = (await store.findMany(tx, ids))
          .filter(
            ({ id, status }) => id !== profileId && status !== 'deleted' && (bar.others || status === 'requested'),
          )
          .map(({ id }) => ({ id, from: now() + randomInt(BAR_DAYS.from * DAY, BAR_DAYS.until * DAY) }));
        const bars = [...before.value.bars, { id: bar.id, profileId, noNew: bar.noNew, refused }];
        if (!(await ownership.write('sanction', tx, before, { ...before.value, bars }))) continue;
        for (const { id, from } of refused) await endLater(tx, from, id);
        return true;
      }
      throw new Error('a holding changed too often');
    },

    /** Takes such a decision back, for all it holds for. */
    liftBar(tx: Db, profileId: string, id: string): Promise<boolean> {
      return changeHolding('sanction', tx, profileId, (held) => {
        const bars = held.bars.filter((bar) => bar.id !== id);
        return bars.length === held.bars.length ? undefined : { ...held, bars };
      });
    },

    /** Grants the person behind a profile a number of profiles there, whatever they hold. */
    except(
      tx: Db,
      profileId: string,
      { id, quota }: { readonly id: string; readonly quota: number },
    ): Promise<boolean> {
      return changeHolding('except', tx, profileId, (held) => ({
        ...held,
        exceptions: [...held.exceptions.filter((exception) => exception.id !== id), { id, quota }],
      }));
    },

    /** Takes such a grant back; nothing that was made under it is taken away. */
    unexcept(tx: Db, profileId: string, id: string): Promise<boolean> {
      return changeHolding('except', tx, profileId, (held) => {
        const exceptions = held.exceptions.filter((exception) => exception.id !== id);
        return exceptions.length === held.exceptions.length ? undefined : { ...held, exceptions };
      });
    },

    /**
     * Ends what a profile's grants still allow and tells its application, if the profile may not be used at this moment:
     * for after the commit of a decision, and for the time a decision about the person reaches another profile.
     */
    async ended(profileId: string): Promise<void> {
      const row = await store.find(profileId);
      const accountId = row === undefined ? undefined : ownership.owner('sanction', row);
      if (accountId === undefined || (await usable(accountId, profileId)) !== undefined) return;
      await onEnded(accountId, profileId);
    },
  };
}
