import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { newPlace, removePlace } from '../backup/places.ts';
import { onBothEngines } from '../engines.ts';
import { addPerson } from '../people.ts';
import { makeHouse } from './house.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

onBothEngines('the log of an account', (ground) => {
  const rows = async () => ground().storage.read.select().from(ground().storage.tables.accountLog);
  const kindsOf = async (house: ReturnType<typeof makeHouse>, id: string): Promise<string[]> =>
    (await house.accounts.log.list(id)).map(({ kind }) => kind);

  test('says what administrators decided, by whom, to the hour', async () => {
    const house = makeHouse(ground());
    const { accounts, clock } = house;
    const odile = await house.add('odile', { administrator: true });
    const alix = await house.add('alix');
    for (const act of [
      () => accounts.suspend(alix.id, undefined, odile.id),
      () => accounts.reinstate(alix.id, odile.id),
      () => accounts.setRole(alix.id, 'administrator', odile.id),
      () => accounts.setRole(alix.id, 'administrator', odile.id),
      () => accounts.endSessions(alix.id, odile.id),
      () => accounts.setRole(alix.id, 'person'),
    ]) {
      clock.time += HOUR;
      await act();
    }
    const entries = await accounts.log.list(alix.id);
    expect(entries.map(({ kind, by }) => [kind, by])).toEqual([
      ['role_person', undefined],
      ['sessions_ended_for', 'odile'],
      // The second time changed nothing.
      ['role_administrator', 'odile'],
      ['reinstated', 'odile'],
      ['suspended', 'odile'],
      ['made', undefined],
    ]);
    expect(entries.every(({ hour }) => hour % HOUR === 0)).toBe(true);
  });

  test('says who came to look after a group and who does so no more, by whom, without which group', async () => {
    const house = makeHouse(ground());
    const { delegates, groups, log } = house.accounts;
    const ondine = await house.add('ondine', { administrator: true });
    const paul = await house.add('paul');
    const { id } = await groups.create('Rowers of the lake');
    // Each twice: the second time changes nothing.
    for (const by of [ondine.id, ondine.id]) await delegates.name(id, paul.id, by);
    for (const by of [undefined, ondine.id]) await delegates.dismiss(id, paul.id, by);
    const entries = await log.list(paul.id);
    expect(entries.map(({ kind, by }) => [kind, by]).toSorted()).toEqual([
      ['delegate_appointed', 'ondine'],
      ['delegate_dismissed', undefined],
      ['made', undefined],
    ]);
    expect(JSON.stringify(entries)).not.toContain('Rowers');
  });

  test('has what concerns the account’s safety, and nothing of what it does at applications', async () => {
    const house = makeHouse(ground());
    const { accounts } = house;
    const { id } = await house.add('noé');
    const detail = { application: 'Mastodon', profile: 'hulotte' };
    for (const kind of ['profile_created', 'application_entered', 'profile_retired', 'signed_in', 'unsealed'] as const)
      await accounts.timeline.record(id, { kind, at: house.clock.time, detail });
    await accounts.timeline.record(id, {
      kind: 'factor_added',
      at: house.clock.time,
      detail: { method: 'totp', name: 'hulotte on Mastodon' },
    });
    await accounts.timeline.record(id, { kind: 'moderator_appointed', at: house.clock.time, detail });
    const entries = await accounts.log.list(id);
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['made', 'factor_added', 'moderator_appointed']));
    expect(JSON.stringify(entries)).not.toMatch(/hulotte|Mastodon/u);
  });

  test('is one row of one size each, without a word in the open', async () => {
    const house = makeHouse(ground());
    const { id } = await house.add('zoé');
    await house.accounts.timeline.record(id, { kind: 'factor_added', at: 1, detail: { method: 'x'.repeat(500) } });
    const all = await rows();
    expect(new Set(all.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(JSON.stringify(all)).not.toContain(id);
    expect(all.every(({ day }) => day % DAY === 0)).toBe(true);
  });

  test('is forgotten after the days of the setting, and with its account', async () => {
    const house = makeHouse(ground(), { accountLogDays: 30, leaveDays: 1 });
    const { accounts, clock } = house;
    await house.add('keeper', { administrator: true });
    const ida = await house.add('ida');
    clock.time += 30 * DAY;
    await accounts.log.sweep();
    expect(await kindsOf(house, ida.id)).toEqual(['made']);
    clock.time += DAY;
    await accounts.suspend(ida.id);
    await accounts.reinstate(ida.id);
    await accounts.log.sweep();
    expect((await kindsOf(house, ida.id)).toSorted()).toEqual(['reinstated', 'suspended']);
    await accounts.leave(ida.id);
    clock.time += 2 * DAY;
    await accounts.remove(ida.id, async () => undefined);
    expect(await kindsOf(house, ida.id)).toEqual([]);
  });
});

test('the clock forgets what is older than ALUCO_ACCOUNT_LOG_DAYS, and nothing younger', async () => {
  const place = await newPlace('sqlite');
  const config = readConfig({ ...place.environment, ALUCO_ACCOUNT_LOG_DAYS: '7' });
  const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  const begin = () => makeParts(config, { log: makeLog('silent'), now: () => clock.time });
  let parts = await begin();
  const { id } = await addPerson(parts, 'alix');
  const hourAfter = (days: number): number => Date.UTC(2026, 10, 21 + days, 9);
  for (let day = 1; day <= 10; day += 1) {
    clock.time += DAY;
    await (day % 2 === 1 ? parts.accounts.suspend(id) : parts.accounts.reinstate(id));
  }
  expect(await parts.accounts.log.list(id)).toHaveLength(11);
  await parts.storage.close();
  // As started anew: to the one before, its clock has jumped, and it forgets nothing.
  parts = await begin();
  for (const job of parts.jobs) if (job.name === 'what has run out') await job.run();
  const left = (await parts.accounts.log.list(id)).map(({ hour }) => hour);
  expect(left).toEqual([10, 9, 8, 7, 6, 5, 4, 3].map(hourAfter));
  await parts.storage.close();
  await removePlace(place);
});
