import type { Request } from 'express';
import { SettingsProblem, UserError } from '../errors.ts';
import { isId } from '../storage/seal.ts';
import type { Form } from '../../views/parts/form.ts';
import { messageFor, type Translate } from '../../views/text.ts';

/** One field of a posted form. Repeated fields and other shapes read as empty; nothing is trimmed (passwords). */
export function field(req: Request, name: string): string {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** The identifier in a part of the address that the route names; empty, and so nobody's, where it cannot be one. */
export function param(req: Request, name: string): string {
  const value: unknown = req.params[name];
  return typeof value === 'string' && isId(value) ? value : '';
}

/** The values of a field that may be given several times. */
export function fieldList(req: Request, name: string): string[] {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The lines of a text area that are not empty, at most as many as anything of ours takes. */
export function lines(req: Request, name: string): string[] {
  return field(req, name)
    .split(/[\r\n]+/u)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 1001);
}

/** A form without errors. */
export function blank(values: Readonly<Record<string, string>> = {}): Form {
  return { values, errors: [] };
}

/**
 * The same form with what was wrong. `fields` says which field a code belongs to; other errors are not the form's and
 * are thrown on.
 */
export function withError(
  t: Translate,
  values: Readonly<Record<string, string>>,
  error: unknown,
  fields: Readonly<Record<string, string>>,
): Form {
  if (error instanceof SettingsProblem) {
    const errors = error.fields.map(({ field: name, code, params }) => ({
      field: fields[name] ?? name,
      message: messageFor(t, code, params),
    }));
    return { values, errors };
  }
  if (!(error instanceof UserError)) throw error;
  const name = fields[error.code];
  if (name === undefined) throw error;
  return { values, errors: [{ field: name, message: messageFor(t, error.code, error.params) }] };
}

/** The HTTP status of an error shown to a person. */
export function statusOf(code: string): number {
  switch (code) {
    case 'busy':
      return 503;
    case 'try_later':
    case 'mail_answers_often':
      return 429;
    case 'csrf':
    case 'forbidden':
    case 'own_profile':
    case 'own_decision':
    case 'entry_refused':
    case 'names_awaited':
    case 'new_profiles_barred':
    case 'policy_closed':
    case 'policy_invited':
    case 'rules_locked':
    case 'sign_up_closed':
      return 403;
    case 'not_found':
    case 'decision_unknown':
    case 'profile_unavailable':
    case 'mail_gone':
    case 'correspondent_unknown':
    case 'client_unknown':
    case 'invitation_unknown':
    case 'administrator_exists':
    case 'group_unknown':
    case 'authority_request_unknown':
      return 404;
    case 'mailbox_elsewhere':
    case 'mailbox_changed_often':
    case 'link_waits':
    case 'profile_changed':
    case 'mail_paused':
    case 'mail_unanswerable':
    case 'case_gone':
    case 'upload_changed':
    case 'upload_elsewhere':
    case 'notices_changed':
    case 'unsealing_alone':
      return 409;
    case 'expired':
    case 'saml_answered_already':
    case 'appeal_gone':
    case 'exception_gone':
    case 'link_gone':
    case 'undo_too_late':
    case 'unsealing_gone':
      return 410;
    case 'too_large':
    case 'upload_large':
      return 413;
    case 'internal':
      return 500;
    case 'saml_message_invalid':
    case 'application_unknown':
    case 'return_address_unknown':
    case 'request_invalid':
      return 400;
    default:
      return 422;
  }
}
