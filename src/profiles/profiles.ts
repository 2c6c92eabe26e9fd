import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeBehind } from './behind.ts';
import { makeProfileCreation } from './create.ts';
import {
  addDays,
  countHeld,
  dayOf,
  quotaFor,
  RETENTION_DAYS,
  stillCounting,
  UNDO_DAYS,
  type Holding,
} from './holding.ts';
import { makeProfilesLeaving } from './leaving.ts';
import { makeProfileMail } from './mail.ts';
import { makeProfileData } from './my-data.ts';
import { makeOwnership } from './ownership.ts';
import { checkNote, CLEAR, ownProfileOf, profileOf, sealDetails, type OwnProfile, type Profile } from './profile.ts';
import { makeProfileStore } from './store.ts';

export { checkProfiles } from './check.ts';
export { makeDepartures, SPREAD_HOURS } from './departures.ts';
export { addDays, dayOf, UNDO_DAYS } from './holding.ts';
export { subjectOf, type OwnProfile, type Profile } from './profile.ts';

export type Profiles = ReturnType<typeof makeProfiles>;

/** Compare-and-set is tried this often; with fifty people at once nobody comes near it. */
const TRIES = 200;

export type ProfileNeeds = {
  applications: Pick<Applications, 'awaitsNames'>;
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** Ends what the profile's grants still allow and tells the application; called after the profile changed. */
  onEnded: (accountId: string, profileId: string) => Promise<void>;
  /** Forgets what others keep of a profile that is wiped, in the transaction of that. */
  onWiped: (tx: Db, profileId: string) => Promise<void>;
};

/** The profiles of all accounts; every ability for a person takes the account and refuses what is not its own. */
export function makeProfiles({ applications, storage, seals, now, onEnded, onWiped }: ProfileNeeds) {
  const store = makeProfileStore(storage);
  const ownership = makeOwnership(storage, seals);

  /**
   * The profile, if it is the account's own. Another account's, another application's and one that never was are
   * refused alike (A23).
   * @throws {UserError} profile_unavailable
   */
  async function own(accountId: string, profileId: string): Promise<OwnProfile> {
    const row = await store.find(profileId);
    if (row === undefined || ownership.owner('own', row) !== accountId) throw new UserError('profile_unavailable');
    const held = await ownership.read('own', storage.read, accountId, row.applicationId);
    return ownProfileOf(seals, row, held.value);
  }

  async function changeHolding(
    why: 'use' | 'wipe',
    accountId: string,
    applicationId: string,
    change: (held: Holding) => Holding | undefined,
    also: (tx: Db) => Promise<void> = async () => undefined,
  ): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const done = await storage.write(async (tx) => {
        const before = await ownership.read(why, tx, accountId, applicationId);
        const after = change(before.value);
        if (after !== undefined && !(await ownership.write(why, tx, before, after))) return false;
        await also(tx);
        return true;
      });
      if (done) return;
    }
    throw new Error('a holding changed too often');
  }

  return {
    own,
    /** Creating, and what a name may be: see `create.ts`. */
    ...makeProfileCreation({ applications, storage, seals, store, ownership, now }),
    /** What mail asks: see `mail.ts`. */
    ...makeProfileMail({ store, ownership }),
    /** For their owner to take along: see `my-data.ts`. */
    ...makeProfileData({ storage, seals, store, ownership }),
    /** Who is behind a profile: see `behind.ts`. */
    ...makeBehind({ storage, store, ownership }),
    /** When an account goes: see `leaving.ts`. */
    ...makeProfilesLeaving({ storage, store, ownership, now, onEnded }),

    /**
     * What the account holds at an application: its profiles that are not deleted, the last used one first, and how
     * many count against the quota.
     */
    async at(
      accountId: string,
      application: Application,
    ): Promise<{ profiles: OwnProfile[]; used: number; limit: number }> {
      const { value } = await ownership.read('list', storage.read, accountId, application.id);
      const rows = await store.findMany(
        storage.read,
        value.profiles.map(({ id }) => id),
      );
      const profiles = rows
        .filter(({ status }) => status !== 'deleted')
        .map((row) => ownProfileOf(seals, row, value))
        .toSorted((a, b) => Number(b.lastUsed) - Number(a.lastUsed) || a.name.localeCompare(b.name));
      return { profiles, used: countHeld(value, rows, dayOf(now())), limit: quotaFor(value, application.quota) };
    },

    /** The account's profiles at all these applications that are not deleted. */
    async all(accountId: string, applicationIds: readonly string[]): Promise<OwnProfile[]> {
      const held = await ownership.readAll('list', storage.read, accountId, applicationIds);
      const rows = await store.findMany(
        storage.read,
        held.flatMap(({ value }) => value.profiles.map(({ id }) => id)),
      );
      return rows
        .filter(({ status }) => status !== 'deleted')
        .flatMap((row) => {
          const mine = held.find(({ value }) => value.applicationId === row.applicationId);
          return mine === undefined ? [] : [ownProfileOf(seals, row, mine.value)];
        })
        .toSorted((a, b) => a.name.localeCompare(b.name));
    },

    /** Any profile by id, for the application's side; says nothing of its owner. */
    async find(id: string): Promise<Profile | undefined> {
      const row = await store.find(id);
      return row === undefined ? undefined : profileOf(seals, row);
    },

    /**
     * The profile of a grant, if the grant's account still owns it and it is active. Asked anew at every issuance
     * and use (P4).
     */
    async usable(accountId: string, profileId: string): Promise<Profile | undefined> {
      const row = await store.find(profileId);
      if (row?.status !== 'active' || ownership.owner('emit', row) !== accountId) return undefined;
      return profileOf(seals, row);
    },

    /** Remembers that the profile was used today, and last. Writes only when that says something new. */
    async markUsed(accountId: string, profile: Pick<Profile, 'id' | 'applicationId'>): Promise<void> {
      const today = dayOf(now());
      const isNews = (held: Holding): boolean =>
        held.lastUsed !== profile.id || held.profiles.some(({ id, usedDay }) => id === profile.id && usedDay !== today);
      const { value } = await ownership.read('use', storage.read, accountId, profile.applicationId);
      if (!isNews(value)) return;
      await changeHolding('use', accountId, profile.applicationId, (held) => ({
        ...held,
        lastUsed: profile.id,
        profiles: held.profiles.map((entry) => (entry.id === profile.id ? { ...entry, usedDay: today } : entry)),
      }));
    },

    /**
     * Changes the private note and the groups shown; groups the account is not in are filtered where they are shown.
     * @throws {UserError} profile_unavailable, note_too_long {max}
     */
    async describe(
      accountId: string,
      profileId: string,
      change: { note: string; groups: readonly string[] },
    ): Promise<void> {
      const profile = await own(accountId, profileId);
      const sealed = sealDetails(seals, profileId, {
        note: checkNote(change.note),
        groups: change.groups,
        standing: profile.standing,
      });
      await storage.write((tx) => store.change(tx, profileId, profile.status, { sealed }));
    },

    /**
     * Ends a profile: the application is refused from this moment on. Its owner may undo it for 30 days.
     * @throws {UserError} profile_unavailable
     */
    async retire(accountId: string, profileId: string): Promise<void> {
      await own(accountId, profileId);
      const retired = await storage.write((tx) =>
        store.change(tx, profileId, 'active', { status: 'retired', retiredDay: dayOf(now()) }),
      );
      if (!retired) throw new UserError('profile_unavailable');
      await onEnded(accountId, profileId);
    },

    /**
     * Takes a retirement back.
     * @throws {UserError} profile_unavailable, retired_only, undo_too_late
     */
    async restore(accountId: string, profileId: string): Promise<void> {
      const profile = await own(accountId, profileId);
      if (profile.status === 'deleted') throw new UserError('undo_too_late');
      if (profile.status !== 'retired' || profile.retiredDay === undefined) throw new UserError('retired_only');
      if (addDays(profile.retiredDay, UNDO_DAYS) < dayOf(now())) throw new UserError('undo_too_late');
      const restored = await storage.write((tx) =>
        store.change(tx, profileId, 'retired', { status: 'active', retiredDay: null }),
      );
      if (!restored) throw new UserError('retired_only');
    },

    /**
     * Deletes what was retired long enough ago, then wipes what was deleted long enough ago: who owned it and what
     * they noted. Name, alias and subject stay taken (P3).
     */
    async sweep(): Promise<void> {
      const today = dayOf(now());
      for (const row of await store.retiredUntil('retired', addDays(today, -UNDO_DAYS - 1))) {
        await storage.write((tx) => store.change(tx, row.id, 'retired', { status: 'deleted' }));
      }
      for (const row of await store.retiredUntil('deleted', addDays(today, -UNDO_DAYS - RETENTION_DAYS - 1))) {
        const owner = ownership.owner('wipe', row);
        if (owner === undefined || row.retiredDay === null) continue;
        const deletedDay = addDays(row.retiredDay, UNDO_DAYS);
        await changeHolding(
          'wipe',
          owner,
          row.applicationId,
          // Another node may have been here first.
          ({ lastUsed, ...held }) =>
            held.profiles.every(({ id }) => id !== row.id)
              ? undefined
              : {
                  ...held,
                  ...(lastUsed === undefined || lastUsed === row.id ? {} : { lastUsed }),
                  profiles: held.profiles.filter(({ id }) => id !== row.id),
                  deletedDays: stillCounting([...held.deletedDays, deletedDay], today),
                },
          async (tx) => {
            const sealed = sealDetails(seals, row.id, { note: '', groups: [], standing: CLEAR });
            await store.change(tx, row.id, 'deleted', { ownerSealed: null, sealed, retiredDay: null });
            await onWiped(tx, row.id);
          },
        );
      }
    },
  };
}
