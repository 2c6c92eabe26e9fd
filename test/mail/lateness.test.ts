import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeLateness } from '../../src/mail/lateness.ts';

/** Keeps this thread from everything else for some milliseconds. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('one long turn is no overload, and a process that is late with everything for seconds is', async () => {
  const lateness = makeLateness();
  expect(lateness.isLate()).toBe(false);
  block(700);
  await pause(1);
  expect(lateness.isLate()).toBe(false);
  for (let turn = 0; turn < 6; turn += 1) {
    block(700);
    await pause(1);
  }
  expect(lateness.isLate()).toBe(true);
  await pause(1);
  // A period later it is looked at anew.
  block(1000);
  lateness.renew();
  expect(lateness.isLate()).toBe(false);
});
