import type { Account } from '../accounts/accounts.ts';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Profiles, SeenProfile } from '../profiles/profiles.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Moderators } from './moderators.ts';
import type { OwnerTelling } from './telling.ts';

/** What a decision is about. `owner`: to be told, and for nothing else. */
export type Matter = {
  readonly application: Application;
  readonly profile: SeenProfile;
  readonly owner: Account | undefined;
};

export type DecideNeeds = {
  applications: Pick<Applications, 'get'>;
  moderators: Pick<Moderators, 'moderates' | 'require'>;
  profiles: Pick<Profiles, 'isOwn' | 'seen'>;
  storage: Storage;
  telling: OwnerTelling;
};

export type Decide = ReturnType<typeof makeDecide>;

/**
 * The frame of every decision about one profile: who decides moderates its application, now and when it is written, and
 * does not own the profile.
 */
export function makeDecide({ applications, moderators, profiles, storage, telling }: DecideNeeds) {
  /**
   * Runs `work` in a transaction in which the actor may decide about the profile.
   * @throws {UserError} forbidden, application_unknown, profile_unavailable (also one of another application),
   * own_profile
   */
  return async function decide<T>(
    actor: Actor,
    applicationId: string,
    profileId: string,
    work: (tx: Db, matter: Matter) => Promise<T>,
  ): Promise<T> {
    if (!(await moderators.moderates(actor, applicationId))) throw new UserError('forbidden');
    const application = await applications.get(applicationId);
    const profile = await profiles.seen(applicationId, profileId);
    if (profile === undefined) throw new UserError('profile_unavailable');
    if (await profiles.isOwn(actor.accountId, profileId)) throw new UserError('own_profile');
    const owner = await telling.owner(profileId);
    return storage.write(async (tx) => {
      await moderators.require(tx, actor, applicationId);
      return work(tx, { application, profile, owner });
    });
  };
}
