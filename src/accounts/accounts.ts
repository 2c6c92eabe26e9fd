import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { makeAccountAbility } from './account.ts';
import { makeAdd, type NewAccount } from './add.ts';
import { makeArrivals } from './arrivals.ts';
import { makeAttempts } from './attempts.ts';
import { makeConfirm } from './confirm.ts';
import { makeConnections } from './connections.ts';
import { makeFactorRule, type FactorPolicy } from './factor-rule.ts';
import { makeFirstRun } from './first-run.ts';
import { makeGroups } from './groups.ts';
import type { Hasher } from './hashing.ts';
import type { Post } from './letter.ts';
import { makeInvitations } from './invitations.ts';
import { makeLinks } from './links.ts';
import { makeMailboxAbility } from './mailbox.ts';
import { makeMailboxes } from './mailboxes.ts';
import { makePasswordChange, makePasswordRules } from './password.ts';
import { makePasswordLinks } from './password-links.ts';
import { makeSearch } from './search.ts';
import { makeSecondFactors } from './second-factors.ts';
import { makeSignIn } from './sign-in.ts';
import { makeStanding } from './standing.ts';
import { makeTimeline } from './timeline.ts';

export type { Account, Role } from './account.ts';
export type { NewAccount } from './add.ts';
export { networkOf, siteOf } from './attempts.ts';
export { checkAccounts } from './check.ts';
export { LETTERS, type Letter, type LetterKind, type Post } from './letter.ts';
export type { NewLink, OpenLink } from './links.ts';
export { PASSWORD_LENGTH } from './password.ts';
export type { FactorAnswer, Held } from './factors/factor.ts';
export type { Added } from './factors/keeping.ts';
export type { Sessions, StoredSession } from './sessions.ts';
export { endOfSuspension } from './standing.ts';

export type AccountNeeds = {
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  hasher: Hasher;
  /** What applications for codes file an account of ours under: the instance's name. */
  issuer: string;
  /** Words that no password may be made of: the instance's name and the like. */
  contextWords: readonly string[];
  /** For how many months the register of connections is kept; 0: there is none. */
  connectionMonths: number;
  /** Of whom the house asks a second factor. */
  factorPolicy: FactorPolicy;
  /** Whether this instance sends mail at all. */
  hasMail: boolean;
  post: Post;
  /** Ends the account's sessions but the one named; called after the change. */
  onPasswordChanged: (accountId: string, keepSessionUid?: string) => Promise<void>;
  /** Ends all that the account may still do; called after the change. */
  onSuspended: (accountId: string) => Promise<void>;
};

export type Accounts = ReturnType<typeof makeAccounts>;

/** The people of this instance: their accounts, passwords, mailboxes, timelines and groups. */
export function makeAccounts(needs: AccountNeeds) {
  const rules = makePasswordRules(needs.contextWords);
  const attempts = makeAttempts(needs);
  const timeline = makeTimeline(needs);
  const confirm = makeConfirm({ ...needs, attempts });
  const { groupsOf, ...groups } = makeGroups(needs);
  const ability = makeAccountAbility(needs);
  const add = makeAdd({ ...needs, rules });
  const links = makeLinks(needs);
  const connections = makeConnections(needs);
  const mailboxes = makeMailboxes();

  return {
    ...ability,
    ...makeStanding({ ...needs, timeline }),
    ...makeSearch(needs),
    ...connections,
    ...makeArrivals({ ...needs, ...connections, mailboxes, timeline }),
    ...makeMailboxAbility({ ...needs, confirm, timeline }),
    add: (person: NewAccount) => add(person),
    firstRun: makeFirstRun({ ...needs, attempts, add }),
    invitations: makeInvitations({ ...needs, links, add }),
    passwordLinks: makePasswordLinks({ ...needs, rules, links, timeline }),
    /** The link of a token that may still be used, of either kind; undefined where there is none. */
    findLink: links.find,
    signIn: makeSignIn({ ...needs, attempts, endProofs: ability.endProofs }),
    changePassword: makePasswordChange({ ...needs, rules, confirm, timeline }),
    mustHaveSecondFactor: makeFactorRule(needs),
    secondFactors: makeSecondFactors({ ...needs, attempts, timeline }),
    timeline,
    groups,
    groupsOf,
    /** Removes counts of failed attempts that no longer matter; for the clock, about once an hour. */
    sweepAttempts: attempts.sweep,
    /** Removes links that have run out; for the clock, about once an hour. */
    sweepLinks: links.sweep,
  };
}
