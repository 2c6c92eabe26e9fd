import { checkName, type Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Tell } from './happening.ts';
import { checkNote, openDetails, sealDetails, type OwnProfile, type Profile, profileOf } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

type Needs = {
  applications: Pick<Applications, 'inForce'>;
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  now: () => number;
  tell: Tell;
  own: (accountId: string, profileId: string) => Promise<OwnProfile>;
};

/** What the owner of a profile says of it; moderators' decisions about it that come meanwhile are never lost. */
export function makeOwnersSide({ applications, storage, seals, store, now, tell, own }: Needs) {
  /** @throws {UserError} profile_unavailable */
  async function hold(tx: Db, profileId: string): Promise<ProfileRow> {
    const row = await store.hold(tx, profileId);
    if (row === undefined) throw new UserError('profile_unavailable');
    return row;
  }

  return {
    /**
     * Changes the private note and the groups shown; groups the account is not in are filtered where they are shown.
     * @throws {UserError} profile_unavailable, note_too_long {max}
     */
    async describe(
      accountId: string,
      profileId: string,
      change: { note: string; groups: readonly string[] },
    ): Promise<void> {
      await own(accountId, profileId);
      const note = checkNote(change.note);
      await storage.write(async (tx) => {
        const row = await hold(tx, profileId);
        const sealed = sealDetails(seals, profileId, { ...openDetails(seals, row), note, groups: change.groups });
        await store.change(tx, profileId, row.status, { sealed });
      });
    },

    /**
     * Takes note that the owner read these warnings; unknown ones are passed over.
     * @throws {UserError} profile_unavailable
     */
    async acknowledge(accountId: string, profileId: string, ids: readonly string[]): Promise<void> {
      await own(accountId, profileId);
      await storage.write(async (tx) => {
        const row = await hold(tx, profileId);
        const details = openDetails(seals, row);
        const warnings = details.standing.warnings.filter((id) => !ids.includes(id));
        if (warnings.length === details.standing.warnings.length) return;
        const sealed = sealDetails(seals, profileId, { ...details, standing: { ...details.standing, warnings } });
        await store.change(tx, profileId, row.status, { sealed });
        await tell(tx, { applicationId: row.applicationId, profileId, kind: 'acknowledged' });
      });
    },

    /**
     * Gives the profile the name its owner chose after a moderator asked for another one. The old one stays taken.
     * @throws {UserError} profile_unavailable, rename_not_asked, name_taken, and the codes of `checkName`
     */
    async chooseName(accountId: string, profileId: string, name: string): Promise<Profile> {
      await own(accountId, profileId);
      return storage.write(async (tx) => {
        const row = await hold(tx, profileId);
        const details = openDetails(seals, row);
        const { rename, ...standing } = details.standing;
        if (rename === undefined) throw new UserError('rename_not_asked');
        const { rule } = await applications.inForce(tx, row.applicationId);
        const fresh = checkName(name, rule);
        if (!(await store.takeShape(tx, row.applicationId, shapeOf(fresh)))) throw new UserError('name_taken');
        const sealed = sealDetails(seals, profileId, { ...details, standing });
        const set = { name: fresh, nameKey: canonicalName(fresh), sealed };
        await store.change(tx, profileId, row.status, set);
        await tell(tx, { applicationId: row.applicationId, profileId, kind: 'renamed' });
        return profileOf(seals, { ...row, ...set }, now());
      });
    },
  };
}
