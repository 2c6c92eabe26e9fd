import { holdClock } from './clock.ts';
import { makeDice } from './dice.ts';
import { featuresOf } from './features.ts';
import { namesIn, rightOf, rowOf, train } from './guesser.ts';
import { intervalOf } from './interval.ts';
import { findJoins } from './joins.ts';
import { openPlace } from './place.ts';
import { MUTANTS, type MutantName } from './mutants.ts';
import { writeScript, type Plot } from './script.ts';
import { playWorld, type World } from './world.ts';

/** What the adversaries found in some worlds. */
export type Verdict = {
  /** Fields by which the profiles of a world are joined. */
  readonly joins: readonly string[];
  /** How many worlds were guessed, and how many of them rightly. */
  readonly guessed: number;
  readonly right: number;
  /** Between which chances of guessing right the true one lies, at 99.9 %. */
  readonly low: number;
  readonly high: number;
};

/** So many worlds are played in one instance. */
const A_PLACE = 50;
const BEGINNING = Date.UTC(2026, 10, 21, 5, 30, 7);

/** Which worlds to play, in a program spoiled in this way, if in any. */
export type Order = {
  readonly seeds: readonly number[];
  readonly plot?: Plot | undefined;
  readonly mutant?: MutantName | undefined;
};

/** Plays worlds one after the other under a clock that is held, half of them with one owner, half with two. */
export async function playWorlds({ seeds, plot, mutant }: Order): Promise<World[]> {
  const worlds: World[] = [];
  const clock = holdClock(BEGINNING);
  try {
    for (let first = 0; first < seeds.length; first += A_PLACE) {
      const place = await openPlace(clock, mutant === undefined ? undefined : MUTANTS[mutant].arrange);
      try {
        for (const seed of seeds.slice(first, first + A_PLACE)) {
          // Of two neighbours one has one owner and the other has two.
          const owners = makeDice(seed >> 1).isOneIn(2) === (seed % 2 === 0) ? 'one' : 'two';
          worlds.push(await playWorld(place, writeScript(seed, plot), owners));
        }
      } finally {
        await place.close();
      }
    }
  } finally {
    clock.release();
  }
  return worlds;
}

/** Lets the adversaries look at worlds: they learn from every other one whose the profiles are, and guess the rest. */
export function judge(worlds: readonly World[]): Verdict {
  const all = worlds.map((world) => ({ features: featuresOf(world), isOne: world.owners === 'one' }));
  // Pairs of neighbours hold one of each kind.
  const isTaught = (index: number): boolean => index % 4 < 2;
  const taught = all.filter((_, index) => isTaught(index));
  const asked = all.filter((_, index) => !isTaught(index));
  const names = namesIn(taught.map(({ features }) => features));
  const rows = (of: typeof all) => of.map(({ features }) => rowOf(features, names));
  const answers = (of: typeof all) => of.map(({ isOne }) => isOne);
  const guess = train(rows(taught), answers(taught));
  const right = rightOf(guess, rows(asked), answers(asked));
  return { joins: findJoins(worlds), guessed: asked.length, right, ...intervalOf(right, asked.length) };
}
