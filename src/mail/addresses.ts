import { domainToASCII } from 'node:url';
import { addressParser, decodeWords, type Address } from 'postal-mime';
import { valuesOf, type Head } from './head.ts';

/** Somebody in a header: an address with exactly one @, and a name as it reads, empty where there is none. */
export type Mailbox = { readonly address: string; readonly name: string };

/** No more of one field is read, in octets, and no more addresses of it are taken (P8). */
const READ_MAX = 16 * 1024;
const ADDRESSES_MAX = 100;
/** Longest address (RFC 5321 §4.5.3.1.3) and longest name that is kept, in UTF-16 units. */
const ADDRESS_MAX = 254;
const NAME_MAX = 500;

/** Stands for the `=?` of an encoded word while addresses are looked for. */
const HIDDEN = '\u{F8FF}';

/** Octets in latin1 as the text they are: UTF-8 where they can be (RFC 6532), else as they stand. */
export function textOf(octets: string): string {
  if (!/[\u0080-\u00ff]/u.test(octets)) return octets;
  const text = Buffer.from(octets, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? octets : text;
}

/** What a header's text says: its encoded words decoded (RFC 2047), raw octets read as UTF-8. */
export function wordsOf(octets: string): string {
  return decodeWords(textOf(octets)).replaceAll(/\p{Cs}/gu, '\uFFFD');
}

/** The domain of an address in small letters and A-labels (RFC 5890); empty where it is no domain name. */
export function addressDomain(address: string): string {
  return domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
}

/** The form in which two addresses are compared: small letters, the domain in A-labels. */
export function canonicalAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at).normalize('NFC').toLowerCase()}@${addressDomain(address)}`;
}

/** Whether a text is one address with a domain name, and nothing a header or a dialogue could take for more. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return (
    text.length <= ADDRESS_MAX &&
    at <= 64 &&
    // The same domain to some, and another to whoever compares it.
    !text.endsWith('.') &&
    /^[^\s<>@,;:"()[\]\\\p{C}]+@[^\s<>@,;:"()[\]\\\p{C}%]+$/u.test(text) &&
    addressDomain(text) !== ''
  );
}

const flat = (found: readonly Address[]): { address?: string; name: string }[] =>
  found.flatMap((one) => (one.group === undefined ? [one] : one.group));

/**
 * The addresses in the value of a field, in their order, those of groups among them (RFC 5322 §3.4); what is none is
 * left out. An encoded word is only ever a name: what it holds never becomes an address.
 */
export function addressesIn(value: string): Mailbox[] {
  const text = textOf(value.slice(0, READ_MAX)).replaceAll(HIDDEN, ' ').replaceAll('=?', HIDDEN);
  return flat(addressParser(text))
    .map(({ address = '', name }) => ({
      address: address.replaceAll(HIDDEN, '=?'),
      name: wordsOf(name.slice(0, READ_MAX).replaceAll(HIDDEN, '=?')).slice(0, NAME_MAX),
    }))
    .filter(({ address }) => isAddress(address))
    .slice(0, ADDRESSES_MAX);
}

/** The addresses in all fields of one name (small letters). More than one in From is a reason to believe none. */
export function addressesOf(head: Head, key: string): Mailbox[] {
  return valuesOf(head, key).flatMap(addressesIn).slice(0, ADDRESSES_MAX);
}
