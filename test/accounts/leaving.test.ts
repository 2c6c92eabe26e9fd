import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { SPREAD_HOURS } from '../../src/profiles/profiles.ts';
import { SIDES } from '../../src/storage/tables.ts';
import { onBothEngines, openGround, type Ground } from '../engines.ts';
import { openHouse } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const departing = async (accounts: ReturnType<typeof makeHouse>['accounts']): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of accounts.departing()) ids.push(id);
  return ids;
};

onBothEngines('somebody deletes their account', (ground) => {
  test('at first it is only asked for: everything ends at once, a letter says until when it may be kept', async () => {
    const { accounts, add, letters, told, clock } = makeHouse(ground());
    const alix = await add('alix', { mailbox: 'alix@home.example', mailboxVerified: true });
    const link = await accounts.passwordLinks.make(alix.id);
    const until = await accounts.leave(alix.id);
    expect(until).toBe(clock.time + 14 * DAY);
    expect(told).toEqual([`suspended ${alix.id}`]);
    expect(await accounts.find(alix.id)).toMatchObject({ status: 'leaving', leavingAt: until });
    expect(await accounts.findLink(link.token)).toBeUndefined();
    const day = new Date(until).toISOString().slice(0, 10);
    expect(letters.filter(({ kind }) => kind !== 'link_made')).toEqual([
      { kind: 'leaving', to: 'alix@home.example', language: 'fr', values: { login_name: 'alix', day } },
    ]);
    expect(await accounts.isActive(alix.id)).toBe(false);
    expect(await refusalOf(accounts.leave(alix.id))).toBe('account_suspended');
  });

  test('A43 the right password is taken while it may be kept, and gets the answer of everybody unknown afterwards', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const bruno = await add('bruno');
    await accounts.leave(bruno.id);
    const attempt = (password: string) => refusalOf(accounts.signIn({ identifier: 'bruno', password, network: HOME }));
    expect(await attempt(PASSWORD)).toBe('fine');
    expect(await attempt('not the password')).toBe('credentials_wrong');
    clock.time += 14 * DAY;
    expect(await attempt(PASSWORD)).toBe('credentials_wrong');
    expect(await refusalOf(accounts.keep(bruno.id))).toBe('expired');
  });

  test('it can be kept until then, once, and is as it was', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const maud = await add('maud', { mailbox: 'maud@home.example', mailboxVerified: true });
    await accounts.leave(maud.id);
    clock.time += 14 * DAY - 1;
    await accounts.keep(maud.id);
    expect(await accounts.find(maud.id)).toEqual(maud);
    expect((await accounts.timeline.list(maud.id)).map(({ kind }) => kind)).toEqual(['kept', 'leaving']);
    expect(await refusalOf(accounts.keep(maud.id))).toBe('expired');
    clock.time += 30 * DAY;
    expect(await departing(accounts)).not.toContain(maud.id);
  });

  test('a suspended account is not deleted by its owner, and administrators change nothing about a leaving one', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const noe = await add('noé');
    await accounts.suspend(noe.id, clock.time + 5 * DAY);
    expect(await refusalOf(accounts.leave(noe.id))).toBe('account_suspended');
    // Its end had passed on a clock that ran ahead: what was asked for then does not outlive it.
    clock.time += 6 * DAY;
    await accounts.leave(noe.id);
    clock.time -= 5 * DAY;
    await accounts.keep(noe.id);
    expect((await accounts.find(noe.id))?.status).toBe('suspended');

    const zoe = await add('zoé');
    await accounts.leave(zoe.id);
    const changes = [
      () => accounts.suspend(zoe.id),
      () => accounts.reinstate(zoe.id),
      () => accounts.setRole(zoe.id, 'administrator'),
    ];
    for (const change of changes) expect(await refusalOf(change())).toBe('account_leaving');
    expect((await accounts.find(zoe.id))?.status).toBe('leaving');
  });

  test('a time that nobody can have been given, from a clock that ran ahead, is set right', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const hugo = await add('hugo');
    clock.time += 365 * DAY;
    await accounts.leave(hugo.id);
    clock.time -= 365 * DAY;
    expect(await departing(accounts)).not.toContain(hugo.id);
    clock.time += 14 * DAY;
    expect(await departing(accounts)).toContain(hugo.id);
  });

  test('what is on its side goes with it, but for the login name and the register of connections', async () => {
    const { storage, seals } = ground();
    const { accounts, add, letters, clock } = makeHouse(ground(), { connectionMonths: 12 });
    const before = await rowsBy(ground());
    const irma = await add('irma', { mailbox: 'irma@home.example', mailboxVerified: true });
    const choir = await accounts.groups.create('Choir');
    await accounts.groups.assign(irma.id, [choir.id]);
    await accounts.arrive(irma, { device: 'Firefox, Linux', network: HOME, isKnown: true });
    const other = (id: string) => seals.seal('sign-up', irma.id, id);
    await storage.write(async (tx) => {
      await tx.insert(storage.tables.signUp).values({ accountId: irma.id, sealed: other('x') });
      await tx.insert(storage.tables.credential).values({ id: 'c', accountId: irma.id, kind: 'totp', sealed: 'x' });
      await tx.insert(storage.tables.session).values({
        idHash: 'i',
        uidHash: 'u',
        accountTag: seals.tag('account', irma.id),
        sealed: 'x',
        expiresHour: clock.time + DAY,
      });
      await tx.insert(storage.tables.holding).values({ tag: 'h', sealed: 'x' });
    });
    await accounts.passwordLinks.make(irma.id);
    await accounts.leave(irma.id);
    await accounts.passwordLinks.make(irma.id).catch(() => undefined);
    const remove = () => accounts.remove(irma.id, async (tx) => void (await tx.delete(storage.tables.holding)));
    await remove();
    expect(await accounts.find(irma.id), 'not before its time').toBeDefined();
    clock.time += 14 * DAY;
    await Promise.all([remove(), remove()]);
    expect(letters.filter(({ kind }) => kind === 'gone')).toEqual([
      { kind: 'gone', to: 'irma@home.example', language: 'fr', values: { login_name: 'irma' } },
    ]);
    const after = await rowsBy(ground());
    const grown = Object.keys(after).filter((table) => (after[table] ?? 0) > (before[table] ?? 0));
    expect(grown.toSorted()).toEqual(['connection', 'loginTaken']);
    expect(await refusalOf(add('irma'))).toBe('login_name_taken');
    await accounts.groups.remove(choir.id);
  });
});

/** How many rows each table of the account's side has. */
async function rowsBy({ storage }: Ground): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, side] of Object.entries(SIDES)) {
    const table = storage.tables[name as keyof typeof SIDES];
    if (side === 'account') counts[name] = (await storage.read.select().from(table)).length;
  }
  return counts;
}

test.each(['sqlite', 'postgres'] as const)(
  'the last administrator cannot leave, of two one can, on %s',
  async (engine) => {
    const ground = await openGround(engine);
    const { accounts, add } = makeHouse(ground);
    const odile = await add('odile', { administrator: true });
    expect(await refusalOf(accounts.leave(odile.id))).toBe('last_administrator');
    const oscar = await add('oscar', { administrator: true });
    const both = await Promise.all([refusalOf(accounts.leave(odile.id)), refusalOf(accounts.leave(oscar.id))]);
    expect(both.toSorted()).toEqual(['fine', 'last_administrator']);
    await ground.close();
  },
);

describe.each(['sqlite', 'postgres'] as const)('the profiles of people who left, on %s', (engine) => {
  test('end one by one, each in an hour of its own, for two nodes as for one, and then the account goes', async () => {
    let time = Date.UTC(2026, 10, 21, 9, 30);
    const house = await openHouse({ engine, now: () => time, settings: { ALUCO_LEAVE_DAYS: '0' } });
    const { parts } = house;
    const beside = await parts.again();
    const services = [];
    for (const name of ['Blog', 'Photos', 'Wiki', 'Forum'])
      services.push(await addApplication(parts, name, `http://${name}.localhost`, { quota: 10 }));
    const people = [await addPerson(parts, 'alix'), await addPerson(parts, 'bruno'), await addPerson(parts, 'maud')];
    const owned = new Map<string, string[]>();
    for (const person of people) {
      const ids: string[] = [];
      for (const [index, application] of services.entries())
        for (const number of [1, 2, 3])
          ids.push(
            (
              await parts.profiles.create(person.id, application, {
                name: `${person.loginName}${index}${number}`,
                note: '',
              })
            ).id,
          );
      owned.set(person.id, ids);
    }
    for (const { id } of people) await parts.accounts.leave(id);
    const start = time;
    const ended = new Map<string, number>();
    const round = (of: typeof parts) => of.jobs.find(({ name }) => name === 'people who leave')?.run();
    for (let hour = 0; hour <= SPREAD_HOURS.until + 1; hour += 1) {
      // Two nodes in the same hour: the second one draws no more.
      await round(parts);
      await round(beside);
      const { profile } = parts.storage.tables;
      const gone = await parts.storage.read
        .select({ id: profile.id })
        .from(profile)
        .where(eq(profile.status, 'retired'));
      for (const { id } of gone) if (!ended.has(id)) ended.set(id, (time - start) / HOUR);
      time += HOUR;
    }
    const all = [...ended.values()];
    expect(all.length).toBe(36);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(SPREAD_HOURS.from);
    expect(Math.max(...all)).toBeLessThanOrEqual(SPREAD_HOURS.until);
    // Thirty-six draws of 312 hours hardly ever share more than a few; a plan by account would.
    expect(new Set(all).size).toBeGreaterThan(20);
    expect([...ended.keys()].toSorted()).toEqual([...owned.values()].flat().toSorted());
    for (const { id } of people) expect(await parts.accounts.find(id)).toBeUndefined();
    // What is left is what a retired profile always leaves, until it is wiped as all are.
    time += 62 * DAY;
    await parts.profiles.sweep();
    await parts.profiles.sweep();
    const { profile, holding } = parts.storage.tables;
    const rows = await parts.storage.read.select().from(profile);
    expect(rows.map(({ ownerSealed, retiredDay }) => [ownerSealed, retiredDay])).toEqual(rows.map(() => [null, null]));
    expect(await parts.storage.read.select().from(holding)).toEqual([]);
    await house.close();
  });
});
