import { domainToASCII, domainToUnicode } from 'node:url';
import { getDomain } from 'tldts';
import { UserError } from '../errors.ts';

/** Two labels or more, in A-labels and small letters; four numbers, too. */
export const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u;

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

/** Mail providers at which anybody gets an address: none of them is an application's own domain. */
const ANYBODYS =
  'aol.com bbox.fr disroot.org duck.com ecomail.fr fastmail.com free.fr gmail.com gmx.com gmx.de gmx.fr gmx.net googlemail.com hey.com hotmail.com hotmail.fr hotmail.co.uk icloud.com laposte.net live.com live.fr mac.com mail.com mail.ru mailbox.org mailo.com me.com msn.com netcourrier.com numericable.fr orange.fr outlook.com outlook.fr pm.me posteo.de posteo.net proton.me protonmail.com protonmail.ch qq.com riseup.net rocketmail.com sfr.fr tuta.com tuta.io tutanota.com tutanota.de wanadoo.fr web.de yahoo.com yahoo.fr yahoo.co.uk yandex.com yandex.ru ymail.com zaclys.net zoho.com 163.com 126.com t-online.de'.split(
    ' ',
  );

/**
 * Whether letting a domain write to people lets nobody in but its owner.
 * @throws {UserError} sender_suffix where anybody can have a name below it, or it is no domain name; sender_anybody
 * where anybody can have an address in it
 */
export function checkSenderDomain(domain: string): void {
  const owner = isDomainName(domain) ? registrableDomain(domain) : undefined;
  if (owner === undefined) throw new UserError('sender_suffix', { domain: domain.slice(0, 80) });
  if (ANYBODYS.includes(owner)) throw new UserError('sender_anybody', { domain: owner });
}
