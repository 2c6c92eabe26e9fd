import { UserError } from '../errors.ts';

/** How long a login name may be, in characters (code points). */
export const LOGIN_NAME_LENGTH = { min: 2, max: 40 } as const;

/** Longer text is refused before anything looks at it: composition never shortens text this much. */
const RAW_MAX = 1000;

/** Letters, marks and digits; `. _ -` only between them. */
const FORM = /^[\p{L}\p{Nd}](?:[\p{L}\p{M}\p{Nd}._-]*[\p{L}\p{M}\p{Nd}])?$/u;

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** The scripts UAX 31 recommends for identifiers (table 5), together where one language writes with several. */
const SCRIPTS = [
  ['Latin'],
  ['Greek'],
  ['Cyrillic'],
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
  ['Han', 'Bopomofo'],
  ...[
    'Arabic',
    'Armenian',
    'Bengali',
    'Devanagari',
    'Ethiopic',
    'Georgian',
    'Gujarati',
    'Gurmukhi',
    'Hebrew',
    'Kannada',
    'Khmer',
    'Lao',
    'Malayalam',
    'Myanmar',
    'Oriya',
    'Sinhala',
    'Tamil',
    'Telugu',
    'Thaana',
    'Thai',
    'Tibetan',
  ].map((script) => [script]),
].map((scripts) => new RegExp(`^[0-9._${scripts.map((script) => `\\p{scx=${script}}`).join('')}-]+$`, 'u'));

/**
 * Checks a new login name: 2–40 letters and digits of one script, with `. _ -` only between them, nothing invisible.
 * One script (UTS 39 §5.1), because mixed ones are how look-alikes are made.
 * @returns the name as it is kept and shown: NFKC, without space around it.
 * @throws {UserError} login_name_invalid, login_name_too_short{min}, login_name_too_long{max}
 */
export function parseLoginName(text: string): string {
  const { min, max } = LOGIN_NAME_LENGTH;
  if (text.length > RAW_MAX) throw new UserError('login_name_too_long', { max });
  const name = text.normalize('NFKC').trim();
  const length = [...name].length;
  if (length < min) throw new UserError('login_name_too_short', { min });
  if (length > max) throw new UserError('login_name_too_long', { max });
  if (!FORM.test(name) || INVISIBLE.test(name) || !SCRIPTS.some((script) => script.test(name))) {
    throw new UserError('login_name_invalid');
  }
  return name;
}
