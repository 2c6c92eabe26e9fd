import { UserError } from '../errors.ts';

/** Refuses a message: it cannot be accepted, and no answer may be sent to anybody. `reason` is one snake_case word. */
export function refuse(reason: string): never {
  throw new UserError('saml_message_invalid', { reason });
}

/** The reason of such a refusal; nothing for any other error. */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof UserError) || error.code !== 'saml_message_invalid') return undefined;
  return String(error.params['reason'] ?? '');
}
