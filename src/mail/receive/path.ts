import type { Reply } from '../arrival.ts';
import { REPLIES } from './replies.ts';

/** The argument of MAIL FROM or RCPT TO. */
export type Path = {
  /** `local@domain`, with the domain in small letters; empty for the null sender. */
  readonly address: string;
  readonly domain: string;
};

/** Parameters of MAIL FROM that we know (RFC 1870, RFC 6152; RFC 4954 §5 where one can sign in). */
const PARAMETERS = ['SIZE', 'BODY'];

/** RFC 5321 §4.5.3.1: of a path without its brackets, and of a recipient's local part. Senders' may be longer, and are. */
const PATH_MAX = 254;
const LOCAL_MAX = 64;

const ATOM = String.raw`[A-Za-z0-9!#$%&'*+/=?^_\x60{|}~-]+`;
const LOCAL = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`, 'u');
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DOMAIN = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`, 'u');

/**
 * Reads an address as it has to be written: no source route, quoted string, literal, control character or second
 * `@`, none of which an alias has and by all of which somebody has once been led to relay for others.
 */
function readAddress(text: string): Path | undefined {
  const at = text.indexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  if (at === -1 || text.length > PATH_MAX || !LOCAL.test(local) || !DOMAIN.test(domain)) return undefined;
  return { address: `${local}@${domain.toLowerCase()}`, domain: domain.toLowerCase() };
}

function readCommand(verb: string, command: Buffer): { path: string; parameters: string[] } | undefined {
  const [, path, rest] =
    new RegExp(`^${verb}:[ \t]*<([^<> ]*)>((?: [^ ]+)*) *$`, 'iu').exec(command.toString('latin1')) ?? [];
  if (path === undefined) return undefined;
  const parameters = (rest ?? '').split(' ').filter(Boolean);
  return { path, parameters: parameters.map((parameter) => parameter.split('=', 1).join('').toUpperCase()) };
}

/** Reads `MAIL FROM:<…>` with its parameters (RFC 5321 §4.1.1.2). */
export function readSender(command: Buffer, { canAuthenticate }: { canAuthenticate: boolean }): Path | Reply {
  const read = readCommand('MAIL FROM', command);
  if (read === undefined) return REPLIES.badSender;
  const known = canAuthenticate ? [...PARAMETERS, 'AUTH'] : PARAMETERS;
  if (read.parameters.some((name) => !known.includes(name))) return REPLIES.badParameter;
  if (read.path === '') return { address: '', domain: '' };
  return readAddress(read.path) ?? REPLIES.badSender;
}

/**
 * Reads `RCPT TO:<…>` (RFC 5321 §4.1.1.3), an address of one domain and no other, all of it in small letters. Only
 * `postmaster` may stand without a domain. There are no parameters: nobody is told what becomes of his message.
 */
export function readRecipient(command: Buffer, ours: string): Path | Reply {
  const read = readCommand('RCPT TO', command);
  if (read === undefined) return REPLIES.badRecipient;
  if (read.parameters.length > 0) return REPLIES.badParameter;
  const isPostmaster = read.path.toLowerCase() === 'postmaster';
  const path = readAddress(isPostmaster ? `postmaster@${ours}` : read.path);
  if (path === undefined || path.address.indexOf('@') > LOCAL_MAX) return REPLIES.badRecipient;
  if (path.domain !== ours.toLowerCase()) return REPLIES.notOurs;
  return { ...path, address: path.address.toLowerCase() };
}
