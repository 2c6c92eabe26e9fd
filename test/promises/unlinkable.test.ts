import { afterAll, beforeAll, expect, test } from 'vitest';
import { judge, measure, type Order, type Verdict } from './game/game.ts';
import { intervalOf } from './game/interval.ts';
import { MUTANTS, type Mutant, type MutantName } from './game/mutants.ts';
import { openPlayers, seedsTo, type Players } from './game/players.ts';
import type { Plot } from './game/script.ts';

/** `npm run bench -- --game` plays ten times as many. */
const WORLDS = 500;
/** Enough for what a spoiled program gives away. */
const FEW = 32;

let players: Players;
beforeAll(() => {
  players = openPlayers();
});
afterAll(() => players.close());

const verdictOn = async (order: Order): Promise<Verdict> => judge([measure(await players.play(order))]);

/** Whether the adversaries found out, by a value or by guessing better than chance. */
const isWon = ({ joins, low }: Verdict): boolean => joins.length > 0 || low > 0.5;

test('two profiles of one person look like those of two people to their applications and moderators together', async () => {
  const { joins, low, right, guessed } = await verdictOn({ seeds: seedsTo(WORLDS) });
  expect(joins).toEqual([]);
  expect(guessed).toBe(WORLDS / 2);
  expect(low, `${right} of ${guessed} worlds were guessed`).toBeLessThan(0.5);
}, 600_000);

type Spoiled = { name: MutantName; what: string; plot: Plot; worlds: number };

const SPOILED = Object.entries<Mutant>(MUTANTS).map(([name, { what, plot, worlds = FEW }]): Spoiled => ({
  name: name as MutantName,
  what,
  plot,
  worlds,
}));

test.each(SPOILED)(
  'a program that gave away $what would be caught',
  async ({ name, plot, worlds }) => {
    const verdict = await verdictOn({ seeds: seedsTo(worlds), plot, mutant: name });
    expect(isWon(verdict), JSON.stringify(verdict)).toBe(true);
  },
  300_000,
);

test('the suspension of an account is seen at all of its applications: P1 declares it', async () => {
  const { joins, low } = await verdictOn({ seeds: seedsTo(FEW), plot: 'suspended' });
  expect(joins).toEqual([]);
  expect(low).toBeGreaterThan(0.5);
}, 300_000);

test('chances that are guessed from a few answers lie in the interval of Clopper and Pearson', () => {
  // Fleiss, Statistical Methods for Rates and Proportions: 95 % for 7 of 20.
  const { low, high } = intervalOf(7, 20, 0.95);
  expect(low).toBeCloseTo(0.1539, 4);
  expect(high).toBeCloseTo(0.5922, 4);
  expect(intervalOf(20, 20).low).toBeCloseTo(0.0005 ** (1 / 20), 6);
  expect(intervalOf(0, 20)).toMatchObject({ low: 0 });
});
