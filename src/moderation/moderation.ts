import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeProfileInvitations } from './invitations.ts';
import { makeModerators } from './moderators.ts';

export type { Actor } from './actor.ts';
export type { NewProfileInvitation, ProfileInvitation, TakenInvitation } from './invitations.ts';
export { INVITED_DAYS_MAX, INVITED_MAX, INVITED_NOTE_MAX } from './invitations.ts';
export { DIGESTS, MODERATORS_MAX, type Digest, type Moderator, type Moderators } from './moderators.ts';

export type ModerationNeeds = {
  accounts: Accounts;
  applications: Applications;
  profiles: Profiles;
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
};

export type Moderation = ReturnType<typeof makeModeration>;

/** Looking after an application's profiles: by whom, and what they do. Nothing of it says whose a profile is. */
export function makeModeration(needs: ModerationNeeds) {
  const moderators = makeModerators(needs);
  return {
    moderators,
    invitations: makeProfileInvitations({ ...needs, moderators }),
  };
}
