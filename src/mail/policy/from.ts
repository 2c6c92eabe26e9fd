import addressparser from 'nodemailer/lib/addressparser';
import { domainOf } from '../../applications/applications.ts';
import { valuesOf, type Head } from '../head.ts';

/** Who a message says it is from. */
export type Author = {
  readonly address: string;
  /** In A-labels and small letters. */
  readonly domain: string;
  /** As it was written: encoded words (RFC 2047) are not decoded; empty where there is none. */
  readonly name: string;
};

/** A longer From is not read, in characters. */
const LONGEST = 2000;
/** Atoms and dots, and beyond ASCII what RFC 6532 adds. Quoted local parts are nobody's in practice. */
const LOCAL = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/** The value as text: a header is UTF-8 or nothing (RFC 6532 §3.2). */
function decoded(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Stands for a comment. A value has no control characters. */
const COMMENT = '\0';

/** What is not in quotation marks, comments marked. Undefined where one of them does not end. */
function bare(value: string): string | undefined {
  let depth = 0;
  let isQuoted = false;
  let found = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\') {
      if (depth === 0 && !isQuoted) return undefined;
      at += 1;
    } else if (isQuoted) isQuoted = character !== '"';
    else if (character === '"' && depth === 0) isQuoted = true;
    else if (character === '(') depth += 1;
    else if (character === ')' && depth === 0) return undefined;
    else if (character === ')') {
      depth -= 1;
      if (depth === 0) found += COMMENT;
    } else if (depth === 0) found += character;
  }
  return depth === 0 && !isQuoted ? found : undefined;
}

/** Whether the address stands where every reader would find it: alone, or between the only angle brackets, last. */
function standsAlone(value: string, address: string): boolean {
  const found = bare(value);
  if (found === undefined) return false;
  if (!/[<>]/u.test(found)) return found.replaceAll(COMMENT, ' ').trim() === address;
  const [, between, after = ''] = /^[^<>]*<([^<>]*)>([^<>]*)$/u.exec(found) ?? [];
  return between === address && after.replaceAll(COMMENT, ' ').trim() === '';
}

/**
 * The one author of a message (RFC 5322 §3.6.2). Undefined where From is missing or there twice, where it names nobody,
 * several or a group, or where two readers could find different addresses in it.
 */
export function readFrom(head: Head): Author | undefined {
  const [raw, ...more] = valuesOf(head, 'from');
  if (raw === undefined || more.length > 0 || raw.length > LONGEST) return undefined;
  const value = decoded(raw);
  if (value === undefined || /(?!\t)\p{Cc}/u.test(value)) return undefined;
  const [entry, ...others] = addressparser(value);
  if (entry?.address === undefined || others.length > 0) return undefined;
  const { address, name } = entry;
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const domain = domainOf(address.slice(at + 1));
  if (domain === undefined || local.length > 64 || !LOCAL.test(local) || !standsAlone(value, address)) return undefined;
  return { address: `${local}@${domain}`, domain, name };
}
