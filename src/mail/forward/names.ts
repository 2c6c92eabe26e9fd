import { domainOf, type Mailbox } from '../addresses.ts';

/** Longest name that is shown of somebody, in characters. */
const NAME_MAX = 64;
/** Room for one encoded word (RFC 2047 §2: 75 characters with its marks). */
const WORD_OCTETS = 45;

/**
 * A name as it may be shown: one line, without control, invisible or direction-changing characters, without what a
 * header's grammar could take for more, and without anything that reads as an address or as a domain behind it.
 */
export function plainName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{C}\uFE00-\uFE0F\u2800\u3164\uFFA0]/gu, '')
    .replaceAll(/["\\<>;:,]/gu, ' ')
    // Some programs show the name alone: it is not to pass for an address that the message does not come from.
    .replaceAll(/(?<=\S)\s*[@\uFE6B\uFF20]\s*(?=\S)/gu, ' at ')
    .replaceAll(/\s+/gu, ' ')
    // Nor for the domain that is written behind it.
    .replace(/(?: ?\([^()]*\.[^()]*\))+$/u, '')
    .trim();
  return [...plain].slice(0, NAME_MAX).join('').trim();
}
