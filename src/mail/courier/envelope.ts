import { domainToASCII } from 'node:url';

/** Longest address and longest local part, in octets (RFC 5321 §4.5.3.1). */
const ADDRESS_MAX = 254;
const LOCAL_MAX = 64;

/** Characters of an atom (RFC 5322 §3.2.3, RFC 6532) and dots, wherever they stand: some providers put two in a row. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}\.)*${LABEL}$`, 'u');

/**
 * Whether a text in small letters is the name of a host that other people could have: of at least two labels, the last
 * of which is no number, so neither an IPv4 address nor a name of this network alone.
 */
export const isHostName = (name: string): boolean =>
  name.length <= 253 && DOMAIN.test(name) && /\.(?!\d+$)[^.]+$/u.test(name);

/**
 * An address as it is written in a dialogue, its domain in small letters and A-labels; undefined where it is none of
 * the plain kind. Nothing else reaches the library, which would read `u@x>⏎RCPT TO:<y` as another address: quoted
 * local parts, literals and routes are not mail we ever send.
 */
export function readAddress(text: string): { readonly address: string; readonly domain: string } | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = domainToASCII(text.slice(at + 1)).toLowerCase();
  if (!LOCAL.test(local) || Buffer.byteLength(local) > LOCAL_MAX || !DOMAIN.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return Buffer.byteLength(address) > ADDRESS_MAX ? undefined : { address, domain };
}
