import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Accounts } from '../../src/accounts/accounts.ts';
import { openPlace, type Place } from './walks/place.ts';
import { walkAtRandom } from './walks/walks.ts';

/** Whole requests, through every page: far fewer than `journey-machine.test.ts` sends to the machine behind them. */
const WALKS = 600;
const GUARD = 900_000;

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

test(
  'A50: whatever two browsers send in whatever order, nobody is signed in without every proof, or as somebody else',
  async () => {
    const tally = await walkAtRandom(place, WALKS, 20_261_127);
    expect(tally.codes).toBeGreaterThan(WALKS / 60);
    expect(tally.signedIn).toBeGreaterThan(WALKS / 60);
    expect(tally.strong).toBeGreaterThan(WALKS / 60);
    expect(tally.refused).toBeGreaterThan(WALKS / 10);
  },
  GUARD,
);

type Fault = { readonly what: string; spoil(accounts: Accounts): () => void };

/** Puts something else in the place of what an object does; returns what takes it back. */
function replace<T extends object, K extends keyof T>(target: T, name: K, by: T[K]): () => void {
  const before = target[name];
  target[name] = by;
  return () => {
    target[name] = before;
  };
}

const FAULTS: readonly Fault[] = [
  {
    what: 'any answer is taken for the right second factor',
    spoil: ({ secondFactors }) => replace(secondFactors, 'prove', async () => undefined),
  },
  {
    what: 'any password is taken for the right one',
    spoil: (accounts) =>
      replace(accounts, 'signIn', async ({ identifier }) => {
        const account = await accounts.findByLogin(identifier);
        if (account === undefined) throw new Error('nobody');
        return account;
      }),
  },
];

describe('the walks notice it where', () => {
  test.each(FAULTS)(
    '$what',
    async ({ spoil }) => {
      const mend = spoil(place.parts.accounts);
      const walking = walkAtRandom(place, WALKS * 3, 11);
      const error: unknown = await walking
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        .finally(mend);
      const { cause } = (error ?? {}) as { cause?: unknown };
      expect(String(cause)).toMatch(/AssertionError: .*(taken for|without the second factor)/u);
    },
    GUARD,
  );
});
