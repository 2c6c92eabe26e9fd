import { expect, test } from 'vitest';
import { makeGather } from '../../../src/mail/spool/gather.ts';

test('whoever asks meanwhile goes on together with the first, and later ones with each other', async () => {
  const gather = makeGather(20);
  const first = gather();
  expect(gather()).toBe(first);
  await first;
  const second = gather();
  expect(second).not.toBe(first);
  await second;
});
