import type { Parts } from '../../../src/parts.ts';
import { PASSWORD } from './faces.ts';
import type { HeldClock } from './clock.ts';
import { makeDice } from './dice.ts';
import { featuresOf } from './features.ts';
import { namesIn, rightOf, rowOf, train } from './guesser.ts';
import { intervalOf } from './interval.ts';
import { findJoins } from './joins.ts';
import { openPlace } from './place.ts';
import { writeScript, type Script } from './script.ts';
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
export const BEGINNING = Date.UTC(2026, 10, 21, 5, 30, 7);

/** Plays the worlds of these seeds, half of them with one owner, half with two. */
export async function playWorlds(
  clock: HeldClock,
  seeds: readonly number[],
  { arrange, write = writeScript }: { arrange?: (parts: Parts) => void; write?: (seed: number) => Script } = {},
): Promise<World[]> {
  const worlds: World[] = [];
  for (let first = 0; first < seeds.length; first += A_PLACE) {
    const place = await openPlace(clock, arrange);
    try {
      const administrator = { loginName: 'odile', password: PASSWORD, language: 'en', administrator: true } as const;
      await place.parts.accounts.add(administrator);
      for (const seed of seeds.slice(first, first + A_PLACE)) {
        const owners = makeDice(seed >> 1).isOneIn(2) === (seed % 2 === 0) ? 'one' : 'two';
        worlds.push(await playWorld(place, write(seed), owners));
      }
    } finally {
      await place.close();
    }
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
