import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { isBarred, limitOf } from './entrance.ts';
import type { Tell } from './happening.ts';
import { dayOf } from '../days.ts';
import { countHeld } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { CLEAR, exactKey, openDetails, profileOf, sealDetails, type Profile } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

/** Compare-and-set is tried this often. */
const TRIES = 200;

const DAY = 86_400_000;

/** For so many days the application may be told the address that came with a name, if nobody signs in before. */
export const OLD_ADDRESS_DAYS = 30;

/** So long the sign-in that was told it may go on asking, in milliseconds: as an access token lasts. */
const SIGN_IN_LIFE = 10 * 60_000;

/** A name that an application had before, and all that its profile will be: fixed when it was imported. */
export type OldName = {
  readonly name: string;
  /** Whether another name there differs from it by no more than its case: both stay, for their application tells them apart. */
  readonly isExact: boolean;
  readonly subject: string;
  readonly aliasLocal: string;
  /** Whether it was suspended there. */
  readonly blocked: boolean;
  /** The address that it had, where its application is to be told that one in the first sign-in. */
  readonly address?: { readonly address: string; readonly proven: boolean } | undefined;
};

/** Asks that `forgetOldAddress` be called for a profile at this time (milliseconds), in the transaction `tx`. */
export type ForgetLater = (tx: Db, due: number, profileId: string) => Promise<void>;

type Needs = {
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
  tell: Tell;
  forgetLater: ForgetLater;
};

/** Giving an account the profile of a name that it was proven to have had before. */
export function makeReceiving({ storage, seals, store, ownership, now, tell, forgetLater }: Needs) {
  /** What the profile of a name is, whoever receives it. */
  function rowOf(accountId: string, applicationId: string, old: OldName): { row: ProfileRow; blockId: string } {
    const [id, blockId] = [randomId(), randomId()];
    const until = now() + OLD_ADDRESS_DAYS * DAY;
    const row = {
      id,
      applicationId,
      name: old.name,
      nameKey: old.isExact ? exactKey(old.name) : canonicalName(old.name),
      subject: old.subject,
      aliasLocal: old.aliasLocal,
      status: old.blocked ? 'blocked' : 'active',
      createdDay: dayOf(now()),
      retiredDay: null,
      ownerSealed: ownership.sealOwner(id, accountId),
      source: 'imported',
      sealed: sealDetails(seals, id, {
        note: '',
        groups: [],
        standing: old.blocked ? { ...CLEAR, blocked: { id: blockId } } : CLEAR,
        oldName: old.name,
        ...(old.address === undefined ? {} : { oldAddress: { ...old.address, until } }),
      }),
    };
    return { row, blockId };
  }

  return {
    /**
     * Adds the profile of an old name to what an account holds, in a transaction of the caller's, who has seen to it that
     * nobody else receives it. `rules` are those in force in this transaction. Whatever the policy, and also where
     * nobody may make a new profile, for this one is not new; but not beyond the number that the rules allow, where such
     * ones count. A name that was suspended is blocked, until a moderator takes that back.
     * @throws {UserError} new_profiles_barred, quota_full {limit}
     */
    async receive(tx: Db, accountId: string, rules: Application, old: OldName): Promise<Profile> {
      const { row, blockId } = rowOf(accountId, rules.id, old);
      const today = dayOf(now());
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const before = await ownership.read('receive', tx, accountId, rules.id);
        const ids = before.value.profiles.map(({ id }) => id);
        const profiles = await store.findMany(tx, ids);
        if (isBarred(before.value, today)) throw new UserError('new_profiles_barred');
        const limit = limitOf(rules, before.value);
        const isCounted = rules.oldNames.count && rules.quota > 0;
        if (isCounted && countHeld(before.value, profiles, today, true) >= limit)
          throw new UserError('quota_full', { limit });
        const after = { ...before.value, profiles: [...before.value.profiles, { id: row.id }] };
        if (!(await ownership.write('receive', tx, before, after))) continue;
        // The import has taken it already; a second look costs nothing, and no name may ever be given twice (P3).
        await store.takeShape(tx, rules.id, shapeOf(old.name));
        await store.insert(tx, row);
        await tell(tx, { applicationId: rules.id, profileId: row.id, kind: 'imported' });
        if (old.blocked)
          await tell(tx, { id: blockId, applicationId: rules.id, profileId: row.id, kind: 'suspended_before' });
        if (old.address !== undefined) await forgetLater(tx, now() + OLD_ADDRESS_DAYS * DAY, row.id);
        return profileOf(seals, row, now());
      }
      throw new Error('a holding changed too often');
    },

    /**
     * A sign-in at the application has succeeded: the first one that does ends the old address, whatever became of those
     * before it and whether or not its application is sent the address in it. `signIn`: what the questions are known by
     * that belong to this sign-in and come after it; they are told what it was told, for as long as an access token
     * lasts. Without one the address is forgotten at once. Returns whether this is that first one, also when asked again
     * of the same; of any number at once, on any number of nodes, one is.
     */
    async endOldAddress(profileId: string, signIn?: string): Promise<boolean> {
      return storage.write(async (tx) => {
        const row = await store.hold(tx, profileId);
        if (row === undefined) return false;
        const { oldAddress, ...details } = openDetails(seals, row);
        if (oldAddress === undefined || now() >= oldAddress.until) return false;
        if (oldAddress.toldIn !== undefined) return oldAddress.toldIn === signIn;
        const until = Math.min(oldAddress.until, now() + SIGN_IN_LIFE);
        const kept = signIn === undefined ? {} : { oldAddress: { ...oldAddress, until, toldIn: signIn } };
        await store.change(tx, profileId, row.status, {
          sealed: sealDetails(seals, profileId, { ...details, ...kept }),
        });
        if (signIn !== undefined) await forgetLater(tx, until, profileId);
        return true;
      });
    },

    /** Forgets the old address of a profile, once its time is over, in a transaction of the caller's. */
    async forgetOldAddress(tx: Db, profileId: string): Promise<void> {
      const row = await store.hold(tx, profileId);
      if (row === undefined) return;
      const { oldAddress, ...details } = openDetails(seals, row);
      if (oldAddress === undefined || now() < oldAddress.until) return;
      await store.change(tx, profileId, row.status, { sealed: sealDetails(seals, profileId, details) });
    },
  };
}
