import type { Field } from '../head.ts';

/** The two ways to write a message down before it is hashed (RFC 6376 §3.4). */
export type Canonicalisation = 'simple' | 'relaxed';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** So much is looked at together, in bytes. An octet becomes two at most, and few wait from before. */
const SLICE = 16 * 1024;
const CRLFS = Buffer.from('\r\n'.repeat(SLICE / 2));
/** Filled and read within one call, so all may share it. */
const scratch = Buffer.alloc(2 * SLICE + 16);

/**
 * Writes a body down in canonical form as it goes by (RFC 6376 §3.4.3, §3.4.4), whatever pieces it comes in, and hands
 * it to `sink`, which must have read it when it returns. A bare LF ends a line, a bare CR is an octet like any other;
 * neither gets past the guard of octets.
 */
export function canonicalBody(
  kind: Canonicalisation,
  sink: (octets: Buffer) => void,
): { update(chunk: Buffer): void; finish(): void } {
  const isRelaxed = kind === 'relaxed';
  let hasContent = false;
  // What waits for the next octet, in this order: ends of lines, white space, a CR.
  let lines = 0;
  let hasSpace = false;
  let hasCr = false;

  /** Content comes: what waited for it goes before. Returns how far `scratch` is full then. */
  function release(full: number): number {
    let out = full;
    if (lines === 1) {
      scratch[out++] = CR;
      scratch[out++] = LF;
    } else if (lines > 1) {
      if (out > 0) sink(scratch.subarray(0, out));
      out = 0;
      for (let left = 2 * lines; left > 0; left -= SLICE) sink(CRLFS.subarray(0, left));
    }
    if (hasSpace) scratch[out++] = SPACE;
    if (hasCr) scratch[out++] = CR;
    lines = 0;
    hasSpace = false;
    hasCr = false;
    hasContent = true;
    return out;
  }

  function slice(octets: Buffer): void {
    const { length } = octets;
    let out = 0;
    for (let at = 0; at < length;) {
      let octet = octets[at++] ?? 0;
      if (octet === LF) {
        lines += 1;
        hasSpace = false;
        hasCr = false;
        continue;
      }
      if (hasCr) out = release(out);
      if (octet === CR) {
        hasCr = true;
        continue;
      }
      if (isRelaxed && (octet === SPACE || octet === TAB)) {
        hasSpace = true;
        continue;
      }
      out = release(out);
      scratch[out++] = octet;
      // Most octets are plain ones, or single spaces between such.
      for (; at < length; at += 1) {
        octet = octets[at] ?? 0;
        if (octet <= SPACE && (octet !== SPACE || (octets[at + 1] ?? 0) <= SPACE)) break;
        scratch[out++] = octet;
      }
    }
    if (out > 0) sink(scratch.subarray(0, out));
  }

  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at += SLICE) slice(chunk.subarray(at, at + SLICE));
    },
    finish() {
      if (hasCr) sink(scratch.subarray(0, release(0)));
      if (hasContent || !isRelaxed) sink(CRLFS.subarray(0, 2));
    },
  };
}

/** A message is signed and verified several times over the same fields. */
const relaxed = new WeakMap<Field, string>();

/** A field in relaxed form (RFC 6376 §3.4.2), in latin1, with the CRLF that ends it. */
function relaxedField(field: Field): string {
  const known = relaxed.get(field);
  if (known !== undefined) return known;
  const value = field.raw
    .slice(field.raw.indexOf(':') + 1)
    .replaceAll('\r\n', '')
    .replaceAll(/[\t ]+/gu, ' ');
  const from = value.startsWith(' ') ? 1 : 0;
  const to = value.endsWith(' ') ? Math.max(from, value.length - 1) : value.length;
  const made = `${field.key}:${value.slice(from, to)}\r\n`;
  relaxed.set(field, made);
  return made;
}

/** A field in either form, in latin1, with the CRLF that ends it. */
export const canonicalField = (kind: Canonicalisation, field: Field): string =>
  kind === 'relaxed' ? relaxedField(field) : field.raw;
