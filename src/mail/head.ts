/** One field of a header, as it came (RFC 5322 §2.2). */
export type Field = {
  /** As it was written. */
  readonly name: string;
  /** In small letters, to compare. */
  readonly key: string;
  /** The whole field with its folds and its last CRLF, octet by octet in latin1. */
  readonly raw: string;
};

/** The header of a message, field by field, in the order it came. */
export type Head = {
  readonly fields: readonly Field[];
  /** Octets of it, with the empty line that ends it. */
  readonly size: number;
};

/** A longer header is refused, in bytes. */
export const HEAD_MAX = 256 * 1024;
/** So is one of more fields. */
export const FIELDS_MAX = 500;

/** A header that is none, or longer than may be. */
export class HeadError extends Error {
  override readonly name = 'HeadError';
}

/**
 * Reads a header: octets up to and with the empty line that ends it, or without it where the message has no body.
 * Obsolete white space before the colon is taken (RFC 5322 §4.5), a line that belongs to no field is not.
 * @throws {HeadError}
 */
export function readHead(octets: Buffer): Head {
  if (octets.length > HEAD_MAX) throw new HeadError('the header is too long');
  const fields: Field[] = [];
  let lines: string[] = [];
  const end = (): void => {
    const raw = lines.join('');
    const colon = raw.indexOf(':');
    const name = raw.slice(0, Math.max(colon, 0)).trimEnd();
    if (!/^[\u0021-\u0039\u003b-\u007e]+$/u.test(name)) throw new HeadError('a line of the header is no field');
    fields.push({ name, key: name.toLowerCase(), raw });
    if (fields.length > FIELDS_MAX) throw new HeadError('the header has too many fields');
    lines = [];
  };
  const text = octets.toString('latin1');
  for (let at = 0; at < text.length;) {
    const found = text.indexOf('\r\n', at);
    const next = found === -1 ? text.length : found + 2;
    const line = found === -1 ? `${text.slice(at)}\r\n` : text.slice(at, next);
    if (line === '\r\n') break;
    if (lines.length > 0 && !/^[ \t]/u.test(line)) end();
    lines.push(line);
    at = next;
  }
  if (lines.length > 0) end();
  return { fields, size: octets.length };
}

/** What stands after the colon, unfolded, without white space around it; octet by octet in latin1. */
export function valueOf({ raw }: Field): string {
  return raw
    .slice(raw.indexOf(':') + 1)
    .replaceAll(/\r\n(?=[ \t])/gu, '')
    .trim();
}

/** The values of all fields of one name (small letters), in the order they came. */
export function valuesOf(head: Head, key: string): string[] {
  return head.fields.filter((field) => field.key === key).map(valueOf);
}
