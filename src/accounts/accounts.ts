import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeAccountAbility, type Account } from './account.ts';
import { makeAccountLog } from './account-log.ts';
import { makeAdd, type NewAccount } from './add.ts';
import { makeApplicantDigest } from './applicant-digest.ts';
import { makeApplicants } from './applicants.ts';
import { makeAdministrators } from './administrators.ts';
import { makeAppointments } from './appointments.ts';
import { makeArrivals } from './arrivals.ts';
import { makeAttempts } from './attempts.ts';
import type { IsBreached } from './breached.ts';
import { makeConfirm } from './confirm.ts';
import { makeConnections } from './connections.ts';
import type { Destination } from './decisions.ts';
import { makeCredentials } from './credentials.ts';
import { makeDelegates } from './delegates.ts';
import { makeFactorReset } from './factor-reset.ts';
import { makeFactorRule, type FactorPolicy } from './factor-rule.ts';
import { makeFirstRun } from './first-run.ts';
import { makeGroups } from './groups.ts';
import type { Hasher } from './hashing.ts';
import type { Post } from './letter.ts';
import { makeInvitations } from './invitations.ts';
import { makeLeaving } from './leaving.ts';
import { makeLinks } from './links.ts';
import { makeMailboxAbility } from './mailbox.ts';
import { makeMailboxChange } from './mailbox-change.ts';
import { makeMailboxHealth } from './mailbox-health.ts';
import { makeMailboxUndo } from './mailbox-undo.ts';
import { makeMailboxes, type Told } from './mailboxes.ts';
import { makePasskeySignIn } from './passkey-sign-in.ts';
import { makeNewPassword } from './new-password.ts';
import { makeOldNames } from './old-names.ts';
import { makeMailReaders } from './mail-readers.ts';
import { makeMyData } from './my-data.ts';
import { makePasswordChange, makePasswordRules } from './password.ts';
import { makePasswordLinks } from './password-links.ts';
import { makeRecovery } from './recovery.ts';
import { makeRobots } from './robots.ts';
import { makeSearch } from './search.ts';
import { makeSecondFactors } from './second-factors.ts';
import { makeSecondMailboxes } from './second-mailbox.ts';
import { makeSignIn } from './sign-in.ts';
import { makeSignUp, type SignUpMode } from './sign-up.ts';
import { makeStanding } from './standing.ts';
import { makeTimeline } from './timeline.ts';

export { mayBeKept, type Account, type Role } from './account.ts';
export { ACCOUNT_LOG_KINDS } from './account-log.ts';
export type { NewAccount } from './add.ts';
export type { Applicant } from './applicants.ts';
export { APPOINTMENT_DAYS } from './appointments.ts';
export { networkOf, siteOf } from './attempts.ts';
export { breachedPasswordsFile, breachedState, makeIsBreached } from './breached.ts';
export { checkAccounts } from './check.ts';
export type { Decided } from './decisions.ts';
export type { Group } from './groups.ts';
export { IN_ARCHIVE } from './my-data.ts';
export { LETTERS, type Letter, type LetterKind, type Post } from './letter.ts';
export type { NewLink, OpenLink } from './links.ts';
export type { Which } from './mailbox-change.ts';
export type { MailBounce, MailboxHealth } from './mailbox-health.ts';
export { PASSWORD_LENGTH } from './password.ts';
export { parseWords } from './plain-words.ts';
export { FACTOR_NAME_MAX, type FactorAnswer, type Held } from './factors/factor.ts';
export type { SignUpMode } from './sign-up.ts';
export type { Added } from './factors/keeping.ts';
export type { Sessions, StoredSession } from './sessions.ts';
export { endOfSuspension } from './standing.ts';

export type AccountNeeds = {
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  hasher: Hasher;
  /** The address of this instance. */
  address: string;
  /** What applications for codes file an account of ours under: the instance's name. */
  issuer: string;
  /** Words that no password may be made of: the instance's name and the like. */
  contextWords: readonly string[];
  isBreached: IsBreached;
  /** For how many days administrators read what happened to an account. */
  accountLogDays: number;
  /** For how many months the register of connections is kept; 0: there is none. */
  connectionMonths: number;
  /** Of whom the house asks a second factor. */
  factorPolicy: FactorPolicy;
  /** For how many days somebody who deletes their account may think better of it. */
  leaveDays: number;
  /** Whether this instance sends mail at all. */
  hasMail: boolean;
  /** For how many hours the owner may stop an administrator's link for a new password before it opens. */
  recoveryWaitHours: number;
  post: Post;
  /** Who may make an account. */
  signUpMode: SignUpMode;
  /** The version of the rules that everybody accepts; empty where there is none. */
  termsVersion: string;
  /** Where somebody goes who was let in: the application that they came for, or the instance itself. */
  destinationOf: (applicationId: string | undefined) => Promise<Destination>;
  /** Ends the account's sessions but the one named; called after the change. */
  onPasswordChanged: (accountId: string, keepSessionUid?: string) => Promise<void>;
  /** Ends all that the account may still do; called after the change. */
  onSuspended: (accountId: string) => Promise<void>;
  /** An account may be reached by mail again: what was kept for it can be tried anew. Called after the change. */
  onReachable: (accountId: string) => Promise<void>;
};

export type Accounts = ReturnType<typeof makeAccounts>;

/** The people of this instance: their accounts, passwords, mailboxes, timelines and groups. */
export function makeAccounts(needs: AccountNeeds) {
  const rules = makePasswordRules(needs.contextWords, needs.isBreached);
  const attempts = makeAttempts(needs);
  const accountLog = makeAccountLog(needs);
  const timeline = makeTimeline({ ...needs, accountLog });
  const confirm = makeConfirm({ ...needs, attempts });
  const { groupsOf, ...groups } = makeGroups(needs);
  const ability = makeAccountAbility(needs);
  const add = makeAdd({ ...needs, accountLog, rules });
  const links = makeLinks(needs);
  const applicants = makeApplicants({ ...needs, links });
  const credentials = makeCredentials(needs);
  const seconds = makeSecondMailboxes({ ...needs, credentials });
  const mailboxes = makeMailboxes({ ...needs, seconds });
  const newPassword = makeNewPassword({ ...needs, rules, mailboxes });
  const health = makeMailboxHealth({ ...needs, mailboxes, timeline });
  const undo = makeMailboxUndo({ ...needs, links, seconds, mailboxes, health, timeline });
  const mailboxChange = makeMailboxChange({ ...needs, attempts, links, seconds, mailboxes, health, timeline, undo });
  const { askNew, askStranger } = mailboxChange;
  const connections = makeConnections(needs);
  const secondFactors = makeSecondFactors({ ...needs, attempts, mailboxes, timeline });

  return {
    ...ability,
    ...makeStanding({ ...needs, accountLog, timeline }),
    ...makeMyData({ ...needs, accountLog, connections, credentials: makeCredentials(needs), links, timeline }),
    ...makeLeaving({ ...needs, accountLog, mailboxes, timeline }),
    ...makeMailReaders(needs),
    ...makeSearch(needs),
    ...makeRobots({ ...needs, attempts }),
    ...connections,
    ...makeArrivals({ ...needs, ...connections, mailboxes, timeline }),
    ...makeMailboxAbility({ ...needs, timeline }),
    add: (person: NewAccount) => add(person),
    firstRun: makeFirstRun({ ...needs, attempts, add, askNew }),
    invitations: makeInvitations({ ...needs, links, add, askStranger }),
    signUp: makeSignUp({ ...needs, attempts, links, add, applicants }),
    applicants,
    /** Tells administrators that people wait; for the clock, about once an hour. */
    sendDigest: makeApplicantDigest(needs),
    /** Changing the mailbox, proving one, and the second one. */
    mailboxes: mailboxChange,
    /** How the mailboxes take mail, and where it goes. */
    mailboxHealth: health,
    /** Taking the change of a mailbox back. */
    mailboxUndo: undo,
    passwordLinks: makePasswordLinks({
      ...needs,
      links,
      resetFactors: makeFactorReset({ credentials, mailboxes }),
      newPassword,
      mailboxes,
      timeline,
    }),
    recovery: makeRecovery({ ...needs, attempts, links, newPassword, seconds, timeline }),
    /** The link of a token that may still be used, of whatever kind; undefined where there is none. */
    findLink: links.find,
    signIn: makeSignIn({ ...needs, attempts, endProofs: ability.endProofs }),
    changePassword: makePasswordChange({ ...needs, rules, confirm, mailboxes, timeline }),
    mustHaveSecondFactor: makeFactorRule(needs),
    secondFactors,
    signInByPasskey: makePasskeySignIn({ ...needs, attempts, secondFactors, endProofs: ability.endProofs }),
    timeline,
    /** Those who run the instance, all of them together. */
    administrators: makeAdministrators({ ...needs, mailboxes }),
    /** What happened to accounts, for administrators. */
    log: accountLog,
    /** Hands a letter to each mailbox that the account's owner has proven, in the transaction of what it tells of. */
    tell: (tx: Db, account: Account, told: Told): Promise<void> => mailboxes.tell(tx, account, told),
    groups,
    groupsOf,
    /** Who looks after groups, besides the administrators. */
    delegates: makeDelegates({ ...needs, accountLog, attempts }),
    /** What names that applications had before ask of an account: see `old-names.ts`. */
    oldNames: makeOldNames({ ...needs, attempts, mailboxes }),
    /** Links to look after an application. */
    appointments: makeAppointments({ ...needs, links }),
    /** Removes counts of failed attempts that no longer matter; for the clock, about once an hour. */
    sweepAttempts: attempts.sweep,
    /** Removes links that have run out; for the clock, about once an hour. */
    sweepLinks: links.sweep,
  };
}
