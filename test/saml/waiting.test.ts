import { expect, test } from 'vitest';
import { makeWaiting } from '../../src/saml/waiting.ts';
import { makeTransients } from '../../src/storage/transient.ts';
import { onBothEngines } from '../engines.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 27, 9, 30);

onBothEngines('a request that was answered', (ground) => {
  test('stays answered for as long as the same one may come again and wait for Alix', async () => {
    const { storage, seals } = ground();
    let now = START;
    const waiting = makeWaiting(makeTransients({ storage, seals, now: () => now }), () => now);
    expect(await waiting.once('blog', '_r1')).toBe(true);
    // Dated three minutes ahead, it is good for thirteen; posted, it waits for ten, and then for her for an hour.
    now += (13 + 10 + 60) * MINUTE - 1;
    await makeTransients({ storage, seals, now: () => now }).sweep();
    expect(await waiting.once('blog', '_r1')).toBe(false);
    expect(await waiting.once('wiki', '_r1')).toBe(true);
  });
});
