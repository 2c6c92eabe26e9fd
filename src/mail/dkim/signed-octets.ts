import type { Field } from '../head.ts';
import { canonicalField, type Canonicalisation } from './canonical.ts';
import { withoutSignature } from './tags.ts';

/** A field as its own signature covers it: without the value of its `b`, and without the CRLF (RFC 6376 §3.7). */
export function withoutItsSignature(kind: Canonicalisation, field: Field): string {
  const text = canonicalField(kind, field);
  const colon = text.indexOf(':') + 1;
  return text.slice(0, colon) + withoutSignature(text.slice(colon).replace(/\r\n$/u, ''));
}

/** Gives the fields of a header that a list of names means: of each name the last first (RFC 6376 §5.4.2). */
export function makeSelection(fields: readonly Field[]): (names: readonly string[]) => Field[] {
  const byName = new Map<string, Field[]>();
  for (const field of fields) {
    const same = byName.get(field.key);
    if (same === undefined) byName.set(field.key, [field]);
    else same.push(field);
  }
  return (names) => {
    const taken = new Map<string, number>();
    return names.flatMap((name) => {
      const count = (taken.get(name) ?? 0) + 1;
      taken.set(name, count);
      return byName.get(name)?.at(-count) ?? [];
    });
  };
}

/** The octets that a signature over a message is made over. */
export function signedOctets(kind: Canonicalisation, selected: readonly Field[], signature: Field): Buffer {
  const fields = selected.map((field) => canonicalField(kind, field)).join('');
  return Buffer.from(fields + withoutItsSignature(kind, signature), 'latin1');
}

/** Fields that every signer is asked to cover (RFC 6376 §5.4.1), and that a reader acts upon. */
const ACTED_UPON = ['from', 'subject', 'reply-to'];

/** Whether one of those stands in a header more often than a list of names covers. */
export function isHeaderOpen(fields: readonly Field[], names: readonly string[]): boolean {
  return ACTED_UPON.some((name) => {
    const count = fields.filter(({ key }) => key === name).length;
    return count > names.filter((covered) => covered === name).length;
  });
}
