import { domainToASCII } from 'node:url';
import { UserError } from './errors.ts';
import { canonicalName } from './names.ts';

/** RFC 5321 §4.5.3.1: a path of 256 octets with its brackets, a local part of 64. */
const MAX_LENGTH = 254;
const LOCAL_MAX = 64;

/** A dot-atom (RFC 5321 §4.1.2). Quoted local parts exist on paper only; ones beyond ASCII need SMTPUTF8 (RFC 6531). */
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/u;

const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{Nd}.-]+$/u;

/** At least two labels; the last is no number, or it would be an address of a machine. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/u;

/** A domain as it is looked up. One that is written so needs no conversion, unless a label is Punycode, which may be bad. */
function asciiOf(written: string): string {
  if (DOMAIN.test(written) && !written.includes('xn--')) return written;
  return WRITTEN_DOMAIN.test(written) ? domainToASCII(written) : '';
}

/**
 * Checks an e-mail address. The domain may be internationalised.
 * @returns the address as mail is sent to it: the local part as written, the domain in ASCII and lower case.
 * @throws {UserError} mailbox_invalid
 */
export function parseMailbox(text: string): string {
  const at = text.length > MAX_LENGTH + LOCAL_MAX ? -1 : text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0)).trimStart();
  const written = text.slice(at + 1).trimEnd();
  const domain = asciiOf(written);
  const mailbox = `${local}@${domain}`;
  if (local.length > LOCAL_MAX || !LOCAL.test(local) || !DOMAIN.test(domain) || mailbox.length > MAX_LENGTH) {
    throw new UserError('mailbox_invalid');
  }
  return mailbox;
}

/**
 * The form in which mailboxes are compared: all in lower case. Strictly only the receiving host knows whether its local
 * parts are (RFC 5321 §2.4), but no host gives Ana's and ana's mail to two people. `mailbox`: as `parseMailbox` returns it.
 */
export const canonicalParsed = (mailbox: string): string => mailbox.toLowerCase();

/** The same of any text; of one that is no mailbox, a form as names have. */
export function canonicalMailbox(text: string): string {
  try {
    return canonicalParsed(parseMailbox(text));
  } catch (error) {
    if (error instanceof UserError) return canonicalName(text);
    throw error;
  }
}

/**
 * What letters to a mailbox are counted under: all tags of one, which follow a plus sign and at most hosts lead to the
 * same person (RFC 5233), are one. They are not the one without a tag, or strangers could use up its letters by
 * asking for tags that lead nowhere.
 */
export function letterTarget(mailbox: string): string {
  return canonicalMailbox(mailbox).replace(/(?<=.)\+[^@]*(?=@)/u, '+');
}
