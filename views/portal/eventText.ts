import type { TextKey, Translate } from '../text.ts';

/** The words for what happened to an account; the values they need come with the event. */
const EVENTS: Readonly<Record<string, TextKey>> = {
  signed_in: 'event.sign_in',
  application_entered: 'event.profile_used',
  profile_created: 'event.profile_created',
  name_taken_back: 'event.name_taken_back',
  profile_retired: 'event.profile_retired',
  profile_restored: 'event.profile_restored',
  password_changed: 'event.password_changed',
  mailbox_changed: 'event.address_changed',
  session_ended: 'event.session_ended',
  sessions_ended: 'event.sessions_ended',
  sessions_ended_for: 'event.sessions_ended_for',
  link_made: 'event.link_made',
  link_used: 'event.link_used',
  role_changed: 'event.role_changed',
  factor_added: 'event.factor_added',
  factor_removed: 'event.factor_removed',
  factor_guessed: 'event.factor_guessed',
  recovery_codes_made: 'event.recovery_codes_made',
  recovery_code_used: 'event.recovery_code_used',
  terms_accepted: 'event.terms_accepted',
  data_taken: 'event.data_taken',
  leaving: 'event.leaving',
  kept: 'event.kept',
  unsealed: 'event.unsealed',
  moderator_appointed: 'event.moderator_appointed',
  moderator_dismissed: 'event.moderator_dismissed',
  password_recovered: 'event.password_recovered',
  mailbox_verified: 'event.address_verified',
  mailbox_taken_back: 'event.address_taken_back',
  second_mailbox_changed: 'event.second_address_changed',
  mailbox_paused: 'event.address_paused',
  mailbox_resumed: 'event.address_resumed',
  link_stopped: 'event.link_stopped',
  profile_requested: 'event.profile_requested',
  request_withdrawn: 'event.request_withdrawn',
  request_answered: 'event.request_answered',
  request_question: 'event.request_question',
  request_approved: 'event.request_approved',
  request_refused: 'event.request_refused',
  request_kept: 'event.request_kept',
  request_ended: 'event.request_ended',
  profile_warned: 'event.profile_warned',
  profile_blocked: 'event.profile_blocked',
  profile_unblocked: 'event.profile_unblocked',
  profile_rename_asked: 'event.profile_rename_asked',
  profile_renamed: 'event.profile_renamed',
  profile_deleted: 'event.profile_deleted',
  profile_barred: 'event.profile_barred',
  profile_bar_lifted: 'event.profile_bar_lifted',
  quota_excepted: 'event.quota_excepted',
  quota_unexcepted: 'event.quota_unexcepted',
  appeal_sent: 'event.appeal_sent',
  appeal_upheld: 'event.appeal_upheld',
  appeal_granted: 'event.appeal_granted',
};

/** An event of the timeline as its owner reads it; undefined where there are no words for it. */
export function eventText(
  t: Translate,
  { kind, detail }: { readonly kind: string; readonly detail?: Readonly<Record<string, string>> },
): string | undefined {
  const key = detail?.['browser'] === 'new' ? 'event.sign_in_new' : EVENTS[kind];
  if (key === undefined) return undefined;
  const device = detail?.['device'] ?? '';
  const params = { ...detail, device: device === '' ? t('sessions.unknown_device') : device };
  return t(key, { profile: '', application: '', reason: '', words: '', ...params });
}
