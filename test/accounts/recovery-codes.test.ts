import { expect, test } from 'vitest';
import { addApp } from '../authenticator.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse, refusalOf, type House } from './house.ts';

const MAILBOX = { mailbox: 'alix@home.example', mailboxVerified: true };

const prove = (house: House, id: string, code: string) =>
  refusalOf(house.accounts.secondFactors.prove(id, { kind: 'recovery-code', code }));

onBothEngines('recovery codes', (ground) => {
  test('come with the first factor: ten different ones, of sixty bits, in letters that are not mistaken', async () => {
    const house = makeHouse(ground());
    const alix = await house.add('alix');
    const { codes } = await addApp(house, alix, house.clock.time);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^(?:[0-9a-hj-km-np-tv-z]{4}-){5}[0-9a-hj-km-np-tv-z]{4}$/u);
  });

  test('A63 each is good once, however it is typed', async () => {
    const house = makeHouse(ground());
    const bruno = await house.add('bruno');
    const { codes } = await addApp(house, bruno, house.clock.time);
    const [first = '', second = '', third = ''] = codes;
    expect(await prove(house, bruno.id, first)).toBe('fine');
    expect(await prove(house, bruno.id, first)).toBe('recovery_code_wrong');
    expect(await prove(house, bruno.id, ` ${second.toUpperCase().replaceAll('-', ' ')} `)).toBe('fine');
    expect(await prove(house, bruno.id, third.replaceAll('0', 'O').replaceAll('1', 'l').replaceAll('-', '–'))).toBe(
      'fine',
    );
    expect((await house.accounts.secondFactors.of(bruno.id)).codesLeft).toBe(7);
  });

  test('A63 of several requests with the same code exactly one is let through', async () => {
    const house = makeHouse(ground());
    const maud = await house.add('maud');
    const { codes } = await addApp(house, maud, house.clock.time);
    const [first = '', second = '', third = ''] = codes;
    const same = await Promise.all([first, first, first].map((code) => prove(house, maud.id, code)));
    expect(same.filter((end) => end === 'fine')).toHaveLength(1);
    // Different ones at the same moment do not undo one another.
    house.clock.time += 3_600_000;
    expect(await Promise.all([second, third].map((code) => prove(house, maud.id, code)))).toEqual(['fine', 'fine']);
    expect((await house.accounts.secondFactors.of(maud.id)).codesLeft).toBe(7);
  });

  test('A63 new ones make the old ones worth nothing', async () => {
    const house = makeHouse(ground());
    const odile = await house.add('odile');
    const { codes: before } = await addApp(house, odile, house.clock.time);
    const after = await house.accounts.secondFactors.renewCodes(odile.id);
    expect(after).toHaveLength(10);
    expect(await prove(house, odile.id, before[0] ?? '')).toBe('recovery_code_wrong');
    expect(await prove(house, odile.id, after[0] ?? '')).toBe('fine');
  });

  test('they are of their own account, and what is no code is wrong', async () => {
    const house = makeHouse(ground());
    const paul = await house.add('paul');
    const lea = await house.add('lea');
    await addApp(house, paul, house.clock.time);
    const { codes } = await addApp(house, lea, house.clock.time);
    for (const code of [codes[0] ?? '', '', '----', '\0', 'x'.repeat(100_000)]) {
      house.clock.time += 3_600_000;
      expect(await prove(house, paul.id, code)).toBe('recovery_code_wrong');
    }
  });

  test('they go with the last factor, and none are made for an account without one', async () => {
    const house = makeHouse(ground());
    const { secondFactors } = house.accounts;
    const nina = await house.add('nina');
    expect(await refusalOf(secondFactors.renewCodes(nina.id))).toBe('expired');
    const { id, codes } = await addApp(house, nina, house.clock.time);
    await secondFactors.remove(nina.id, 'totp', id);
    expect((await secondFactors.of(nina.id)).codesLeft).toBe(0);
    expect(await prove(house, nina.id, codes[0] ?? '')).toBe('recovery_code_wrong');
  });

  test('using one, and making new ones, tells its owner in the timeline and by letter', async () => {
    const house = makeHouse(ground());
    const { secondFactors, timeline } = house.accounts;
    const eva = await house.add('eva', MAILBOX);
    const { codes } = await addApp(house, eva, house.clock.time);
    house.letters.length = 0;
    await prove(house, eva.id, codes[3] ?? '');
    await secondFactors.renewCodes(eva.id);
    expect(house.letters).toEqual([
      { kind: 'recovery_code_used', to: MAILBOX.mailbox, language: 'fr', values: { login_name: 'eva', left: '9' } },
      { kind: 'recovery_codes_made', to: MAILBOX.mailbox, language: 'fr', values: { login_name: 'eva' } },
    ]);
    const kinds = (await timeline.list(eva.id)).map(({ kind, detail }) => [kind, detail?.['left']]);
    expect(kinds).toContainEqual(['recovery_code_used', '9']);
    expect(kinds.filter(([kind]) => kind === 'recovery_codes_made')).toHaveLength(2);
  });

  test('no code stands in the row, nor the plain hash of one', async () => {
    const house = makeHouse(ground());
    const { storage } = ground();
    const yann = await house.add('yann');
    const { codes } = await addApp(house, yann, house.clock.time);
    const rows = JSON.stringify(await storage.read.select().from(storage.tables.credential));
    for (const code of codes) expect(rows).not.toContain(code);
  });
});
