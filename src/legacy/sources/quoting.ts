import type { Engine } from './source.ts';

/** What stands for itself between single quotes in every database, whatever its settings and the encoding of the file. */
const PLAIN = /^[ -&(-[\]-~]*$/u;

/**
 * A text in a statement. What is more than plain letters is written in hexadecimal, so that no quote, backslash, end of
 * line or encoding can make it anything else.
 * @throws {Error} for a NUL and for half a character, which no text of a database holds.
 */
export function sqlText(engine: Engine, value: string): string {
  if (/[\0\p{Cs}]/u.test(value)) throw new Error('no text of a database');
  if (PLAIN.test(value)) return `'${value}'`;
  const hex = Buffer.from(value).toString('hex');
  if (engine === 'postgres') return `convert_from(decode('${hex}', 'hex'), 'UTF8')`;
  return engine === 'mysql' ? `_utf8mb4 X'${hex}'` : `CAST(X'${hex}' AS TEXT)`;
}

/**
 * One word for a POSIX shell, always between quotes.
 * @throws {Error} for a NUL, which no word holds.
 */
export function shellWord(value: string): string {
  if (value.includes('\0')) throw new Error('no word of a shell');
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
