import { beforeEach, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { BAR_DAYS, type Profile } from '../../src/profiles/profiles.ts';
import { refusalOf } from '../accounts/house.ts';
import { DAY, onBothMeadows, WHY, type Meadow } from './meadow.ts';

onBothMeadows('decisions that hold for the person', (place) => {
  let meadow: Meadow;
  let application: Application;
  let hulotte: Profile;
  let noctua: Profile;
  let chouette: Profile;
  beforeEach(async () => {
    meadow = place();
    application = await meadow.open();
    hulotte = await meadow.profile(application, 'alix');
    noctua = await meadow.profile(application, 'alix');
    chouette = await meadow.profile(application, 'bruno');
    await meadow.letters();
  });

  const bar = (what: { noNew: boolean; others: boolean }): Promise<void> =>
    meadow.person.bar(meadow.maud, application.id, hulotte.id, { ...WHY, ...what });
  const entrance = async (owner: 'alix' | 'bruno'): Promise<string> => {
    const found = await meadow.parts.profiles.entrance(meadow.people[owner].id, application);
    return found.kind === 'refused' ? found.code : found.kind;
  };
  /** Everything that moderators can read of a profile. */
  const seen = async ({ id }: Profile): Promise<string> =>
    JSON.stringify([
      await meadow.seeing.one(meadow.noé, application.id, id),
      (await meadow.seeing.log(meadow.noé, application.id, undefined)).entries.filter(
        (entry) => entry.profileId === id,
      ),
    ]);
  const barOf = async (): Promise<string> =>
    (await meadow.seeing.one(meadow.maud, application.id, hulotte.id)).bars[0] ?? '';

  test('no new profile: theirs stay, nobody else is touched, and lifting it ends it', async () => {
    await bar({ noNew: true, others: false });
    const letters = (await meadow.letters()).map(({ to }) => to);
    expect(letters).toEqual(['alix@home.example']);
    expect([await entrance('alix'), await entrance('bruno')]).toEqual(['new_profiles_barred', 'create']);
    meadow.clock.time += 30 * DAY;
    expect([await meadow.mayUse('alix', hulotte), await meadow.mayUse('alix', noctua)]).toEqual([true, true]);
    await meadow.person.liftBar(meadow.noé, application.id, hulotte.id, { of: await barOf(), words: '' });
    expect([await entrance('alix'), await barOf()]).toEqual(['create', '']);
  });

  test('all their profiles: each other one is refused from a time of its own, and moderators see nothing of it', async () => {
    const third = await meadow.profile(application, 'alix');
    const before = await seen(noctua);
    await bar({ noNew: false, others: true });
    expect(await seen(noctua)).toBe(before);
    meadow.clock.time += BAR_DAYS.from * DAY - 1;
    expect([await meadow.mayUse('alix', noctua), await meadow.mayUse('alix', third)]).toEqual([true, true]);
    meadow.clock.time += (BAR_DAYS.until - BAR_DAYS.from) * DAY + 1;
    expect([await meadow.mayUse('alix', noctua), await meadow.mayUse('alix', third)]).toEqual([false, false]);
    await meadow.errands.run();
    expect(await seen(noctua)).toBe(before);
    expect([await meadow.mayUse('alix', hulotte), await meadow.mayUse('bruno', chouette)]).toEqual([true, true]);
  });

  test('their owner reads why, and appeals on the profile that the decision was about', async () => {
    await bar({ noNew: true, others: true });
    const { alix } = meadow.people;
    expect((await meadow.ownersView.of(alix.id, noctua.id)).because).toBeUndefined();
    meadow.clock.time += BAR_DAYS.until * DAY;
    const { because, history } = await meadow.ownersView.of(alix.id, noctua.id);
    expect([because, history.map(({ kind }) => kind)]).toEqual([
      { profileId: hulotte.id, name: hulotte.name },
      ['created'],
    ]);
    const id = await barOf();
    expect(await refusalOf(meadow.appeals.write(alix.id, noctua.id, id, 'I never did that.'))).toBe('decision_unknown');
    await meadow.appeals.write(alix.id, hulotte.id, id, 'I never did that.');
    await meadow.appeals.decide(meadow.noé, application.id, id, { granted: true, words: '' });
    expect([await meadow.mayUse('alix', noctua), await entrance('alix'), await barOf()]).toEqual([true, 'create', '']);
  });

  test('A75: whatever is decided about one profile, moderators see another one of the same person as before', async () => {
    const before = await seen(noctua);
    const days = { ...WHY, days: 2 };
    await meadow.actions.block(meadow.maud, application.id, hulotte.id, days);
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    await meadow.exceptions.grant(meadow.maud, application.id, hulotte.id, 50);
    await bar({ noNew: true, others: true });
    await meadow.actions.remove(meadow.maud, application.id, hulotte.id, WHY);
    expect(await seen(noctua)).toBe(before);
    expect([await meadow.mayUse('alix', noctua), await meadow.mayUse('bruno', chouette)]).toEqual([true, true]);
  });

  test('one needs something to hold, and is lifted once, where it was made', async () => {
    expect(await refusalOf(bar({ noNew: false, others: false }))).toBe('choice_required');
    await bar({ noNew: true, others: false });
    const of = await barOf();
    const lift = (id: string) => meadow.person.liftBar(meadow.noé, application.id, id, { of, words: '' });
    expect(await refusalOf(lift(noctua.id))).toBe('decision_unknown');
    await lift(hulotte.id);
    expect(await refusalOf(lift(hulotte.id))).toBe('decision_unknown');
  });
});

onBothMeadows('exceptions', (place) => {
  let meadow: Meadow;
  let application: Application;
  beforeEach(async () => {
    meadow = place();
    application = await meadow.open({ quota: 2 });
  });

  const limit = async (): Promise<number> => (await meadow.parts.profiles.at(meadow.people.alix.id, application)).limit;
  const listed = async (): Promise<(string | number | undefined)[][]> =>
    (await meadow.exceptions.list(meadow.noé, application.id)).map(({ name, quota, by }) => [name, quota, by]);

  test('are granted to one person alone, blind, and two on one person stay two; the larger counts', async () => {
    const hulotte = await meadow.profile(application, 'alix', 'hulotte');
    const noctua = await meadow.profile(application, 'alix', 'noctua');
    const chouette = await meadow.profile(application, 'bruno', 'chouette');
    await meadow.exceptions.grant(meadow.maud, application.id, noctua.id, 5);
    await meadow.exceptions.grant(meadow.maud, application.id, hulotte.id, 3);
    await meadow.exceptions.grant(meadow.maud, application.id, chouette.id, 3);
    expect([await limit(), await listed()]).toEqual([
      5,
      [
        ['chouette', 3, 'maud'],
        ['hulotte', 3, 'maud'],
        ['noctua', 5, 'maud'],
      ],
    ]);
    const before = await listed();
    await meadow.profile(application, 'alix');
    expect(await listed()).toEqual(before);
    const [, , last] = await meadow.exceptions.list(meadow.noé, application.id);
    await meadow.exceptions.withdraw(meadow.noé, application.id, last?.id ?? '');
    expect([await limit(), (await listed()).length]).toEqual([3, 2]);
    expect(await refusalOf(meadow.exceptions.withdraw(meadow.noé, application.id, last?.id ?? ''))).toBe(
      'exception_gone',
    );
    expect(await meadow.kinds(noctua)).toEqual(['created', 'excepted', 'unexcepted']);
  });

  test('take a whole number from 1 to 100', async () => {
    const hulotte = await meadow.profile(application, 'alix');
    for (const quota of [0, 101, 2.5, Number.NaN, -3])
      expect(await refusalOf(meadow.exceptions.grant(meadow.maud, application.id, hulotte.id, quota))).toBe(
        'quota_invalid',
      );
    expect(await listed()).toEqual([]);
  });

  test('end with the request that they were granted on, when it comes to nothing', async () => {
    const asking = await meadow.open({ quota: 2, policy: 'approved' });
    const { alix } = meadow.people;
    const wanted = { name: 'effraie', note: '', words: 'Please.', urgent: false };
    for (const end of [
      (id: string) => meadow.parts.profiles.withdraw(alix.id, id),
      async (id: string) =>
        void (await meadow.requests.decide(meadow.maud, asking, [id], { kind: 'refuse', reason: 'spam', words: '' })),
    ]) {
      const request = await meadow.parts.profiles.request(alix.id, asking, wanted);
      await meadow.exceptions.grant(meadow.maud, asking.id, request.id, 9);
      expect((await meadow.parts.profiles.at(alix.id, asking)).limit).toBe(9);
      await end(request.id);
      expect([
        (await meadow.parts.profiles.at(alix.id, asking)).limit,
        await meadow.exceptions.list(meadow.maud, asking.id),
      ]).toEqual([2, []]);
    }
  });
});
