/** What a tag list says: the values by tag name, without white space around them. */
export type Tags = ReadonlyMap<string, string>;

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/u;
/** Printable ASCII without the semicolon, and white space between it. */
const VALUE = /^[\u0021-\u003a\u003c-\u007e\t ]*$/u;

/** Folded white space at both ends goes; `trim` would take more than that. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && ' \t'.includes(text.charAt(from))) from += 1;
  while (to > from && ' \t'.includes(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

/**
 * Reads a list of tags (RFC 6376 §3.2): no tag twice, nothing but printable ASCII. Folds must be undone or whole
 * (CRLF and white space). Nothing where it is none.
 */
export function readTags(text: string): Tags | undefined {
  const specs = text.replaceAll(/\r\n(?=[\t ])/gu, '').split(';');
  // One semicolon may stand at the end.
  if (specs.length > 1 && trimmed(specs.at(-1) ?? '') === '') specs.pop();
  const tags = new Map<string, string>();
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    const name = trimmed(spec.slice(0, Math.max(equals, 0)));
    const value = trimmed(spec.slice(equals + 1));
    if (!NAME.test(name) || !VALUE.test(value) || tags.has(name)) return undefined;
    tags.set(name, value);
  }
  return tags;
}

/** The list with the value of its `b` taken out, white space around it too: what a signature of it is made over. */
export function withoutSignature(list: string): string {
  return list
    .split(';')
    .map((spec) => {
      const equals = spec.indexOf('=');
      const isSignature = equals !== -1 && trimmed(spec.slice(0, equals).replaceAll('\r\n', '')) === 'b';
      return isSignature ? spec.slice(0, equals + 1) : spec;
    })
    .join(';');
}

/** Octets in base64 with white space anywhere (RFC 6376 §3.2); nothing where it is none. */
export function readBase64(text: string): Buffer | undefined {
  const packed = text.replaceAll(/[\t ]/gu, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/u.test(packed)) return undefined;
  return Buffer.from(packed, 'base64');
}

/** The parts of a list with colons, without white space around them. */
export const readColons = (text: string): string[] => text.split(':').map(trimmed);
