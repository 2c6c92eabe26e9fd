import { addressDomain, type Mailbox } from '../addresses.ts';

/** Longest name that is shown of somebody, in characters. */
const NAME_MAX = 64;
/** Octets in one encoded word, of 75 characters with its marks (RFC 2047 §2). */
const WORD_OCTETS = 45;

/**
 * A name as it may be shown: one line, without control, invisible or direction-changing characters, without what a
 * header's grammar could take for more, and without anything that reads as an address or as a domain behind it.
 * Idempotent.
 */
export function plainName(name: string): string {
  let plain = name;
  for (;;) {
    const next = [
      ...plain
        .normalize('NFC')
        .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}"\\<>;:,]+/gu, ' ')
        .replaceAll(/[\p{C}\u115F\u1160\u2800\u3164\uFFA0]/gu, '')
        .replaceAll(/(\p{M}{3})\p{M}+/gu, '$1')
        // Nothing here is to be decoded once more.
        .replaceAll(/=\?|\?=/gu, ' ')
        // Some programs show the name alone: it is not to pass for an address that the message does not come from.
        .replaceAll(/[\uFE6B\uFF20]/gu, '@')
        .replaceAll(/(?<=[^\s([{])@(?=\S)|(?<=[^\s([{]\s+)@\s*(?=[^\s@]*\.[^\s@])|(?<=[^\s([{])@\s+(?=\S)/gu, ' at ')
        // Nor for the domain that is written behind it.
        .replace(/(?: ?\([^()]*\.[^()]*\))+ *$/u, '')
        .trim(),
    ]
      .slice(0, NAME_MAX)
      .join('')
      .replaceAll(/\s+/gu, ' ')
      .trim();
    if (next === plain) return plain;
    plain = next;
  }
}

/** A phrase (RFC 5322 §3.2.5) for a text without control characters, quotation marks and backslashes. */
export function phrase(text: string): string {
  if (/^[\u0020-\u007e]*$/u.test(text)) return `"${text.replaceAll(/(.{60,}?) /gu, '$1\r\n ')}"`;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_OCTETS) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}

/** What is shown of somebody beside the address that stands for them: their name, else what they write from, and where. */
export function shownName({ name, address }: Mailbox): string {
  const shown = plainName(name) || plainName(address.slice(0, address.lastIndexOf('@')));
  const domain = addressDomain(address);
  return shown === '' ? domain : `${shown} (${domain})`;
}

/** Addresses as text that no program writes to: the name of a group without members (RFC 5322 §3.4). */
export function asText(mailboxes: readonly Mailbox[]): string {
  const listed = mailboxes.map(({ address }) => plainName(address));
  return `${phrase(listed.join(' '))}:;`;
}
