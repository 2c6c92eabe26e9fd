import { expect, test } from 'vitest';
import { makeChoices, type Choice } from '../../../src/mail/forward/choices.ts';
import { makeSeals, randomId } from '../../../src/storage/seal.ts';
import { onBothEngines } from '../../engines.ts';

onBothEngines('what owners choose about their mail', (ground) => {
  const open = (seals = ground().seals) => makeChoices({ storage: ground().storage, seals });

  test('mail is on and strangers are refused where nobody chose anything', async () => {
    expect(await open().of(randomId())).toEqual({ mode: 'on', strangers: 'refuse' });
  });

  test('the last choice about a profile holds, and none about another', async () => {
    const choices = open();
    const [alix, alixAgain] = [randomId(), randomId()];
    await choices.set(alix, { mode: 'muted', strangers: 'refuse' });
    await choices.set(alix, { mode: 'held', strangers: 'hold' });
    expect(await open().of(alix)).toEqual({ mode: 'held', strangers: 'hold' });
    expect(await open().of(alixAgain)).toEqual({ mode: 'on', strangers: 'refuse' });
  });

  test('rows say neither whose they are nor what was chosen', async () => {
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.relayChoice)));
    const all: Choice[] = (['on', 'muted', 'held'] as const).flatMap((mode) => [
      { mode, strangers: 'refuse' },
      { mode, strangers: 'hold' },
    ]);
    const ids = all.map(() => randomId());
    for (const [index, choice] of all.entries()) await open().set(ids[index] ?? '', choice);
    const rows = await storage.read.select().from(storage.tables.relayChoice);
    expect(rows).toHaveLength(all.length);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
    for (const id of ids) expect(JSON.stringify(rows)).not.toContain(id);
  });

  test('a choice holds while a master key is replaced, and is replaced under the new one', async () => {
    const { masterKey } = ground();
    const alix = randomId();
    await open().set(alix, { mode: 'muted', strangers: 'hold' });
    const newKey = Buffer.from(randomId() + randomId()).subarray(0, 32);
    const both = open(makeSeals([newKey, masterKey]));
    expect(await both.of(alix)).toEqual({ mode: 'muted', strangers: 'hold' });
    await both.set(alix, { mode: 'held', strangers: 'refuse' });
    expect(await both.of(alix)).toEqual({ mode: 'held', strangers: 'refuse' });
    expect(await open(makeSeals([newKey])).of(alix)).toEqual({ mode: 'held', strangers: 'refuse' });
    // Nothing of the earlier one is left under the old key.
    expect(await open().of(alix)).toEqual({ mode: 'on', strangers: 'refuse' });
  });

  test('a choice goes with its profile', async () => {
    const alix = randomId();
    await open().set(alix, { mode: 'muted', strangers: 'hold' });
    await ground().storage.write((tx) => open().forget(tx, alix));
    expect(await open().of(alix)).toEqual({ mode: 'on', strangers: 'refuse' });
  });
});
