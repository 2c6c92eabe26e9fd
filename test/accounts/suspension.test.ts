import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { endOfSuspension } from '../../src/accounts/accounts.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

onBothEngines('a suspension with an end', (ground) => {
  const columnOf = async (id: string): Promise<string | undefined> => {
    const { read, tables } = ground().storage;
    return (await read.select().from(tables.account).where(eq(tables.account.id, id)))[0]?.status;
  };

  test('refuses the account until then, and is over by itself', async () => {
    const { accounts, add, clock, told } = makeHouse(ground());
    const { id } = await add('until.alix');
    const until = clock.time + 2 * DAY;
    await accounts.suspend(id, until);
    expect(told).toEqual([`suspended ${id}`]);
    expect(await accounts.find(id)).toMatchObject({ status: 'suspended', suspendedUntil: until });
    const signIn = () => refusalOf(accounts.signIn({ identifier: 'until.alix', password: PASSWORD, network: HOME }));
    clock.time = until - 1;
    expect([await signIn(), await accounts.isActive(id)]).toEqual(['credentials_wrong', false]);
    await accounts.reinstateDue();
    expect(await columnOf(id)).toBe('suspended');
    clock.time = until;
    expect([await signIn(), await accounts.isActive(id)]).toEqual(['fine', true]);
    await accounts.reinstateDue();
    expect(await columnOf(id)).toBe('active');
  });

  test('counts again when the clock had run a year ahead and is set back', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { id } = await add('ahead.alix');
    await accounts.suspend(id, clock.time + 2 * DAY);
    clock.time += YEAR;
    await accounts.reinstateDue();
    expect(await accounts.isActive(id)).toBe(true);
    clock.time -= YEAR;
    await accounts.reinstateDue();
    expect(await accounts.isActive(id)).toBe(false);
    expect(await refusalOf(accounts.passwordLinks.make(id))).toBe('account_suspended');
    clock.time += 2 * DAY;
    await accounts.reinstateDue();
    expect(await accounts.isActive(id)).toBe(true);
  });

  test('lasts to its day when the clock is set an hour or a year back', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { id } = await add('back.alix');
    await accounts.suspend(id, clock.time + DAY);
    for (const step of [-HOUR, -YEAR, YEAR + HOUR]) {
      clock.time += step;
      await accounts.reinstateDue();
      expect(await accounts.isActive(id)).toBe(false);
    }
    clock.time += DAY;
    expect(await accounts.isActive(id)).toBe(true);
  });

  test('is replaced by one without an end, and lifted by hand for good', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { id } = await add('more.alix');
    await accounts.suspend(id, clock.time + DAY);
    await accounts.suspend(id);
    clock.time += YEAR;
    await accounts.reinstateDue();
    expect(await accounts.find(id)).toMatchObject({ status: 'suspended' });
    await accounts.suspend(id, clock.time + DAY);
    await accounts.reinstate(id);
    clock.time -= HOUR;
    expect(await accounts.find(id)).toMatchObject({ status: 'active' });
    expect((await accounts.find(id))?.suspendedUntil).toBeUndefined();
  });

  test('survives what its owner can no longer do, and what others change of the account', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { id } = await add('kept.alix', { mailbox: 'kept@home.example' });
    await accounts.suspend(id, clock.time + DAY);
    await accounts.setLanguage(id, 'en');
    await accounts.endProofs(id);
    await accounts.markMailboxVerified(id, 'kept@home.example');
    expect(await refusalOf(accounts.changeMailbox(id, 'else@home.example'))).toBe('account_suspended');
    expect(await refusalOf(accounts.mailboxes.begin(id, 'else@home.example', 'first'))).toBe('account_suspended');
    expect(await accounts.find(id)).toMatchObject({ status: 'suspended', suspendedUntil: clock.time + DAY });
  });

  test('of an administrator counts: the other one is the last, until it is over', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { storage } = ground();
    // Those of the other tests are nobody's business here.
    await storage.write(async (tx) => void (await tx.update(storage.tables.account).set({ role: 'person' })));
    const [odile, maud] = [
      await add('last.odile', { administrator: true }),
      await add('last.maud', { administrator: true }),
    ];
    await accounts.suspend(maud.id, clock.time + DAY);
    expect(await refusalOf(accounts.suspend(odile.id))).toBe('last_administrator');
    expect(await refusalOf(accounts.setRole(odile.id, 'person'))).toBe('last_administrator');
    clock.time += YEAR;
    await accounts.reinstateDue();
    clock.time -= YEAR;
    // Her row says active, and yet she may do nothing.
    expect(await refusalOf(accounts.suspend(odile.id))).toBe('last_administrator');
    clock.time += DAY;
    expect(await refusalOf(accounts.suspend(odile.id))).toBe('fine');
  });

  test('of several hundred people ends in one round', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { storage, seals } = ground();
    const { account } = storage.tables;
    const { id } = await add('many.alix');
    await accounts.suspend(id, clock.time + DAY);
    const [row] = await storage.read.select().from(account).where(eq(account.id, id));
    if (row === undefined) throw new Error('no row');
    const details = seals.open('account', id, row.sealed).trim();
    await storage.write(async (tx) => {
      for (let at = 0; at < 450; at += 1) {
        const copy = `many${at}`;
        const sealed = seals.seal('account', copy, details);
        await tx.insert(account).values({ ...row, id: copy, loginTag: copy, sealed });
      }
    });
    clock.time += DAY;
    await accounts.reinstateDue();
    const left = await storage.read.select().from(account).where(eq(account.status, 'suspended'));
    expect(left.filter((each) => each.id.startsWith('many'))).toEqual([]);
    expect(await columnOf('many449')).toBe('active');
  });
});

describe('the last day of a suspension', () => {
  const now = Date.UTC(2026, 10, 21, 9, 30);

  test('is a day of the calendar, counted to its end in UTC', () => {
    expect(endOfSuspension('2026-11-21', now)).toBe(Date.UTC(2026, 10, 22));
    expect(endOfSuspension('2028-02-29', now)).toBe(Date.UTC(2028, 2, 1));
  });

  test('is neither over, nor too far away, nor anything else', () => {
    const wrong = [
      '',
      '2026-11-20',
      '2027-02-31',
      '2037-01-01',
      '9999-12-31',
      '2026-11-2',
      '1e3',
      '2026-11-22T00:00',
      '\0',
    ];
    for (const day of wrong) expect(() => endOfSuspension(day, now), day).toThrow('suspension_day_invalid');
  });
});
