import type { Request } from 'express';
import type { TextKey, Translate } from '../../views/text.ts';

/** The notices that need nothing but themselves. */
const PLAIN: Readonly<Record<string, TextKey>> = {
  saved: 'notice.saved',
  password_changed: 'notice.password_changed',
  address_changed: 'notice.address_changed',
  language_changed: 'notice.language_changed',
  factor_added: 'notice.factor_added',
  factor_removed: 'notice.factor_removed',
  factor_named: 'notice.factor_named',
  session_ended: 'notice.session_ended',
  sessions_ended: 'notice.sessions_ended',
  note_saved: 'notice.note_saved',
  groups_saved: 'notice.groups_saved',
  account_made: 'notice.account_made',
  answer_sent: 'notice.answer_sent',
  question_sent: 'notice.question_sent',
  requests_approved: 'notice.requests_approved',
  requests_refused: 'notice.requests_refused',
  requests_gone: 'notice.requests_gone',
  requests_partly_gone: 'notice.requests_partly_gone',
  profile_requests_decided: 'notice.profile_requests_decided',
  profile_requests_gone: 'notice.profile_requests_gone',
  profile_requested: 'notice.request_sent',
  request_withdrawn: 'notice.request_withdrawn',
  invitation_withdrawn: 'notice.invitation_withdrawn',
  letter_sent: 'notice.letter_sent',
  change_withdrawn: 'notice.change_withdrawn',
  second_removed: 'notice.second_removed',
  link_stopped: 'notice.link_stopped',
  link_withdrawn: 'notice.link_withdrawn',
  account_suspended: 'notice.account_suspended',
  account_reinstated: 'notice.account_reinstated',
  account_sessions_ended: 'notice.account_sessions_ended',
  provider_added: 'admin.provider.added',
  provider_removed: 'admin.provider.removed',
  metadata_read: 'admin.provider.refreshed',
  decided: 'notice.decided',
  appeal_sent: 'notice.appeal_sent',
  warning_read: 'notice.warning_read',
  mail_again: 'notice.mail_again',
  mail_discarded: 'notice.mail_discarded',
  mail_answered: 'notice.mail_answered',
  mail_resumed: 'notice.mail_resumed',
  correspondent_blocked: 'notice.correspondent_blocked',
  correspondent_unblocked: 'notice.correspondent_unblocked',
  queue_paused: 'admin.queue.said_paused',
  queue_going: 'admin.queue.said_going',
  queue_retried: 'admin.queue.said_retry',
  certificate_prepared: 'admin.saml.prepared',
  certificate_activated: 'admin.saml.activated',
  credential_removed: 'admin.senders.notice_removed',
  moderator_added: 'notice.moderator_added',
  moderator_removed: 'notice.moderator_removed',
  moderator_self: 'notice.moderator_self',
  link_void: 'notice.link_void',
  case_noted: 'notice.case_noted',
  case_closed: 'notice.case_closed',
  unsealing_asked: 'notice.unsealing_asked',
  unsealing_confirmed: 'notice.unsealing_confirmed',
  unsealing_ended: 'notice.unsealing_ended',
  register_added: 'notice.register_added',
  old_import_asked: 'notice.old_import_asked',
  old_stopped: 'notice.old_stopped',
  old_going_on: 'notice.old_going_on',
  old_discarded: 'notice.old_discarded',
  old_forgotten: 'notice.old_forgotten',
  old_forget_set: 'notice.old_forget_set',
  old_forget_unset: 'notice.old_forget_unset',
  old_closed: 'notice.old_closed',
  old_undone: 'notice.old_undone',
  old_notices_begun: 'notice.old_notices_begun',
  old_notices_stopped: 'notice.old_notices_stopped',
  sender_allowed: 'admin.senders.notice_allowed',
};

/** The notices that name what they are about. */
const NAMED: Readonly<Record<string, TextKey>> = {
  profile_created: 'notice.profile_created',
  name_taken_back: 'notice.name_taken_back',
  profile_retired: 'notice.profile_retired',
  profile_restored: 'notice.profile_restored',
  profile_renamed: 'notice.profile_renamed',
  application_created: 'notice.application_created',
  group_created: 'notice.group_created',
  group_renamed: 'notice.group_renamed',
};

/**
 * The sentence for `?notice=…` after a redirection. Only our own sentences can be asked for; the name comes from the
 * page, never from the address.
 */
export function notice(req: Request, t: Translate, name?: string): string | undefined {
  const code = req.query['notice'];
  if (typeof code !== 'string') return undefined;
  const plain = Object.hasOwn(PLAIN, code) ? PLAIN[code] : undefined;
  if (plain !== undefined) return t(plain);
  const named = Object.hasOwn(NAMED, code) ? NAMED[code] : undefined;
  return named === undefined || name === undefined ? undefined : t(named, { name });
}
