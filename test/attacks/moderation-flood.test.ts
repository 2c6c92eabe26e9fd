import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { DAY, onBothMeadows, WHY } from '../moderation/meadow.ts';

onBothMeadows('people who do the same a thousand times', (place) => {
  test('A75: retiring a profile and taking that back again and again leaves twenty entries of it, and all others', async () => {
    const meadow = place();
    const { alix } = meadow.people;
    const application = await meadow.open();
    const hulotte = await meadow.profile(application, 'alix');
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    for (let round = 0; round < 30; round += 1) {
      await meadow.parts.profiles.retire(alix.id, hulotte.id);
      await meadow.parts.profiles.restore(alix.id, hulotte.id);
    }
    await meadow.actions.warn(meadow.noé, application.id, hulotte.id, WHY);
    const kinds = await meadow.kinds(hulotte);
    expect(kinds.filter((kind) => kind === 'retired' || kind === 'restored')).toHaveLength(20);
    expect([...kinds.slice(0, 3), ...kinds.slice(-2)]).toEqual(['created', 'warned', 'retired', 'restored', 'warned']);
  });

  test('A75: asking and taking that back again and again ends after twenty times, for a month', async () => {
    const meadow = place();
    const { alix } = meadow.people;
    const { profiles } = meadow.parts;
    const application = await meadow.open({ policy: 'approved' });
    const ask = () => profiles.request(alix.id, application, { name: 'heron', note: '', words: '', urgent: false });
    for (let round = 0; round < 20; round += 1) await profiles.withdraw(alix.id, (await ask()).id);
    expect(await refusalOf(ask())).toBe('withdrawn_often max=20');
    meadow.clock.time += 30 * DAY;
    expect(await refusalOf(ask())).toBe('fine');
  });

  test('A75: what holds for a person is bounded by what stands on each profile, whatever stands on their others', async () => {
    const meadow = place();
    const { maud } = meadow;
    const application = await meadow.open();
    const [hulotte, noctua] = [await meadow.profile(application, 'alix'), await meadow.profile(application, 'alix')];
    const chouette = await meadow.profile(application, 'bruno');
    const bar = (id: string) =>
      refusalOf(meadow.person.bar(maud, application.id, id, { ...WHY, noNew: true, others: false }));
    const except = (id: string) => refusalOf(meadow.exceptions.grant(maud, application.id, id, 3));
    const many = async (act: () => Promise<string>, times: number): Promise<string[]> => {
      const found: string[] = [];
      for (let round = 0; round < times; round += 1) found.push(await act());
      return found;
    };
    for (const { id } of [hulotte, noctua, chouette]) {
      expect(await many(() => bar(id), 6)).toEqual([...Array<string>(5).fill('fine'), 'bars_full max=5']);
      expect(await many(() => except(id), 11)).toEqual([
        ...Array<string>(10).fill('fine'),
        'profile_exceptions_full max=10',
      ]);
    }
    const [first = ''] = (await meadow.seeing.one(maud, application.id, hulotte.id)).bars;
    await meadow.person.liftBar(maud, application.id, hulotte.id, { of: first, words: '' });
    expect(await bar(hulotte.id)).toBe('fine');
  });
});
