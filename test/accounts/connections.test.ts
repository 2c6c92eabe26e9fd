import { expect, test } from 'vitest';
import { addPerson, PEOPLE } from '../people.ts';
import { openHouse } from '../house.ts';
import { makeVisitor } from '../visitor.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { HOME, makeHouse, type House } from './house.ts';

const DAY = 86_400_000;

function open(
  ground: Ground,
  connectionMonths: number,
): { house: House; rows: () => Promise<{ id: string; day: number; sealed: string }[]> } {
  const house = makeHouse(ground, { connectionMonths });
  const { storage } = ground;
  return { house, rows: () => storage.read.select().from(storage.tables.connection) };
}

onBothEngines('the register of connections', (ground) => {
  test('says who signed in, from where and when, sealed in rows of one size that know the day', async () => {
    const { house, rows } = open(ground(), 3);
    await house.accounts.recordConnection('account-of-alix', HOME);
    await house.accounts.recordConnection('account-of-bruno', `${'2001:db8:'.repeat(20)}1`);
    const kept = await rows();
    expect(kept.map(({ day }) => day)).toEqual([Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 21)]);
    expect(new Set(kept.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(JSON.stringify(kept)).not.toMatch(/account-of|192\.0\.2|2001/u);
    const { seals } = ground();
    const opened = kept.map(
      ({ id, sealed }) => JSON.parse(seals.open('connection', id, sealed)) as { account: string },
    );
    expect(opened.find(({ account }) => account === 'account-of-alix')).toEqual({
      account: 'account-of-alix',
      address: HOME,
      at: house.clock.time,
    });
    const [first, second] = kept;
    expect(() => seals.open('connection', second?.id ?? '', first?.sealed ?? '')).toThrow('does not open');
  });

  test('forgets after so many calendar months, and all of it where there is no register', async () => {
    const { house, rows } = open(ground(), 3);
    await house.accounts.sweepConnections();
    expect(await rows()).toHaveLength(2);
    house.clock.time = Date.UTC(2027, 1, 21, 23, 59);
    await house.accounts.sweepConnections();
    expect(await rows()).toHaveLength(2);
    house.clock.time = Date.UTC(2027, 1, 22);
    await house.accounts.sweepConnections();
    expect(await rows()).toEqual([]);
    // The last days of a month, where the month before is shorter.
    house.clock.time = Date.UTC(2027, 1, 28, 12);
    await house.accounts.recordConnection('account', HOME);
    house.clock.time = Date.UTC(2027, 4, 31, 12);
    await house.accounts.sweepConnections();
    expect(await rows()).toHaveLength(1);
    house.clock.time += DAY;
    await house.accounts.sweepConnections();
    expect(await rows()).toEqual([]);

    await house.accounts.recordConnection('account', HOME);
    const without = open(ground(), 0);
    await without.house.accounts.recordConnection('account', HOME);
    expect(await rows()).toHaveLength(1);
    await without.house.accounts.sweepConnections();
    expect(await rows()).toEqual([]);
  });
});

test('each sign-in that is proven is written down once, a wrong password and a page are not, and only their owner’s own data reads it', async () => {
  const house = await openHouse({
    settings: { ALUCO_CONNECTION_MONTHS: '12', ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1/128' },
  });
  const { id } = await addPerson(house.parts, 'alix');
  const { accounts, seals, storage } = house.parts;
  const alix = makeVisitor();
  const form = await alix.get(`${house.url}/account`);
  const { loginName: login, password } = PEOPLE.alix;
  const submit = async (text: string): Promise<number> => {
    const csrf = form.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    const page = await alix.post(
      `${form.url.href}/sign-in`,
      { csrf, login, password: text },
      { 'x-forwarded-for': '203.0.113.77' },
    );
    return page.status;
  };
  expect(await submit('a very wrong guess')).toBe(422);
  expect(await submit(password)).toBe(200);
  await alix.get(`${house.url}/account`);
  const rows = await storage.read.select().from(storage.tables.connection);
  expect(rows.map((row) => JSON.parse(seals.open('connection', row.id, row.sealed)) as unknown)).toEqual([
    { at: expect.any(Number), address: '203.0.113.77', account: id },
  ]);
  expect(
    Object.keys(accounts)
      .filter((name) => /connection/iu.test(name))
      .toSorted(),
  ).toEqual(['connectionsOf', 'recordConnection', 'sweepConnections']);
  await house.close();
});
