import { expect, test } from 'vitest';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import { openStorage } from '../../src/storage/open.ts';
import { addApp, codeAt, STEP, wrongCode } from '../authenticator.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { makeHouse, refusalOf, type House } from './house.ts';

const MAILBOX = 'somebody@home.example';

async function addPasskey(house: House, ground: Ground, accountId: string): Promise<string> {
  const credentials = makeCredentials({ ...ground, now: () => house.clock.time });
  const unused = { credentialId: 'x', publicKey: 'x', counter: 0, transports: [] };
  const content = { name: 'Clé bleue', month: '2026-10', canBeBackedUp: false, isBackedUp: false, ...unused };
  const id = await ground.storage.write((tx) => credentials.add(tx, accountId, 'passkey', content));
  if (id === undefined) throw new Error('not added');
  return id;
}

onBothEngines('second factors', (ground) => {
  test('A48 at most ten wrong answers are looked at while a code is good, over all kinds and nodes', async () => {
    const house = makeHouse(ground());
    const other = await openStorage(ground().address, ground().folder);
    try {
      const node = makeHouse({ ...ground(), storage: other });
      const alix = await house.add('alix');
      const { secret } = await addApp(house, alix, house.clock.time);
      const start = house.clock.time;
      let looked = 0;
      for (let second = 0; second < 90; second += 1) {
        house.clock.time = start + second * 1000;
        node.clock.time = house.clock.time;
        for (const [at, { accounts }] of [house, node, house, node].entries()) {
          const code = wrongCode(secret, start, second * 4 + at);
          const answer = at < 2 ? ({ kind: 'totp', code } as const) : ({ kind: 'recovery-code', code } as const);
          if (/wrong/u.test(await refusalOf(accounts.secondFactors.prove(alix.id, answer)))) looked += 1;
        }
      }
      expect(looked).toBeGreaterThan(5);
      expect(looked).toBeLessThanOrEqual(10);
      // The right one has to wait as well.
      const right = { kind: 'totp', code: codeAt(secret, house.clock.time) } as const;
      expect(await refusalOf(house.accounts.secondFactors.prove(alix.id, right))).toMatch(/^try_later/u);
    } finally {
      await other.close();
    }
  });

  test('A48 of a thousand guesses at the same moment four are looked at, and others do not wait for them', async () => {
    const house = makeHouse(ground());
    const bruno = await house.add('bruno');
    const maud = await house.add('maud');
    const { secret } = await addApp(house, bruno, house.clock.time);
    const hers = await addApp(house, maud, house.clock.time);
    house.clock.time += STEP;
    const ends: string[] = [];
    for (let at = 0; at < 1000; at += 100) {
      const guesses = Array.from({ length: 100 }, (_, more) => wrongCode(secret, house.clock.time, at + more));
      const prove = (code: string) => refusalOf(house.accounts.secondFactors.prove(bruno.id, { kind: 'totp', code }));
      ends.push(...(await Promise.all(guesses.map(prove))));
    }
    expect(ends.filter((end) => end === 'factor_code_wrong')).toHaveLength(4);
    const answer = { kind: 'totp', code: codeAt(hers.secret, house.clock.time) } as const;
    expect(await refusalOf(house.accounts.secondFactors.prove(maud.id, answer))).toBe('fine');
    // Nobody is kept out for ever: a quarter of an hour at most.
    house.clock.time += 15 * 60_000;
    const own = { kind: 'totp', code: codeAt(secret, house.clock.time) } as const;
    expect(await refusalOf(house.accounts.secondFactors.prove(bruno.id, own))).toBe('fine');
  });

  test('adding, renaming and removing: what there is, the timeline, and letters to a verified mailbox', async () => {
    const house = makeHouse(ground());
    const { find, secondFactors, timeline } = house.accounts;
    const odile = await house.add('odile', { mailbox: MAILBOX, mailboxVerified: true });
    const { id } = await addApp(house, odile, house.clock.time);
    await secondFactors.rename(odile.id, 'totp', id, ' Vieux téléphone ');
    expect((await secondFactors.of(odile.id)).totp.map(({ name }) => name)).toEqual(['Vieux téléphone']);
    expect(await refusalOf(secondFactors.rename(odile.id, 'totp', id, 'x'.repeat(41)))).toBe(
      'factor_name_invalid max=40',
    );
    expect(await refusalOf(secondFactors.rename(odile.id, 'totp', id, 'deux\nlignes'))).toBe(
      'factor_name_invalid max=40',
    );
    expect(await secondFactors.remove(odile.id, 'totp', id)).toBe(true);
    expect((await find(odile.id))?.secondFactor).toBe(false);
    expect(house.letters.map(({ kind, to, values }) => [kind, to, values])).toEqual([
      ['factor_added', MAILBOX, { login_name: 'odile', method: 'totp' }],
      ['factor_removed', MAILBOX, { login_name: 'odile', method: 'totp' }],
    ]);
    const events = (await timeline.list(odile.id)).map(({ kind, detail }) => [kind, detail?.['method']]);
    expect(events).toEqual(
      expect.arrayContaining([
        ['factor_added', 'totp'],
        ['factor_removed', 'totp'],
      ]),
    );
  });

  test('somebody who has the password and guesses is told of, once a day however long it goes on', async () => {
    const house = makeHouse(ground());
    const { secondFactors, timeline } = house.accounts;
    const yvette = await house.add('yvette', { mailbox: 'yvette@home.example', mailboxVerified: true });
    await addApp(house, yvette, house.clock.time);
    const guess = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        await refusalOf(secondFactors.prove(yvette.id, { kind: 'recovery-code', code: 'nowhere' }));
        house.clock.time += 15 * 60_000;
      }
    };
    const told = (): number => house.letters.filter(({ kind }) => kind === 'factor_guessed').length;
    // Whoever only mistypes is not frightened.
    await guess(4);
    expect(told()).toBe(0);
    await guess(60);
    expect(told()).toBe(1);
    expect((await timeline.list(yvette.id)).filter(({ kind }) => kind === 'factor_guessed')).toHaveLength(1);
    await guess(60);
    expect(told()).toBe(2);
  });

  test('a mailbox that nobody proved hears nothing of them', async () => {
    const house = makeHouse(ground());
    const paul = await house.add('paul', { mailbox: 'paul@home.example' });
    const { id, codes } = await addApp(house, paul, house.clock.time);
    await house.accounts.secondFactors.prove(paul.id, { kind: 'recovery-code', code: codes[0] ?? '' });
    await house.accounts.secondFactors.renewCodes(paul.id);
    await house.accounts.secondFactors.remove(paul.id, 'totp', id);
    expect(house.letters).toEqual([]);
  });

  test('nobody removes or renames what is of somebody else, nor by another kind', async () => {
    const house = makeHouse(ground());
    const { secondFactors } = house.accounts;
    const lea = await house.add('lea');
    const nina = await house.add('nina', { mailbox: 'nina@home.example', mailboxVerified: true });
    const { id } = await addApp(house, lea, house.clock.time);
    await addApp(house, nina, house.clock.time);
    house.letters.length = 0;
    await secondFactors.rename(nina.id, 'totp', id, 'mine');
    expect(await secondFactors.remove(nina.id, 'totp', id)).toBe(false);
    expect(await secondFactors.remove(lea.id, 'passkey', id)).toBe(false);
    expect((await secondFactors.of(lea.id)).totp).toMatchObject([{ id, name: 'Phone' }]);
    expect(house.letters).toEqual([]);
  });

  test('with a passkey left the account still has a second factor, and its recovery codes', async () => {
    const house = makeHouse(ground());
    const { find, secondFactors } = house.accounts;
    const yann = await house.add('yann');
    const { id } = await addApp(house, yann, house.clock.time);
    const key = await addPasskey(house, ground(), yann.id);
    await secondFactors.remove(yann.id, 'totp', id);
    expect((await find(yann.id))?.secondFactor).toBe(true);
    expect(await secondFactors.of(yann.id)).toMatchObject({ totp: [], passkey: [{ id: key }], codesLeft: 10 });
    await secondFactors.remove(yann.id, 'passkey', key);
    expect((await find(yann.id))?.secondFactor).toBe(false);
  });
});
