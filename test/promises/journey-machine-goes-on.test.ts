import { afterAll, beforeAll, expect, test } from 'vitest';
import { journeysOf, sendAtRandom } from './walks/machine.ts';
import { openPlace, type Place } from './walks/place.ts';

/** The other half of the hundred thousand of `journey-machine.test.ts`. */
const SEQUENCES = 50_000;

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

test('A50: of 50,000 more random sequences of requests none signs anybody in without every proof, or as somebody else', async () => {
  const ends = await sendAtRandom(place, SEQUENCES, 20_261_128, journeysOf(place));
  expect(ends.done).toBeGreaterThan(SEQUENCES / 100);
}, 1_800_000);
