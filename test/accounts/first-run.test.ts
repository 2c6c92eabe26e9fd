import { expect, test } from 'vitest';
import { makeSeals } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';
import { CAFE, HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const odile = { loginName: 'odile', password: PASSWORD, language: 'fr' as const };
const nothing = () => Promise.resolve();

onBothEngines('where nobody administers', (ground) => {
  test('the code is the same after a restart and on every node, another with another key, and easy to read', () => {
    const { code } = makeHouse(ground()).accounts.firstRun;
    expect(code).toMatch(/^(?:[3-9A-Y]{4}-){4}[3-9A-Y]{4}$/u);
    expect(code).not.toMatch(/[0125BILOSZ8]/u);
    expect(makeHouse(ground()).accounts.firstRun.code).toBe(code);
    const seals = makeSeals([Buffer.alloc(32, 7), ground().masterKey]);
    expect(makeHouse({ ...ground(), seals }).accounts.firstRun.code).not.toBe(code);
  });

  test('the code is right however it is spaced and in any case, and nothing else is', async () => {
    const { accounts, clock } = makeHouse(ground());
    const { firstRun } = accounts;
    const { code } = firstRun;
    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')}\n`]) {
      expect([typed, await refusalOf(firstRun.admit(typed, HOME))]).toEqual([typed, 'fine']);
    }
    for (const typed of ['', code.slice(1), `${code}3`, code.split('').toReversed().join(''), '\0', 'x'.repeat(1e6)]) {
      expect(await refusalOf(firstRun.admit(typed, HOME))).toBe('code_wrong');
      clock.time += 3_600_000;
    }
  });

  test('wrong codes make the next one from that network wait, those from others not, and a right one never', async () => {
    const { firstRun } = makeHouse(ground()).accounts;
    const guesser = '203.0.113.9';
    for (let tries = 0; tries < 6; tries += 1) {
      expect(await refusalOf(firstRun.admit('wrong', guesser))).toBe('code_wrong');
    }
    expect(await refusalOf(firstRun.admit('wrong', '203.0.113.10'))).toMatch(/^try_later/u);
    expect(await refusalOf(firstRun.admit('wrong', CAFE))).toBe('code_wrong');
    expect(await refusalOf(firstRun.admit(firstRun.code, guesser))).toBe('fine');
    expect(await refusalOf(firstRun.admit('wrong', guesser))).toMatch(/^try_later/u);
  });

  test('what goes wrong beside the account leaves none, and of two at the same moment one becomes administrator', async () => {
    const [here, there] = [makeHouse(ground()).accounts, makeHouse(ground()).accounts];
    const broken = () => Promise.reject(new Error('broken'));
    await expect(here.firstRun.add(odile, broken)).rejects.toThrow('broken');
    expect([await here.firstRun.isNeeded(), await here.findByLogin('odile')]).toEqual([true, undefined]);

    const written: string[] = [];
    const answers = await Promise.all(
      [here, there, here, there].map(({ firstRun }, at) =>
        refusalOf(
          firstRun.add({ ...odile, loginName: `odile.${'abcd'[at] ?? ''}` }, async () => void written.push('x')),
        ),
      ),
    );
    expect(answers.toSorted()).toEqual([
      'administrator_exists',
      'administrator_exists',
      'administrator_exists',
      'fine',
    ]);
    expect(written).toEqual(['x']);
    const { read, tables } = ground().storage;
    expect((await read.select().from(tables.account)).map(({ role }) => role)).toEqual(['administrator']);
    expect([await here.firstRun.isNeeded(), await there.firstRun.isNeeded()]).toEqual([false, false]);
    expect(await refusalOf(here.firstRun.add({ ...odile, loginName: 'late' }, nothing))).toBe('administrator_exists');
  });

  test('a database that lost its administrators lets one in again', async () => {
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.update(storage.tables.account).set({ role: 'person' })));
    const { firstRun } = makeHouse(ground()).accounts;
    expect(await firstRun.isNeeded()).toBe(true);
    expect(await refusalOf(firstRun.add({ ...odile, loginName: 'again' }, nothing))).toBe('fine');
  });
});
