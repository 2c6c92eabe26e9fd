import { EventEmitter, once } from 'node:events';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeApplications, type Application } from '../../src/applications/applications.ts';
import { holding } from '../../src/profiles/holding.ts';
import { makeProfiles, type Profile } from '../../src/profiles/profiles.ts';
import { randomId } from '../../src/storage/seal.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { addApplication } from '../people.ts';

const DAY = 86_400_000;
const FULL = 'quota_full limit=2';

/** Alix's account at an application where two profiles are the most, and a clock that moves by days. */
async function open({ storage, seals }: Ground) {
  const clock = { time: Date.UTC(2026, 10, 21, 23, 59) };
  const applications = makeApplications({ storage });
  const profiles = makeProfiles({
    onWiped: async () => undefined,
    applications,
    storage,
    seals,
    now: () => clock.time,
    onEnded: async () => undefined,
  });
  const meadow: Application = await addApplication({ applications }, 'Meadow', 'http://localhost', { quota: 2 });
  const alix = randomId();
  let number = 0;
  return {
    applications,
    profiles,
    storage,
    seals,
    alix,
    meadow,
    /** Lets days pass, with the clock's job run on each as it would be. */
    async pass(days: number, sweeping = true): Promise<void> {
      for (let day = 0; day < days; day += 1) {
        clock.time += DAY;
        if (sweeping) await profiles.sweep();
      }
    },
    create(): Promise<Profile> {
      number += 1;
      return profiles.create(alix, meadow, { name: `bird${'abcdefghij'.charAt(number)}`, note: 'mine' });
    },
    async used(): Promise<number> {
      return (await profiles.at(alix, meadow)).used;
    },
    async setStatus(id: string, status: string): Promise<void> {
      const { profile } = storage.tables;
      await storage.write(async (tx) => void (await tx.update(profile).set({ status }).where(eq(profile.id, id))));
    },
    async row(id: string) {
      const { profile } = storage.tables;
      const [row] = await storage.read.select().from(profile).where(eq(profile.id, id));
      return row;
    },
    /** What the account holds, opened. */
    async held() {
      const tag = seals.tag('holding', alix, meadow.id);
      const [row] = await storage.read.select().from(storage.tables.holding).where(eq(storage.tables.holding.tag, tag));
      return holding.parse(JSON.parse(seals.open('holding', tag, row?.sealed ?? '')));
    },
  };
}

/** Returns once so many transactions of this database wait for a lock that another one holds. */
async function waitingFor(storage: Storage, many: number): Promise<void> {
  const query = `select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  await expect
    .poll(async () => (await storage.read.execute(query)).rows[0]?.['waiting'], { interval: 100, timeout: 60_000 })
    .toBeGreaterThanOrEqual(many);
}

onBothEngines('a quota', (ground) => {
  test('counts what waits, what stands and what a moderator blocked', async () => {
    const { create, used, setStatus, profiles, applications, alix, meadow } = await open(ground());
    const heron = await create();
    expect(await used()).toBe(1);
    await create();
    for (const status of ['requested', 'active', 'blocked', 'retired']) {
      await setStatus(heron.id, status);
      expect(await used(), status).toBe(2);
      expect(await refusalOf(create()), status).toBe(FULL);
    }
    // Of this account at this application, and nobody else's.
    await profiles.create(randomId(), meadow, { name: 'somebody', note: '' });
    // What the application says counts as it stands then, and not as the caller once read it.
    expect(await refusalOf(profiles.create(alix, { ...meadow, quota: 3 }, { name: 'third', note: '' }))).toBe(FULL);
    await applications.change(meadow.id, { ...meadow, quota: 3 });
    expect(await refusalOf(profiles.create(alix, meadow, { name: 'third', note: '' }))).toBe('fine');
  });

  test('gives no place back by retiring and undoing, however often', async () => {
    const { create, used, profiles, alix, pass } = await open(ground());
    const heron = await create();
    await create();
    for (let round = 0; round < 3; round += 1) {
      await profiles.retire(alix, heron.id);
      expect(await refusalOf(create())).toBe(FULL);
      await pass(10);
      await profiles.restore(alix, heron.id);
      expect(await refusalOf(create())).toBe(FULL);
    }
    expect(await used()).toBe(2);
  });

  test('lets its owner undo for thirty days, and not on the day after, whether the clock ran or not', async () => {
    const { create, profiles, alix, pass, row } = await open(ground());
    const heron = await create();
    await profiles.retire(alix, heron.id);
    await pass(30);
    expect(await refusalOf(profiles.restore(alix, heron.id))).toBe('fine');
    expect((await row(heron.id))?.retiredDay).toBeNull();

    await profiles.retire(alix, heron.id);
    await pass(31, false);
    expect(await refusalOf(profiles.restore(alix, heron.id))).toBe('undo_too_late');
    await profiles.sweep();
    expect((await row(heron.id))?.status).toBe('deleted');
    expect(await refusalOf(profiles.restore(alix, heron.id))).toBe('undo_too_late');
  });

  test('counts a deleted profile for ninety days, also once it was wiped', async () => {
    const { create, profiles, alix, pass, used, row } = await open(ground());
    const heron = await create();
    await create();
    await profiles.retire(alix, heron.id);
    await pass(31);
    expect(await row(heron.id)).toMatchObject({ status: 'deleted' });
    expect((await row(heron.id))?.ownerSealed).not.toBeNull();
    expect(await refusalOf(create())).toBe(FULL);

    await pass(30);
    expect(await row(heron.id)).toMatchObject({ status: 'deleted', ownerSealed: null, retiredDay: null });
    expect(await profiles.find(heron.id)).toMatchObject({ note: '', groups: [], name: heron.name });
    expect(await refusalOf(profiles.own(alix, heron.id))).toBe('profile_unavailable');
    expect(await used()).toBe(2);

    await pass(30 + 89 - 61);
    expect(await refusalOf(create())).toBe(FULL);
    await pass(1);
    expect(await used()).toBe(1);
    expect(await refusalOf(create())).toBe('fine');
  });

  test('counts the same when the clock stood still for months', async () => {
    const { create, profiles, alix, pass, used, row } = await open(ground());
    const heron = await create();
    const sparrow = await create();
    await profiles.retire(alix, heron.id);
    await pass(30 + 89, false);
    await profiles.retire(alix, sparrow.id);
    expect(await used()).toBe(2);
    await profiles.sweep();
    expect(await row(heron.id)).toMatchObject({ status: 'deleted', ownerSealed: null });
    expect(await row(sparrow.id)).toMatchObject({ status: 'retired' });
    expect(await used()).toBe(2);
    await pass(1);
    expect(await used()).toBe(1);
  });

  test('forgets on which days profiles were deleted, once they no longer count', async () => {
    const { create, profiles, alix, pass, held } = await open(ground());
    const heron = await create();
    const sparrow = await create();
    await profiles.retire(alix, heron.id);
    await pass(61);
    expect((await held()).deletedDays).toHaveLength(1);
    await pass(60);
    await profiles.retire(alix, sparrow.id);
    await pass(61);
    expect(await held()).toMatchObject({ profiles: [], deletedDays: ['2027-04-21'] });
  });

  test('that was granted to one account alone counts for that one', async () => {
    const { create, used, profiles, storage, alix, meadow } = await open(ground());
    const heron = await create();
    await storage.write((tx) => profiles.moderated.except(tx, heron.id, { id: 'more', quota: 3 }));
    await create();
    await create();
    expect(await used()).toBe(3);
    expect(await refusalOf(create())).toBe('quota_full limit=3');
    expect((await profiles.at(randomId(), meadow)).limit).toBe(2);
    // A number that is less than everybody's takes nothing away.
    await storage.write((tx) => profiles.moderated.unexcept(tx, heron.id, 'more'));
    await storage.write((tx) => profiles.moderated.except(tx, heron.id, { id: 'less', quota: 1 }));
    expect((await profiles.at(alix, meadow)).limit).toBe(2);
  });

  test('A69: that is lowered while fifty are made is kept by all that are made after that', async () => {
    const { applications, profiles, storage, meadow } = await open(ground());
    await applications.change(meadow.id, { ...meadow, quota: 50 });
    const person = randomId();
    const make = (number: number): Promise<string> => {
      const name = `bird${String(number).replaceAll('1', 'a').replaceAll('0', 'b')}`;
      return refusalOf(profiles.create(person, meadow, { name, note: '' }));
    };
    const numbers = Array.from({ length: 25 }, (_, number) => number);
    const before = numbers.map(make);
    const lowered = applications
      .change(meadow.id, { ...meadow, quota: 3 })
      .then(async () => (await profiles.at(person, meadow)).used);
    const meanwhile = numbers.map((number) => make(number + 25));
    const [used, ...made] = await Promise.all([lowered, ...before, ...meanwhile]);
    // Whatever was made before the change stays; once it has returned there is room for three at most.
    const after = (await profiles.at(person, meadow)).used;
    expect(after).toBe(Math.max(used, 3));
    expect(made.filter((outcome) => outcome === 'fine')).toHaveLength(after);
    expect(made.filter((outcome) => outcome === 'quota_full limit=3')).toHaveLength(50 - after);
    expect(await make(50)).toBe('quota_full limit=3');
    const { profile } = storage.tables;
    const rows = await storage.read.select().from(profile).where(eq(profile.applicationId, meadow.id));
    expect(rows).toHaveLength(after);
  });

  test('A69: that is lowered waits for a profile that is being made under the one before', async () => {
    const { applications, profiles, storage, seals, meadow } = await open(ground());
    const person = randomId();
    await profiles.create(person, meadow, { name: 'heron', note: '' });
    const { holding: table } = storage.tables;
    const tag = seals.tag('holding', person, meadow.id);
    const gate = new EventEmitter();
    const released = once(gate, 'released');
    const held = once(gate, 'held');
    // Whoever makes a profile has read the quota by the time the holding is written, and waits there.
    const holding = storage.write(async (tx) => {
      await tx.update(table).set({ tag }).where(eq(table.tag, tag));
      gate.emit('held');
      await released;
    });
    await held;
    const made = profiles.create(person, meadow, { name: 'wren', note: '' });
    if (storage.engine === 'postgres') await waitingFor(storage, 1);
    const lowered = applications
      .change(meadow.id, { ...meadow, quota: 1 })
      .then(async () => (await profiles.at(person, meadow)).used);
    if (storage.engine === 'postgres') await Promise.race([lowered, waitingFor(storage, 2)]);
    gate.emit('released');
    const [usedThen] = await Promise.all([lowered, holding, made]);
    expect(usedThen).toBe((await profiles.at(person, meadow)).used);
    expect(await refusalOf(profiles.create(person, meadow, { name: 'egret', note: '' }))).toBe('quota_full limit=1');
  });

  test('A69: fifty requests at once with one place left make one, and two of them wait at most', async () => {
    const { applications, profiles, meadow } = await open(ground());
    const ask = (person: string) =>
      Promise.all(
        Array.from({ length: 50 }, (_, number) => {
          const name = `${person
            .slice(0, 4)
            .toLowerCase()
            .replaceAll(/[^a-z]/gu, 'x')}w${number}`;
          return refusalOf(profiles.request(person, meadow, { name: `q${name}`, note: '', words: '', urgent: false }));
        }),
      );
    await applications.change(meadow.id, { ...meadow, policy: 'approved', quota: 1 });
    const one = await ask(randomId());
    expect(one.filter((outcome) => outcome === 'fine')).toHaveLength(1);
    expect(one.filter((outcome) => outcome === 'quota_full limit=1')).toHaveLength(49);
    await applications.change(meadow.id, { ...meadow, policy: 'approved', quota: 50 });
    const two = await ask(randomId());
    expect(two.filter((outcome) => outcome === 'fine')).toHaveLength(2);
    expect(two.filter((outcome) => outcome === 'profile_requests_full max=2')).toHaveLength(48);
  });
});
