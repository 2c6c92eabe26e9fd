import type { Field } from '../head.ts';

/** Longest line where it can be folded, in characters (RFC 5322 §2.1.1). */
const LINE_MAX = 76;

/** Words with `join` between them, in lines behind `first` that begin with a tab. */
function fill(first: string, words: readonly string[], join: string): string {
  const lines = [first];
  for (const [index, word] of words.entries()) {
    const piece = index === words.length - 1 ? word : word + join;
    const last = lines.at(-1) ?? '';
    if (last.length + piece.length > LINE_MAX && last.trim() !== '') lines.push(`\t${piece}`);
    else lines[lines.length - 1] = last + piece;
  }
  return lines.join('\r\n');
}

const inPieces = (text: string, size: number): string[] => text.match(new RegExp(`.{1,${size}}`, 'gu')) ?? [];

/** A field of tags, folded, whose `b` comes last and is still empty (RFC 6376 §3.5). `names`: those of `h`, if any. */
export function tagField(
  name: string,
  tags: readonly (readonly [string, string])[],
  names: readonly string[] | undefined,
): Field {
  const plain = fill(
    `${name}:`,
    tags.map(([tag, value]) => ` ${tag}=${value};`),
    '',
  );
  const listed = names === undefined ? '' : `\r\n${fill('\th=', names, ':')};`;
  return { name, key: name.toLowerCase(), raw: `${plain}${listed}\r\n\tb=\r\n` };
}

/** The same field with its `b`. */
export function withSignature(field: Field, signature: Buffer): Field {
  const value = fill('\tb=', inPieces(signature.toString('base64'), LINE_MAX - 4), '');
  return { ...field, raw: `${field.raw.slice(0, field.raw.length - '\tb=\r\n'.length)}${value}\r\n` };
}

/** An ARC-Authentication-Results (RFC 8617 §4.1.1), its results in lines of their own. Printable ASCII alone passes. */
export function resultsField(instance: number, authservId: string, authentication: string): Field {
  const results = authentication
    .replaceAll(/[^\u0020-\u007e]+/gu, ' ')
    .split(';')
    .map((result) => result.trim())
    .filter((result) => result !== '');
  const name = 'ARC-Authentication-Results';
  const value = [`i=${instance}`, authservId, ...(results.length === 0 ? ['none'] : results)];
  return { name, key: name.toLowerCase(), raw: `${name}: ${value.join(';\r\n\t')}\r\n`.replace(';\r\n\t', '; ') };
}
