import type { TextKey } from '../text.ts';

/** A sentence, left out where the value named is empty; or a value in the words of whoever wrote it. */
export type Part = { readonly say: TextKey; readonly unlessEmpty?: string } | { readonly quote: string };

/**
 * Where the button of a letter leads: to what its token opens, to its `address`, to the page of its `profile`, to what its
 * application's moderators see, to where old accounts at an application are taken back, or to a page of ours.
 */
export type Target = 'token' | 'address' | 'profile' | 'moderated' | 'old_accounts' | `/${string}`;

/** What a letter is made of. */
export type Plan = {
  readonly subject: TextKey;
  readonly parts: readonly Part[];
  readonly link?: { readonly to: Target; readonly label: TextKey; readonly labelIfEmpty?: [string, TextKey] };
  /** After the button. */
  readonly after?: readonly TextKey[];
  /** Why one receives it, and what to do where it was somebody else. */
  readonly why: TextKey;
  /** Whoever reads it may speak either language: it is said in the one and then in the other. */
  readonly inBoth?: true;
  /** The words of the link by which no more letters of the kind come. */
  readonly stop?: TextKey;
};

const signIn = { to: '/', label: 'mail.sign_in' } as const;
const seeAccount = { to: '/account', label: 'mail.see_account' } as const;

/** Of something that was done to an account, in case its owner did not do it. */
const told = (subject: TextKey, ...parts: readonly Part[]): Plan => ({
  subject,
  parts,
  link: seeAccount,
  after: ['mail.not_you'],
  why: 'mail.why_account',
});

/** Of what moderators decided about a profile. */
const decided = (
  kind: 'warned' | 'blocked' | 'rename_asked' | 'renamed' | 'deleted' | 'barred',
  ...parts: Part[]
): Plan => ({
  subject: `mail.profile_${kind}.subject`,
  parts: [
    { say: `mail.profile_${kind}.text` },
    ...parts,
    { say: 'mail.moderated.reason' },
    { quote: 'reason' },
    { quote: 'words' },
  ],
  link: { to: 'profile', label: 'mail.moderated.link' },
  after: ['mail.moderated.appeal'],
  why: 'mail.why_moderated',
});

/** Of a decision that was looked at once more, or taken back. */
const reviewed = (kind: 'profile_unblocked' | 'profile_bar_lifted' | 'appeal_upheld' | 'appeal_granted'): Plan => ({
  subject: `mail.${kind}.subject`,
  parts: [{ say: `mail.${kind}.text` }, { quote: 'words' }],
  link: { to: 'profile', label: 'mail.moderated.link' },
  why: 'mail.why_moderated',
});

/** Every letter there is, by its kind. */
export const PLANS = {
  test: { subject: 'mail.test.subject', parts: [{ say: 'mail.test.text' }], why: 'mail.test.why' },
  sign_up: {
    subject: 'mail.sign_up.subject',
    parts: [{ say: 'mail.sign_up.text' }, { say: 'mail.sign_up.application', unlessEmpty: 'application' }],
    link: { to: 'token', label: 'mail.sign_up.link' },
    after: ['mail.once'],
    why: 'mail.why_typed',
  },
  sign_up_known: {
    subject: 'mail.sign_up_known.subject',
    parts: [
      { say: 'mail.sign_up_known.text' },
      { say: 'mail.sign_up_known.application', unlessEmpty: 'application' },
      { say: 'mail.sign_up_known.forgotten' },
    ],
    link: signIn,
    after: ['mail.sign_up_known.not_you'],
    why: 'mail.why_account',
  },
  sign_up_waiting: {
    subject: 'mail.sign_up_waiting.subject',
    parts: [{ say: 'mail.sign_up_waiting.text' }, { say: 'mail.sign_up_waiting.days', unlessEmpty: 'days' }],
    link: { to: 'token', label: 'mail.sign_up_waiting.link' },
    why: 'mail.why_asked',
  },
  sign_up_question: {
    subject: 'mail.sign_up_question.subject',
    parts: [{ say: 'mail.sign_up_question.text' }, { quote: 'question' }],
    link: { to: 'token', label: 'mail.sign_up_question.link' },
    why: 'mail.why_asked',
  },
  sign_up_approved: {
    subject: 'mail.sign_up_approved.subject',
    parts: [{ say: 'mail.sign_up_approved.text' }],
    link: {
      to: 'address',
      label: 'mail.sign_up_approved.link',
      labelIfEmpty: ['application', 'mail.sign_in'],
    },
    why: 'mail.why_asked',
  },
  sign_up_refused: {
    subject: 'mail.sign_up_refused.subject',
    parts: [
      { say: 'mail.sign_up_refused.text' },
      { say: 'mail.sign_up_refused.reason', unlessEmpty: 'reason' },
      { quote: 'reason' },
    ],
    why: 'mail.why_asked',
  },
  sign_up_digest: {
    subject: 'mail.sign_up_digest.subject',
    parts: [{ say: 'mail.sign_up_digest.text' }],
    link: { to: '/admin/requests', label: 'mail.sign_up_digest.link' },
    why: 'mail.sign_up_digest.why',
  },
  recovery: {
    subject: 'mail.recovery.subject',
    parts: [{ say: 'mail.recovery.text' }],
    link: { to: 'token', label: 'mail.recovery.link' },
    after: ['mail.once'],
    why: 'mail.recovery.why',
  },
  recovery_closed: {
    subject: 'mail.recovery_closed.subject',
    parts: [{ say: 'mail.recovery_closed.text' }],
    why: 'mail.recovery.why',
  },
  recovery_unknown: {
    subject: 'mail.recovery_unknown.subject',
    parts: [{ say: 'mail.recovery_unknown.text' }],
    why: 'mail.recovery_unknown.why',
  },
  old_name_code: {
    subject: 'mail.old_name_code.subject',
    parts: [{ say: 'mail.old_name_code.text' }, { say: 'mail.old_name_code.code' }],
    why: 'mail.old_name_code.why',
  },
  mailbox_confirm: {
    subject: 'mail.mailbox_confirm.subject',
    parts: [{ say: 'mail.mailbox_confirm.text' }],
    link: { to: 'token', label: 'mail.mailbox_confirm.link' },
    after: ['mail.once'],
    why: 'mail.why_typed',
  },
  mailbox_changed: {
    subject: 'mail.mailbox_changed.subject',
    parts: [{ say: 'mail.mailbox_changed.text' }, { say: 'mail.mailbox_changed.undo' }],
    link: { to: 'token', label: 'mail.mailbox_changed.link' },
    why: 'mail.why_was',
  },
  second_mailbox_confirm: {
    subject: 'mail.second_mailbox_confirm.subject',
    parts: [{ say: 'mail.second_mailbox_confirm.text' }],
    link: { to: 'token', label: 'mail.mailbox_confirm.link' },
    after: ['mail.once'],
    why: 'mail.why_typed',
  },
  second_mailbox_changed: told('mail.second_mailbox_changed.subject', { say: 'mail.second_mailbox_changed.text' }),
  mailbox_paused: {
    subject: 'mail.mailbox_paused.subject',
    parts: [{ say: 'mail.mailbox_paused.text' }, { say: 'mail.mailbox_paused.next' }],
    link: seeAccount,
    why: 'mail.why_account',
  },
  password_changed: told('mail.password_changed.subject', { say: 'mail.password_changed.text' }),
  factor_added: told('mail.factor_added.subject', { say: 'mail.factor_added.text' }),
  factor_removed: told('mail.factor_removed.subject', { say: 'mail.factor_removed.text' }),
  factor_guessed: told('mail.factor_guessed.subject', { say: 'mail.factor_guessed.text' }),
  recovery_code_used: told('mail.recovery_code_used.subject', { say: 'mail.recovery_code_used.text' }),
  recovery_codes_made: told('mail.recovery_codes_made.subject', { say: 'mail.recovery_codes_made.text' }),
  new_sign_in: told(
    'mail.new_sign_in.subject',
    { say: 'mail.new_sign_in.text' },
    { say: 'mail.new_sign_in.device', unlessEmpty: 'device' },
    { say: 'mail.new_sign_in.was_you' },
  ),
  link_made: {
    subject: 'mail.link_made.subject',
    parts: [{ say: 'mail.link_made.text' }, { say: 'mail.link_made.stop' }],
    link: { to: 'token', label: 'mail.link_made.link' },
    why: 'mail.why_account',
  },
  unsealing_step: {
    subject: 'mail.unsealing_step.subject',
    parts: [
      { say: 'mail.unsealing_step.text' },
      { say: 'mail.unsealing_step.fresh', unlessEmpty: 'fresh' },
      { say: 'mail.unsealing_step.head' },
    ],
    link: { to: '/admin/unsealing', label: 'mail.unsealing_step.link' },
    why: 'mail.why_administrator',
  },
  unsealed: {
    subject: 'mail.unsealed.subject',
    parts: [
      { say: 'mail.unsealed.text' },
      { say: 'mail.unsealed.login', unlessEmpty: 'login' },
      { say: 'mail.unsealed.mailbox', unlessEmpty: 'mailbox' },
      { say: 'mail.unsealed.here', unlessEmpty: 'here' },
      { say: 'mail.unsealed.everywhere', unlessEmpty: 'everywhere' },
      { say: 'mail.unsealed.connections', unlessEmpty: 'connections' },
      { say: 'mail.unsealed.reference' },
      { say: 'mail.unsealed.ask' },
    ],
    link: { to: '/activity', label: 'mail.unsealed.link' },
    why: 'mail.why_account',
  },
  case_referred: {
    subject: 'mail.case_referred.subject',
    parts: [{ say: 'mail.case_referred.text' }],
    link: { to: '/admin/cases', label: 'mail.case_referred.link' },
    why: 'mail.why_administrator',
  },
  moderator_appointed: {
    subject: 'mail.moderator_appointed.subject',
    parts: [{ say: 'mail.moderator_appointed.text' }, { say: 'mail.moderator_appointed.what' }],
    link: { to: '/moderation', label: 'mail.moderator_appointed.link' },
    why: 'mail.why_account',
  },
  request_approved: {
    subject: 'mail.request_approved.subject',
    parts: [{ say: 'mail.request_approved.text' }],
    link: { to: 'profile', label: 'mail.request_approved.link' },
    why: 'mail.why_profile',
  },
  request_refused: {
    subject: 'mail.request_refused.subject',
    parts: [{ say: 'mail.request_refused.text' }, { quote: 'reason' }, { quote: 'words' }],
    link: { to: '/', label: 'mail.request_refused.link' },
    why: 'mail.why_profile',
  },
  request_question: {
    subject: 'mail.request_question.subject',
    parts: [{ say: 'mail.request_question.text' }, { quote: 'question' }],
    link: { to: 'profile', label: 'mail.request_question.link' },
    why: 'mail.why_profile',
  },
  request_ended: {
    subject: 'mail.request_ended.subject',
    parts: [{ say: 'mail.request_ended.text' }, { quote: 'reason' }, { quote: 'words' }],
    link: { to: '/', label: 'mail.request_refused.link' },
    why: 'mail.why_profile',
  },
  moderation_digest: {
    subject: 'mail.moderation_digest.subject',
    parts: [
      { say: 'mail.moderation_digest.count', unlessEmpty: 'count' },
      { say: 'mail.moderation_digest.review', unlessEmpty: 'review' },
      { say: 'mail.moderation_digest.appeals', unlessEmpty: 'appeals' },
    ],
    link: { to: 'moderated', label: 'mail.moderation_digest.link' },
    why: 'mail.moderation_digest.why',
  },
  requests_overdue: {
    subject: 'mail.requests_overdue.subject',
    parts: [{ say: 'mail.requests_overdue.text' }, { quote: 'applications' }],
    link: { to: '/moderation', label: 'mail.moderation_digest.link' },
    why: 'mail.sign_up_digest.why',
  },
  appeal_referred: {
    subject: 'mail.appeal_referred.subject',
    parts: [{ say: 'mail.appeal_referred.text' }],
    link: { to: 'moderated', label: 'mail.moderation_digest.link' },
    why: 'mail.sign_up_digest.why',
  },
  profile_warned: decided('warned'),
  profile_blocked: decided('blocked', { say: 'mail.profile_blocked.until', unlessEmpty: 'day' }),
  profile_unblocked: reviewed('profile_unblocked'),
  profile_rename_asked: decided('rename_asked'),
  profile_renamed: decided('renamed'),
  profile_deleted: decided('deleted'),
  profile_barred: decided('barred'),
  profile_bar_lifted: reviewed('profile_bar_lifted'),
  appeal_upheld: reviewed('appeal_upheld'),
  appeal_granted: reviewed('appeal_granted'),
  old_name_notice: {
    subject: 'mail.old_name_notice.subject',
    parts: [{ say: 'mail.old_name_notice.text' }, { say: 'mail.old_name_notice.how' }],
    link: { to: 'old_accounts', label: 'mail.old_name_notice.link' },
    after: ['mail.old_name_notice.nothing'],
    why: 'mail.old_name_notice.why',
    inBoth: true,
    stop: 'mail.old_name_notice.stop',
  },
  leaving: {
    subject: 'mail.leaving.subject',
    parts: [{ say: 'mail.leaving.text' }, { say: 'mail.leaving.not_you' }],
    link: signIn,
    why: 'mail.why_account',
  },
  gone: { subject: 'mail.gone.subject', parts: [{ say: 'mail.gone.text' }], why: 'mail.why_was' },
} satisfies Readonly<Record<string, Plan>>;

export type LetterName = keyof typeof PLANS;
