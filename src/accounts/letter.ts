import type { Db } from '../storage/storage.ts';
import type { Language } from './account.ts';

/**
 * What letters are about. Each has a text of its own in `views/mail/`; what goes into it are the named values, none of
 * them a secret but the token of a link. `application`, `reason`, `days` and `device` may be empty where there is none;
 * `day` is YYYY-MM-DD, `opens` an instant in milliseconds or ISO 8601, `method` a kind of credential (totp, passkey).
 * `profile` and `moderated` are the ids of a profile and of an application, for a link; `name` is a profile's name.
 */
export const LETTERS = {
  /** To a mailbox without an account: make one. */
  sign_up: ['token', 'application'],
  /** To the mailbox of an account, for which somebody asked to make one. */
  sign_up_known: ['login_name', 'application'],
  /** The request for an account has arrived, and what becomes of it stands behind the link. */
  sign_up_waiting: ['token', 'days'],
  sign_up_question: ['token', 'question'],
  /** The link leads to the application the person came for, or to us. */
  sign_up_approved: ['login_name', 'application', 'address'],
  sign_up_refused: ['reason'],
  /** To administrators: how many requests wait. */
  sign_up_digest: ['count', 'oldest_days'],
  /** To the mailbox of an account: its login name, and a link for a new password. */
  recovery: ['login_name', 'token'],
  /** To the mailbox of an account that nobody may sign in to at present: there is no link. */
  recovery_closed: ['login_name'],
  /** To a mailbox that belongs to no account. */
  recovery_unknown: [],
  /** To a mailbox that its owner is to prove. */
  mailbox_confirm: ['login_name', 'token'],
  /** To the mailbox that was replaced, with a link that takes it back. */
  mailbox_changed: ['login_name', 'token'],
  second_mailbox_confirm: ['login_name', 'token'],
  second_mailbox_changed: ['login_name'],
  /** To a mailbox that takes mail: the other one does not, and gets none for now. */
  mailbox_paused: ['login_name'],
  password_changed: ['login_name'],
  factor_added: ['login_name', 'method'],
  factor_removed: ['login_name', 'method'],
  /** Somebody who has the password gives wrong answers for the second factor. */
  factor_guessed: ['login_name'],
  recovery_code_used: ['login_name', 'left'],
  recovery_codes_made: ['login_name'],
  /** From a browser that has not signed in to the account before. The day alone. */
  new_sign_in: ['login_name', 'device', 'day'],
  /** An administrator made a link for a new password; it opens later and can be stopped. */
  link_made: ['login_name', 'token', 'opens'],
  /** To administrators: moderators refer a profile to them. */
  case_referred: [],
  /** To administrators: what happened to an unsealing. Number and hash are those of its entry in the register. */
  unsealing_step: ['step', 'by', 'fresh', 'number', 'request', 'head'],
  /** Administrators looked behind a profile. What they saw: each of the five is empty where they did not. */
  unsealed: [
    'login_name',
    'application',
    'name',
    'day',
    'reference',
    'login',
    'mailbox',
    'here',
    'everywhere',
    'connections',
  ],
  /** An administrator, or a link, has them look after an application. */
  moderator_appointed: ['login_name', 'application'],
  /** To the owner of a profile that moderators said yes to. */
  request_approved: ['application', 'name', 'profile'],
  /** To whoever asked for a profile in vain: the moderators' reason, and their own words, which may be empty. */
  request_refused: ['application', 'name', 'reason', 'words'],
  request_question: ['application', 'name', 'question', 'profile'],
  /** To the owner of a profile that was given at once, and has ended. */
  request_ended: ['application', 'name', 'reason', 'words'],
  /** To moderators: how much of what waits at an application; each count may be empty, never all of them. */
  moderation_digest: ['application', 'moderated', 'count', 'review', 'appeals'],
  /** To administrators: how many requests for profiles have waited for too long, and where. */
  requests_overdue: ['count', 'applications'],
  /** To administrators: an appeal that no moderator of the application may decide: the one who decided is alone. */
  appeal_referred: ['application', 'moderated'],
  /** To the owner of a profile, about what moderators decided; their own words may be empty. */
  profile_warned: ['application', 'name', 'reason', 'words', 'profile'],
  /** `day`: its end, empty where there is none. */
  profile_blocked: ['application', 'name', 'reason', 'words', 'profile', 'day'],
  profile_unblocked: ['application', 'name', 'words', 'profile'],
  profile_rename_asked: ['application', 'name', 'reason', 'words', 'profile'],
  profile_renamed: ['application', 'name', 'new_name', 'reason', 'words', 'profile'],
  profile_deleted: ['application', 'name', 'reason', 'words', 'profile'],
  profile_barred: ['application', 'name', 'reason', 'words', 'profile'],
  profile_bar_lifted: ['application', 'name', 'words', 'profile'],
  appeal_upheld: ['application', 'name', 'words', 'profile'],
  appeal_granted: ['application', 'name', 'words', 'profile'],
  /** To the address that an old account had, which is nobody's mailbox here yet. `name` is the old name. */
  old_name_code: ['application', 'name', 'code'],
  /** To the old address of a name that waits to be taken back. `old_accounts`: the application's id; `stop`: for no more. */
  old_name_notice: ['application', 'old_accounts', 'stop'],
  leaving: ['login_name', 'day'],
  gone: ['login_name'],
} as const satisfies Record<string, readonly string[]>;

export type LetterKind = keyof typeof LETTERS;

/** A letter to a person. `to` is their mailbox as mail is sent to it. Its values are text, at most 500 characters each. */
export type Letter = {
  readonly [K in LetterKind]: {
    readonly kind: K;
    readonly to: string;
    readonly language: Language;
    readonly values: Readonly<Record<(typeof LETTERS)[K][number], string>>;
  };
}[LetterKind];

/**
 * Hands a letter to the post: in the transaction `tx`, so that it leaves if and only if what it tells of was written.
 * Where this instance sends no mail it is dropped.
 */
export type Post = (tx: Db, letter: Letter) => Promise<void>;
