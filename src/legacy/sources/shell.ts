/**
 * One word for a POSIX shell, always between quotes.
 * @throws {Error} for a NUL, which no word holds.
 */
export function shellWord(value: string): string {
  if (value.includes('\0')) throw new Error('no word of a shell');
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
