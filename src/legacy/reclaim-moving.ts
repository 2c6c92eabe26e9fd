import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { OwnProfile, Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Batches } from './batches.ts';
import { findNamed, typedName, type Found } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';
import { identityOf } from './identity.ts';
import { sealLegacy } from './sealing.ts';
import { openLegacy } from './secret.ts';
import { sourceOf } from './sources/sources.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  profiles: Pick<Profiles, 'own'>;
  storage: Storage;
  seals: Seals;
  store: ReclaimStore;
  batches: Pick<Batches, 'find'>;
  hasRelay: boolean;
};

/** After a name was taken back its application still knows the old address: its owner says whether we may replace that. */
export function makeMoving({ applications, profiles, storage, seals, store, batches, hasRelay }: Needs) {
  /** The row of a profile that was taken back, whatever it is called by now; none for any other. */
  async function rowOf({ applicationId, name, oldName, source, subject }: OwnProfile): Promise<Found | undefined> {
    if (source !== 'imported') return undefined;
    // One that was taken back before that was kept is known by its name alone.
    const found = await findNamed({ store, seals }, applicationId, typedName(oldName ?? name));
    return found !== undefined && identityOf(found.secret).subject === subject ? found : undefined;
  }

  /**
   * Whether the application can be told another address: we send it one at which mail arrives, and know how to write it
   * into its database.
   */
  async function canMove(application: Application | undefined, { row }: Found): Promise<boolean> {
    const batch = await batches.find(row.batchId);
    const move = batch === undefined ? undefined : sourceOf(batch.source)?.move;
    return hasRelay && application?.email === 'alias' && move !== undefined && Object.keys(move).length > 0;
  }

  return {
    /**
     * Whether the owner of a profile is still to be asked if the address that its application knows may be replaced by
     * the relay address. Not while no mail to that arrives, because the profile is retired.
     * @throws {UserError} profile_unavailable
     */
    async asksToMove(accountId: string, profileId: string): Promise<boolean> {
      const profile = await profiles.own(accountId, profileId);
      if (profile.status !== 'active' && profile.status !== 'blocked') return false;
      const found = await rowOf(profile);
      if (found?.secret.asksToMove !== true) return false;
      return canMove(await applications.find(profile.applicationId), found);
    },

    /**
     * What is still kept of the old account of a profile, for its owner: its name, what its application calls the account
     * inside, and whether we may replace the address that it knows. Undefined for a profile that was not taken back.
     */
    async keptOf(
      profile: OwnProfile,
    ): Promise<{ readonly name: string; readonly key: string; readonly moves: boolean } | undefined> {
      const found = await rowOf(profile);
      return found && { name: found.row.name, key: found.secret.key, moves: found.secret.moves };
    },

    /**
     * Remembers what its owner answered; they may answer again.
     * @throws {UserError} profile_unavailable, also where the profile was not taken back
     */
    async agreeToMove(accountId: string, profileId: string, yes: boolean): Promise<void> {
      const found = await rowOf(await profiles.own(accountId, profileId));
      if (found === undefined) throw new UserError('profile_unavailable');
      const { applicationId, nameKey } = found.row;
      await storage.write(async (tx) => {
        const row = await store.hold(tx, applicationId, nameKey);
        if (row?.status !== 'taken') throw new UserError('profile_unavailable');
        const secret = { ...openLegacy(seals, row), moves: yes, asksToMove: false };
        await store.reseal(tx, row, sealLegacy(seals, applicationId, nameKey, secret));
      });
    },
  };
}
