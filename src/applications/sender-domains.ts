import { domainToASCII, domainToUnicode } from 'node:url';
import { getDomain } from 'tldts';

const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u;

/** Whether a text is a domain name of two labels or more, in A-labels and small letters, and no network address. */
export function isDomainName(text: string): boolean {
  return DOMAIN_NAME.test(text) && !/\.\d+$/u.test(text);
}

/**
 * A domain name as people write it, in A-labels and small letters. Undefined where it is none, or where it is written
 * with characters that only become letters of a domain when they are mapped (full-width ones and the like).
 */
export function domainOf(text: string): string | undefined {
  const small = text.toLowerCase();
  if (/^[\u0021-\u007e]*$/u.test(small)) return isDomainName(small) ? small : undefined;
  const ascii = domainToASCII(small);
  return isDomainName(ascii) && domainToUnicode(ascii) === small.normalize('NFC') ? ascii : undefined;
}

/**
 * The registrable part of a domain name by the public suffix list, suffixes of hosting services among them: what one
 * owner answers for (RFC 7489 §3.2). Undefined for a public suffix itself, which nobody's mail comes from.
 */
export function registrableDomain(domain: string): string | undefined {
  return getDomain(domain, { allowPrivateDomains: true }) ?? undefined;
}

/** Whether two domain names belong to one owner: relaxed alignment (RFC 7489 §3.1). */
export function isAligned(one: string, other: string): boolean {
  const owner = registrableDomain(one);
  return owner !== undefined && owner === registrableDomain(other);
}

/** Whether a domain is one of the registered ones or below one, never beyond its owner. */
export function isRegisteredSender(domain: string, registered: readonly string[]): boolean {
  return registered.some((one) => (domain === one || domain.endsWith(`.${one}`)) && isAligned(domain, one));
}
