import { expect } from 'vitest';
import { makeVisitor, type Visitor } from '../visitor.ts';
import type { Answer } from './exchange.ts';

const BROWSERS = 4;

/**
 * Runs `rounds` races, a few at the same time, each group in a browser of its own so that none waits for another's
 * session. The browsers begin one after the other: one person who signs in from four at the same moment looks like a
 * robot, and is asked for work.
 */
export async function raceOften(
  rounds: number,
  race: (round: number, browser: Visitor) => Promise<void>,
  stopAt: (url: URL) => boolean = () => false,
): Promise<void> {
  const browsers = Array.from({ length: BROWSERS }, () => makeVisitor(stopAt));
  for (const [round, browser] of browsers.entries()) await race(round, browser);
  await Promise.all(
    browsers.map(async (browser, start) => {
      for (let round = start + BROWSERS; round < rounds; round += BROWSERS) await race(round, browser);
    }),
  );
}

/** Exactly one answer is a success and every other one the given error; returns the success. */
export function expectOneWinner(answers: readonly Answer[], error: string): Answer {
  const [winner, ...more] = answers.filter(({ status }) => status === 200);
  const outcomes = answers.map(({ status, body }) =>
    status === 200 ? 'success' : `${status} ${String(body['error'])}`,
  );
  const status = error === 'invalid_client' ? 401 : 400;
  expect(outcomes.toSorted()).toEqual(['success', ...answers.slice(1).map(() => `${status} ${error}`)].toSorted());
  if (winner === undefined || more.length > 0) throw new Error('not exactly one');
  return winner;
}
