import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlace, type Place } from './walks/place.ts';
import { walkAtRandom } from './walks/walks.ts';

const WALKS = Number(process.env['WALKS'] ?? 500);

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

test('A50: whatever is sent in whatever order, nobody is signed in without every proof, nor as somebody else', async () => {
  const t = performance.now();
  const tally = await walkAtRandom(place, WALKS, 1);
  console.log(tally, performance.now() - t);
  expect(tally.codes).toBeGreaterThan(0);
}, 3_600_000);
