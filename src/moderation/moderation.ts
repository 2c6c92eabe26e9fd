import type { Accounts, Post } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Log } from '../log.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeDeciding, type DecidingNeeds } from './deciding.ts';
import { makeDigest } from './digest.ts';
import { makeErrands, type ErrandHandlers } from './errands.ts';
import { makeHappened } from './happened.ts';
import { makeProfileInvitations } from './invitations.ts';
import { makeProfileLog } from './log.ts';
import { makeModerators } from './moderators.ts';
import { makeModeratedRules } from './rules.ts';
import { makeRequests } from './requests.ts';
import { makeTelling } from './telling.ts';

export type { Actor } from './actor.ts';
export type { ProfileInvitation } from './invitations.ts';
export type { ErrandHandlers } from './errands.ts';
export type { LogPlace } from './log.ts';
export { DIGESTS } from './moderators.ts';
export type { OwnEntry } from './owners-view.ts';
export { REQUESTS_A_PAGE, type Decided, type ProfileRequest } from './requests.ts';
export { reasonsOf, type Reason } from './reasons.ts';
export type { ProfileView } from './seeing.ts';

export type ModerationNeeds = DecidingNeeds & {
  accounts: Accounts;
  applications: Applications;
  profiles: Profiles;
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  log: Log;
  post: Post;
  /** Days for which moderators read what happened to a profile. */
  logDays: number;
  errandHandlers: ErrandHandlers;
};

export type Moderation = ReturnType<typeof makeModeration>;

/** Looking after an application's profiles: by whom, and what they do. Nothing of it says whose a profile is. */
export function makeModeration(needs: ModerationNeeds) {
  const moderators = makeModerators(needs);
  const log = makeProfileLog({ ...needs, days: needs.logDays });
  const telling = makeTelling(needs);
  const deciding = makeDeciding(needs, { log, moderators, telling });
  return {
    moderators,
    /** Who may create profiles, how many, under which names: see `rules.ts`. */
    rules: makeModeratedRules({ ...needs, moderators }),
    /** Links for profiles: see `invitations.ts`. */
    invitations: makeProfileInvitations({ ...needs, moderators }),
    /** What happened to profiles: see `log.ts`. */
    log,
    /** Writes down what owners and time do: see `happened.ts`. */
    happened: makeHappened(log),
    /** Who asks for a profile: see `requests.ts`. */
    requests: makeRequests({ ...needs, log, moderators, telling }),
    /** Telling moderators what waits: see `digest.ts`. */
    digest: makeDigest(needs),
    /** What is to be done later: see `errands.ts`. */
    errands: makeErrands({ ...needs, handlers: needs.errandHandlers }),
    /** What is seen of profiles and decided about them: see `deciding.ts`. */
    ...deciding,
  };
}
