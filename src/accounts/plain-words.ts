import { UserError } from '../errors.ts';

/** What would break a page or turn its text around: control characters but the end of a line, half characters, overrides. */
const UNWANTED = /[^\P{Cc}\n]|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/gu;

/**
 * What somebody wrote in a few sentences: NFC, lines ended by `\n`, without space around it. `min` and `max` are
 * characters (code points).
 * @throws {UserError} words_too_few{min}, words_too_many{max}
 */
export function parseWords(text: string, { min, max }: { readonly min: number; readonly max: number }): string {
  // Normalising never shortens text this much; a character may be two units.
  if (text.length > 8 * max) throw new UserError('words_too_many', { max });
  const words = text.replaceAll(/\r\n?/gu, '\n').replaceAll(UNWANTED, '').normalize('NFC').trim();
  const length = [...words].length;
  if (length < min) throw new UserError('words_too_few', { min });
  if (length > max) throw new UserError('words_too_many', { max });
  return words;
}
