import { SAML_WORDS } from './saml-words.ts';
import type { Record, Seen, Side } from './seen.ts';

/** What may be known of the people of a life, and what anybody may know of the instance. */
export type Knowledge = {
  /** What an application must never see: account ids, login names, mailboxes, private notes. */
  readonly secrets: Readonly<{ [what: string]: string }>;
  /** What the instance publishes or the application said itself. */
  readonly published: readonly string[];
};

const ENOUGH_BITS = 20;
/** A part of a random value this long is no accident. */
const PIECE = 8;
const PIECE_OF_DIGITS = 12;
const DIGITS = /^[\da-f]+$/u;
const COARSE = 600;
/**
 * How long tokens last, in seconds: access tokens, ID tokens, refresh tokens, logout tokens; assertions and logout
 * requests, and how long before now an assertion begins.
 */
const LIVES = new Set([600, 3600, 30 * 86_400, 120, 300, -60]);
/** Words of the protocols, the same for everybody. */
const WORDS = new Set([
  'Bearer',
  'bearer',
  'logout+jwt',
  'invalid_grant',
  'grant request is invalid',
  'invalid_token',
  'invalid token provided',
  ...SAML_WORDS,
]);

/** Times have rules of their own: see `foreignTimes`. */
const JUDGED_AS_TIMES: Readonly<{ [field: string]: 'proof' | 'now' | 'life' }> = {
  auth_time: 'proof',
  AuthnInstant: 'proof',
  iat: 'now',
  IssueInstant: 'now',
  exp: 'life',
  NotBefore: 'life',
  NotOnOrAfter: 'life',
};

/** By which rule a field is judged as a time, if it is one. */
function timeRule({ field }: Seen): 'proof' | 'now' | 'life' | undefined {
  return JUDGED_AS_TIMES[(field.split('.').at(-1) ?? '').replace('[]', '')];
}

/** How many bits a value could carry, written as compactly as values are. */
function bitsOf(value: string | number): number {
  return typeof value === 'string' ? value.length * 6 : Math.log2(Math.abs(value) + 1);
}

const nameOf = ({ source, field }: Seen): string => `${source}.${field}`;

/** The value as it stands and as what it may be an encoding of. */
function readings(value: string): string[] {
  return [value, Buffer.from(value, 'base64url').toString('latin1'), Buffer.from(value, 'hex').toString('latin1')];
}

function holdsSecret(value: string, secret: string): boolean {
  const letters = secret.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`);
  // A short name may well stand by accident inside a long random value: only as a word it says something.
  const pattern = secret.length < 10 ? new RegExp(`\\b${letters}\\b`, 'iu') : new RegExp(letters, 'iu');
  return readings(value).some((reading) => pattern.test(reading));
}

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - PIECE + 1) }, (_, at) => {
    const piece = text.slice(at, at + PIECE);
    // Sixteen digits say less than sixty-four letters.
    return DIGITS.test(piece) ? text.slice(at, at + PIECE_OF_DIGITS) : piece;
  }).filter((piece) => piece.length === PIECE_OF_DIGITS || !DIGITS.test(piece));
}

/** Strings, without what everybody knows. */
function unpublished(seen: readonly Seen[], side: Side, { published }: Knowledge): [Seen, string][] {
  return seen.flatMap((entry) => {
    if (entry.side !== side || typeof entry.value !== 'string' || WORDS.has(entry.value)) return [];
    let rest = entry.value;
    for (const known of published) rest = rest.replaceAll(known, '\n');
    return [[entry, rest] as [Seen, string]];
  });
}

/** How long every text is, without what everybody knows: what of it may look alike in two lives. */
export function lengthsOf({ seen }: Record, knowledge: Knowledge): string[] {
  // Shorter ones stand in random values by accident.
  const published = knowledge.published.filter((text) => text.length >= PIECE);
  const lengths = (['first', 'second'] as const).flatMap((side) =>
    unpublished(seen, side, { ...knowledge, published })
      // What is encrypted is as long as what stands in it, which is measured for itself.
      .filter(([{ field }]) => !/CipherValue|X509Certificate/u.test(field))
      .map(([entry, text]) => `${entry.moment}, ${side}: ${nameOf(entry)} has ${text.length}`),
  );
  return [...new Set(lengths)].toSorted();
}

function sharedStrings({ seen }: Record, knowledge: Knowledge): string[] {
  const known = unpublished(seen, 'first', knowledge).map(([, text]) => text);
  const whole = new Set(known.filter((text) => bitsOf(text.replaceAll('\n', '')) > ENOUGH_BITS));
  const pieces = new Set(known.flatMap(piecesOf).filter((piece) => !piece.includes('\n')));
  return unpublished(seen, 'second', knowledge)
    .filter(([, text]) => whole.has(text) || piecesOf(text).some((piece) => pieces.has(piece)))
    .map(([entry]) => `${nameOf(entry)} is shared`);
}

function sharedNumbers({ seen }: Record): string[] {
  const rare = seen.filter(
    (entry) => typeof entry.value === 'number' && bitsOf(entry.value) > ENOUGH_BITS && timeRule(entry) === undefined,
  );
  const numbers = new Set(rare.filter(({ side }) => side === 'first').map(({ value }) => value));
  return rare
    .filter(({ side, value }) => side === 'second' && numbers.has(value))
    .map((entry) => `${nameOf(entry)} is shared`);
}

/** Every time must be the one of a request of this very side, or too coarse to say anything. */
function foreignTimes({ seen, times, proofs }: Record): string[] {
  return seen.flatMap((entry) => {
    const { side } = entry;
    const at = Number(entry.value);
    const rule = timeRule(entry);
    if (rule === 'proof' && at % COARSE !== 0 && !proofs[side].has(at)) return [`${nameOf(entry)} is exact`];
    if (rule === 'now' && !times[side].has(at)) return [`${nameOf(entry)} is another request's`];
    if (rule === 'life' && ![...LIVES].some((life) => times[side].has(at - life)))
      return [`${nameOf(entry)} is another request's`];
    return [];
  });
}

/** How strong a sign-in was says something of the account: it goes only to whom asked (P1). */
function levelsTold({ seen, asked }: Record): string[] {
  return seen
    .filter(({ side, moment, field }) => /^a[cm]r(?:\[\])?$/u.test(field) && !asked[side].has(moment))
    .map((entry) => `${nameOf(entry)} was not asked for`);
}

function secretsShown({ seen }: Record, { secrets }: Knowledge): string[] {
  return seen.flatMap((entry) =>
    Object.entries(secrets)
      .filter(([, secret]) => holdsSecret(String(entry.value), secret))
      .map(([what]) => `${nameOf(entry)} holds the ${what}`),
  );
}

/**
 * What a coalition of the two applications finds in all they received: values and parts of values that two profiles
 * share, times that say more than they may, and anything of the person. Each finding names its fields.
 */
export function findLinks(record: Record, knowledge: Knowledge): string[] {
  return [
    ...new Set([
      ...sharedStrings(record, knowledge),
      ...sharedNumbers(record),
      ...foreignTimes(record),
      ...levelsTold(record),
      ...secretsShown(record, knowledge),
    ]),
  ].toSorted();
}
