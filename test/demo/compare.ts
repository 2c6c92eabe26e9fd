/** What may be the same everywhere: it is the same for everybody, or it is the time. */
const COMMON = new Set(['iss', 'token_type', 'scope', 'expires_in', 'email_verified', 'iat', 'exp']);

type Leaf = { readonly field: string; readonly value: string };

function leavesOf(value: unknown, field = ''): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, field));
  if (typeof value !== 'object' || value === null) return [{ field, value: String(value) }];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, name));
}

/** The fields of which two applications received the same value, but for what is the same for everybody. */
export function sharedFields(one: unknown, other: unknown): string[] {
  const seen = new Set(leavesOf(one).map(({ value }) => value));
  const shared = leavesOf(other).filter(({ field, value }) => !COMMON.has(field) && seen.has(value));
  return [...new Set(shared.map(({ field }) => field))];
}

/** Which of these words stand anywhere in what was received, also inside what is encoded. */
export function wordsIn(received: unknown, words: readonly string[]): string[] {
  const texts = leavesOf(received).flatMap(({ value }) => [
    value,
    ...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1')),
  ]);
  // Only as a word: a short one may well stand by accident inside a long random value.
  return words.filter((word) => texts.some((text) => new RegExp(`\\b${word}\\b`, 'iu').test(text)));
}
