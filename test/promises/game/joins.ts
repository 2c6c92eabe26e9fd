import { isPublished } from './published.ts';
import type { Sight } from './sights.ts';
import { timeIn } from './times.ts';
import type { World } from './world.ts';

/** What says more than this is no accident. */
const ENOUGH_BITS = 20;
/** A part of a random value this long is no accident. */
const PIECE = 8;
const PIECE_OF_DIGITS = 12;
const DIGITS = /^[\da-f]+$/u;
/** Times that a person is known by are floored to so many seconds. */
const COARSE = 600;
/** What comes up in so many worlds is nobody's own. */
const COMMON = 3;

const DAYS = /\b\d{4}-\d\d-\d\d\b|\b\d{1,2}(?:er)?\s\p{L}+\s\d{4}\b|\b\p{L}+ \d{1,2}, \d{4}\b/gu;

const nameOf = ({ source, field }: Sight): string => `${source}.${field}`;

/** How many bits a value could carry, written as compactly as values are. */
const bitsOf = (text: string): number => (/^\d+$/u.test(text) ? Math.log2(Number(text) + 1) : text.length * 6);

/** What separates one value from another in an address or a sentence. */
const BETWEEN = /[^\w~+-]+/u;
const EDGES = /^[^\w~+-]+|[^\w~+-]+$/gu;

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - PIECE + 1) }, (_, at) => {
    const piece = text.slice(at, at + PIECE);
    // Sixteen digits say less than sixty-four letters.
    return DIGITS.test(piece) ? text.slice(at, at + PIECE_OF_DIGITS) : piece;
  }).filter((piece) => piece.length === PIECE_OF_DIGITS || !DIGITS.test(piece));
}

/** How far a time is from the moment at which it was seen, in seconds, with the field it stands in. */
const offsetOf = (sight: Sight, time: number): string => `${nameOf(sight)} ${time - Math.floor(sight.at / 1000)}`;

/** What a value says, as text; nothing where it is a time that says no more than when it was asked for. */
function textOf(sight: Sight, common: ReadonlySet<string>): string | undefined {
  const time = timeIn(sight.value);
  if (time === undefined) return typeof sight.value === 'boolean' ? undefined : String(sight.value);
  if (time % COARSE === 0 || common.has(offsetOf(sight, time))) return undefined;
  return `time ${time}`;
}

/** What comes up in several worlds: texts, and distances of times from now. */
function commonIn(worlds: readonly World[]): Set<string> {
  const counts = new Map<string, number>();
  for (const { sights } of worlds) {
    const here = new Set(
      sights.map((sight) => {
        const time = timeIn(sight.value);
        return time === undefined ? String(sight.value) : offsetOf(sight, time);
      }),
    );
    for (const value of here) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count >= COMMON).map(([value]) => value));
}

/** The values of one side that say enough, without what everybody knows. */
function ownTexts({ sights, known }: World, side: 'p' | 'q', common: ReadonlySet<string>): [Sight, string[]][] {
  return sights
    .filter((sight) => sight.side === side && !common.has(String(sight.value)))
    .flatMap((sight): [Sight, string[]][] => {
      let text = textOf(sight, common)?.replaceAll(DAYS, '\n');
      if (text === undefined) return [];
      for (const one of known) text = text.replaceAll(one, '\n');
      // A sentence says what its words say.
      const words = text.split(/\s+/u).map((word) => word.replaceAll(EDGES, ''));
      const parts = words
        .flatMap((word) => [word, ...word.split(BETWEEN)])
        .filter((part) => bitsOf(part) > ENOUGH_BITS && !common.has(part));
      return parts.length === 0 ? [] : [[sight, parts]];
    });
}

/** What both sides of a world hold, whole or a part, with the two fields it stands in. */
function sharedIn(world: World, common: ReadonlySet<string>): Map<string, string> {
  const [ofP, ofQ] = (['p', 'q'] as const).map((side) => {
    const fields = new Map<string, string>();
    for (const [sight, texts] of ownTexts(world, side, common)) {
      for (const text of texts) {
        const pieces = BETWEEN.test(text) ? [] : piecesOf(text);
        for (const part of [text, ...pieces]) fields.set(part, nameOf(sight));
      }
    }
    return fields;
  });
  const shared = new Map<string, string>();
  for (const [text, field] of ofP ?? []) {
    const other = ofQ?.get(text);
    if (other !== undefined) shared.set(text, field === other ? `${field} is shared` : `${field} stands in ${other}`);
  }
  return shared;
}

/**
 * Values and parts of values that say more than 20 bits and that both profiles of a world share, each by the names of
 * its two fields. What comes up in several worlds, what stands in the program itself, and what the applications know
 * themselves, says nothing.
 */
export function findJoins(worlds: readonly World[]): string[] {
  const common = commonIn(worlds);
  const shared = worlds.map((world) => sharedIn(world, common));
  const counts = new Map<string, number>();
  for (const text of shared.flatMap((one) => [...one.keys()])) counts.set(text, (counts.get(text) ?? 0) + 1);
  const found = shared.flatMap((one) =>
    [...one].filter(([text]) => (counts.get(text) ?? 0) < COMMON && !isPublished(text)).map(([, what]) => what),
  );
  return [...new Set(found)].toSorted();
}
