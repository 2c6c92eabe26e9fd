import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { makeErrands, type Errand } from '../../src/moderation/errands.ts';
import { makeProfileLog } from '../../src/moderation/log.ts';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { DAY, MINUTE, onBothMeadows, WHY } from './meadow.ts';

onBothMeadows('the log of profiles', (place) => {
  test('holds what owners do and what time does, in the true order of one profile', async () => {
    const meadow = place();
    const { alix } = meadow.people;
    const application = await meadow.open();
    const hulotte = await meadow.profile(application, 'alix');
    await meadow.parts.profiles.retire(alix.id, hulotte.id);
    await meadow.parts.profiles.restore(alix.id, hulotte.id);
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    await meadow.parts.profiles.retire(alix.id, hulotte.id);
    expect(await meadow.kinds(hulotte)).toEqual(['created', 'retired', 'restored', 'warned', 'retired']);
    expect(JSON.stringify(await meadow.log.of(hulotte.id))).not.toContain(alix.id);
  });

  test('is read a page at a time, the latest day first', async () => {
    const meadow = place();
    const application = await meadow.open({ quota: 100 });
    const written: string[] = [];
    for (let index = 0; index < 70; index += 1) {
      written.push((await meadow.profile(application, 'bruno')).id);
      if (index === 60) meadow.clock.time += DAY;
    }
    const first = await meadow.seeing.log(meadow.maud, application.id, undefined);
    const second = await meadow.seeing.log(meadow.maud, application.id, first.next);
    const all = [...first.entries, ...second.entries];
    expect([first.entries.length, second.entries.length, second.next]).toEqual([50, 20, undefined]);
    expect(all.map(({ profileId }) => profileId).toSorted()).toEqual(written.toSorted());
    expect(all.map(({ day }) => day)).toEqual(
      all
        .map(({ day }) => day)
        .toSorted()
        .toReversed(),
    );
  });

  test('takes no note and no warning about a profile with two hundred entries; what is decided is always written', async () => {
    const meadow = place();
    const application = await meadow.open();
    const [full, other] = [await meadow.profile(application, 'alix'), await meadow.profile(application, 'bruno')];
    const { storage } = meadow.parts;
    const entry = { applicationId: application.id, profileId: full.id, kind: 'note', words: 'Said again.' } as const;
    await storage.write(async (tx) => {
      for (let number = 2; number <= 199; number += 1) await meadow.log.write(tx, entry);
    });
    const note = () => refusalOf(meadow.actions.note(meadow.maud, application.id, full.id, 'Once more.'));
    const warn = () => refusalOf(meadow.actions.warn(meadow.maud, application.id, full.id, WHY));
    expect(await warn()).toBe('fine');
    const answer = 'profile_log_full max=200';
    expect([await note(), await warn()]).toEqual([answer, answer]);
    expect((await meadow.parts.profiles.find(full.id))?.standing.warnings).toHaveLength(1);
    await meadow.actions.block(meadow.maud, application.id, full.id, WHY);
    expect(await meadow.mayUse('alix', full)).toBe(false);
    expect((await meadow.kinds(full)).slice(-2)).toEqual(['warned', 'blocked']);
    await meadow.actions.note(meadow.maud, application.id, other.id, 'About somebody else.');
    // Once they are forgotten there is room again.
    meadow.clock.time += 366 * DAY;
    await meadow.sweep();
    expect([await note(), (await meadow.kinds(full)).includes('blocked')]).toEqual(['fine', true]);
  });

  test('forgets what is old, but nothing that still holds', async () => {
    const meadow = place();
    const application = await meadow.open();
    const [blocked, warned, barred, appealed, excepted] = [
      await meadow.profile(application, 'alix'),
      await meadow.profile(application, 'alix'),
      await meadow.profile(application, 'alix'),
      await meadow.profile(application, 'bruno'),
      await meadow.profile(application, 'bruno'),
    ];
    const at = (profile: { id: string }) => [meadow.maud, application.id, profile.id] as const;
    await meadow.actions.note(...at(blocked), 'Old news.');
    await meadow.actions.block(...at(blocked), WHY);
    await meadow.actions.warn(...at(warned), WHY);
    await meadow.person.bar(...at(barred), { ...WHY, noNew: true, others: false });
    await meadow.exceptions.grant(...at(excepted), 7);
    await meadow.actions.block(...at(appealed), { ...WHY, days: 1 });
    const id = (await meadow.log.of(appealed.id)).at(-1)?.id ?? '';
    await meadow.appeals.write(meadow.people.bruno.id, appealed.id, id, 'Please look again.');
    meadow.clock.time += 366 * DAY;
    await meadow.parts.profiles.unblockDue();
    await meadow.sweep();
    const left = [blocked, warned, barred, excepted, appealed].map((profile) => meadow.kinds(profile));
    expect(await Promise.all(left)).toEqual([
      ['blocked'],
      ['warned'],
      ['barred'],
      ['excepted'],
      ['blocked', 'block_over'],
    ]);
    await meadow.appeals.decide(meadow.noé, application.id, id, { granted: false, words: '' });
    await meadow.actions.unblock(...at(blocked), '');
    meadow.clock.time += 366 * DAY;
    await meadow.sweep();
    expect([await meadow.kinds(appealed), await meadow.kinds(blocked)]).toEqual([[], []]);
  });
});

onBothEngines('what is kept', (ground) => {
  const now = () => Date.UTC(2026, 10, 21, 9, 30);

  test('of the log says nothing but where and on which day: rows are sealed, and of one size', async () => {
    const { storage, seals } = ground();
    const log = makeProfileLog({ storage, seals, now, days: 365 });
    const entry = { applicationId: 'a', profileId: 'p', by: 'maud', words: 'Said by neighbours' } as const;
    await storage.write(async (tx) => {
      await log.write(tx, { ...entry, kind: 'note' });
      await log.write(tx, { applicationId: 'a', profileId: 'p', kind: 'retired' });
    });
    const rows = await storage.read.select().from(storage.tables.profileLog);
    expect(rows.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-21']);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(JSON.stringify(rows)).not.toMatch(/maud|neighbours|note|retired/u);
  });

  test('of a profile is in its order over days and within each, while no more than the last day is read to write on', async () => {
    const { storage, seals } = ground();
    const clock = { time: now() };
    const opened: string[] = [];
    const counting = {
      ...seals,
      open: (...given: Parameters<typeof seals.open>) => {
        opened.push(given[1]);
        return seals.open(...given);
      },
    };
    const log = makeProfileLog({ storage, seals: counting, now: () => clock.time, days: 365 });
    const written: string[] = [];
    const write = (): Promise<void> =>
      storage.write(async (tx) => {
        written.push(await log.write(tx, { applicationId: 'a', profileId: 'many', kind: 'note', words: '.' }));
      });
    for (const many of [7, 5, 3]) {
      for (let number = 0; number < many; number += 1) await write();
      clock.time += DAY;
    }
    expect((await log.of('many')).map(({ id }) => id)).toEqual(written);
    opened.length = 0;
    await write();
    await write();
    expect(opened).toHaveLength(1);
    expect((await log.of('many')).map(({ id }) => id)).toEqual(written);
  });

  test('to be done later is done once when it is due, on whichever of two nodes, and again where it failed', async () => {
    const { storage, seals } = ground();
    const clock = { time: now() };
    const done: string[] = [];
    const struck: string[] = [];
    let failures = 1;
    const node = (name: string) =>
      makeErrands({
        storage,
        seals,
        now: () => clock.time,
        log: makeLog('silent'),
        handlers: {
          'end-profile': {
            async before({ profileId }) {
              if (profileId === 'flaky' && failures > 0) {
                failures -= 1;
                throw new Error('not now');
              }
              await pause(1);
              done.push(profileId);
            },
          },
          'forget-old-address': {},
          'tell-unsealed': { within: async (_tx, { about }) => void struck.push(`${name} ${about['who'] ?? ''}`) },
        },
      });
    const [first, second] = [node('first'), node('second')];
    const due = clock.time + 90 * MINUTE;
    const ids = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const errands: Errand[] = [...ids, 'flaky'].map((profileId) => ({ kind: 'end-profile', profileId }));
    await storage.write(async (tx) => {
      for (const what of errands) await first.add(tx, { ...what, due });
      await first.add(tx, { kind: 'tell-unsealed', about: { who: 'alix' }, due });
    });
    const rows = await storage.read.select().from(storage.tables.errand);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect([...new Set(rows.map(({ dueHour }) => dueHour % (60 * MINUTE)))]).toEqual([0]);
    clock.time = due - 1;
    await first.run();
    expect(done).toEqual([]);
    clock.time = due;
    await Promise.all([first.run(), second.run()]);
    expect([done.toSorted(), struck.length]).toEqual([ids.toSorted(), 1]);
    await second.run();
    expect(done).toHaveLength(30);
    clock.time += 10 * MINUTE;
    await Promise.all([first.run(), second.run()]);
    expect(done.filter((id) => id === 'flaky')).toEqual(['flaky']);
    expect(await storage.read.select().from(storage.tables.errand)).toEqual([]);
  });
});
