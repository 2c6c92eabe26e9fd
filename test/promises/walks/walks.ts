import { fc } from '../../properties.ts';
import { moves as anyMoves } from './moves.ts';
import type { Place } from './place.ts';
import { newTally, Walk, type Tally } from './walk.ts';

/** So many walks go by before what has run out is swept, as the clock would. */
const SWEEP_EVERY = 2000;

/**
 * Walks at random, each from the beginning: two browsers nobody is signed in with. Throws where a walk got something
 * that it had not earned, after it was made as short as it may be.
 * @param seed walks of one seed are the same again
 */
export async function walkAtRandom(place: Place, walks: number, seed: number): Promise<Tally> {
  const tally = newTally();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(anyMoves, async (moves) => {
      number += 1;
      if (number % SWEEP_EVERY === 0) await sweep(place);
      const walk = new Walk(place, tally, number);
      try {
        for (const next of moves) await walk.step(next);
        await walk.step({ kind: 'portal' });
      } finally {
        await place.restore();
      }
    }),
    { numRuns: walks, seed },
  );
  return tally;
}

async function sweep({ parts }: Place): Promise<void> {
  await parts.jobs.find(({ name }) => name === 'what has run out')?.run();
}
