import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Tell } from './happening.ts';
import { addDays, dayOf } from '../days.ts';
import { RETENTION_DAYS, stillCounting, UNDO_DAYS, without, type Holding } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { CLEAR, isBlockOver, openDetails, sealDetails, type OwnProfile } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
  tell: Tell;
  onEnded: (accountId: string, profileId: string) => Promise<void>;
  onWiped: (tx: Db, profileId: string) => Promise<void>;
  isHeld: IsHeld;
  own: (accountId: string, profileId: string) => Promise<OwnProfile>;
};

/** Whether it is still to be known who owned a profile that was deleted; asked in the transaction `tx`. */
export type IsHeld = (tx: Db, profileId: string) => Promise<boolean>;

/** What an account holds once a deleted profile of it is wiped; `undefined` where another node has been there first. */
function wiped(
  { id: profileId, source }: Pick<ProfileRow, 'id' | 'source'>,
  deletedDay: string,
  today: string,
  held: Holding,
): Holding | undefined {
  if (held.profiles.every(({ id }) => id !== profileId)) return undefined;
  const isOld = source === 'imported';
  return {
    ...without(held, profileId, today),
    deletedDays: stillCounting([...held.deletedDays, ...(isOld ? [] : [deletedDay])], today),
    deletedOldDays: stillCounting([...held.deletedOldDays, ...(isOld ? [deletedDay] : [])], today),
  };
}

/** The end of a profile, by its owner and by time; and the end of a block. */
export function makeLifecycle({ storage, seals, store, ownership, now, tell, onEnded, onWiped, isHeld, own }: Needs) {
  async function wipe(row: ProfileRow, owner: string, deletedDay: string): Promise<void> {
    await storage.write(async (tx) => {
      if (await isHeld(tx, row.id)) return;
      // An appeal may have been granted since it was found: then it is its owner's again, and counts.
      const { status, retiredDay } = (await store.hold(tx, row.id)) ?? {};
      if (status !== 'deleted' || retiredDay !== row.retiredDay) return;
      await onWiped(tx, row.id);
      await ownership.change('wipe', tx, owner, row.applicationId, (held) =>
        wiped(row, deletedDay, dayOf(now()), held),
      );
      const sealed = sealDetails(seals, row.id, { note: '', groups: [], standing: CLEAR });
      await store.change(tx, row.id, 'deleted', { ownerSealed: null, sealed, retiredDay: null });
    });
  }

  return {
    /**
     * Ends a profile: the application is refused from this moment on. Its owner may undo it for 30 days. One that is
     * blocked may be ended too, and is blocked when that is undone: as an account that is deleted ends its blocked ones,
     * moderators would otherwise tell by that what was deleted together.
     * @throws {UserError} profile_unavailable
     */
    async retire(accountId: string, profileId: string): Promise<void> {
      await own(accountId, profileId);
      await storage.write(async (tx) => {
        const row = await store.hold(tx, profileId);
        if (row?.status !== 'active' && row?.status !== 'blocked') throw new UserError('profile_unavailable');
        await store.change(tx, profileId, row.status, { status: 'retired', retiredDay: dayOf(now()) });
        await tell(tx, { applicationId: row.applicationId, profileId, kind: 'retired' });
      });
      await onEnded(accountId, profileId);
    },

    /**
     * Takes a retirement back. One that was blocked meanwhile is blocked.
     * @throws {UserError} profile_unavailable, retired_only, undo_too_late
     */
    async restore(accountId: string, profileId: string): Promise<void> {
      const profile = await own(accountId, profileId);
      if (profile.status === 'deleted') throw new UserError('undo_too_late');
      await storage.write(async (tx) => {
        const row = await store.hold(tx, profileId);
        if (row?.status !== 'retired' || row.retiredDay === null) throw new UserError('retired_only');
        if (addDays(row.retiredDay, UNDO_DAYS) < dayOf(now())) throw new UserError('undo_too_late');
        const { standing } = openDetails(seals, row);
        const isBlocked = standing.blocked !== undefined && !isBlockOver(standing, now());
        const status = isBlocked ? 'blocked' : 'active';
        await store.change(tx, profileId, 'retired', { status, retiredDay: null });
        await tell(tx, { applicationId: row.applicationId, profileId, kind: 'restored' });
      });
    },

    /**
     * Deletes what was retired long enough ago, then wipes what was deleted long enough ago, unless it is held: who owned it and what they noted. Name, alias and subject stay taken (P3).
     */
    async sweep(): Promise<void> {
      const today = dayOf(now());
      for (const { id, applicationId } of await store.retiredUntil('retired', addDays(today, -UNDO_DAYS - 1))) {
        await storage.write(async (tx) => {
          if (!(await store.change(tx, id, 'retired', { status: 'deleted' }))) return;
          await tell(tx, { applicationId, profileId: id, kind: 'deleted' });
        });
      }
      for (const row of await store.retiredUntil('deleted', addDays(today, -UNDO_DAYS - RETENTION_DAYS - 1))) {
        const owner = ownership.owner('wipe', row);
        if (owner !== undefined && row.retiredDay !== null) await wipe(row, owner, addDays(row.retiredDay, UNDO_DAYS));
      }
    },

    /** Makes the rows of profiles whose block is over say so. For the clock. */
    async unblockDue(): Promise<void> {
      for (const found of await store.blocked()) {
        if (!isBlockOver(openDetails(seals, found).standing, now())) continue;
        await storage.write(async (tx) => {
          const row = await store.hold(tx, found.id);
          if (row?.status !== 'blocked') return;
          const details = openDetails(seals, row);
          if (!isBlockOver(details.standing, now())) return;
          const { blocked: _, ...standing } = details.standing;
          const sealed = sealDetails(seals, row.id, { ...details, standing });
          await store.change(tx, row.id, 'blocked', { status: 'active', sealed });
          await tell(tx, { applicationId: row.applicationId, profileId: row.id, kind: 'block_over' });
        });
      }
    },
  };
}
