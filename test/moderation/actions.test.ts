import { beforeEach, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { refusalOf } from '../accounts/house.ts';
import { DAY, onBothMeadows, WHY, type Meadow } from './meadow.ts';

onBothMeadows('decisions about a profile', (place) => {
  let meadow: Meadow;
  let application: Application;
  let hulotte: Profile;
  beforeEach(async () => {
    meadow = place();
    application = await meadow.open();
    hulotte = await meadow.profile(application, 'alix');
    await meadow.letters();
  });

  const standing = async () => (await meadow.parts.profiles.find(hulotte.id))?.standing;

  /** Each letter since, as its receiver and what it says. */
  const told = async (): Promise<string[]> =>
    (await meadow.letters()).map(({ to, text }) => `${to} ${text.replaceAll(/\s+/gu, ' ')}`);

  test('a note is read by moderators, and by nobody else', async () => {
    await meadow.actions.note(meadow.maud, application.id, hulotte.id, 'Reported twice\r\nby =neighbours');
    const { history } = await meadow.seeing.one(meadow.noé, application.id, hulotte.id);
    expect(history.at(-1)).toMatchObject({ kind: 'note', by: 'maud', words: 'Reported twice\nby =neighbours' });
    const { history: own } = await meadow.ownersView.of(meadow.people.alix.id, hulotte.id);
    expect(own.map(({ kind }) => kind)).toEqual(['created']);
    expect([await told(), await meadow.mayUse('alix', hulotte)]).toEqual([[], true]);
  });

  test('a warning goes out by mail, ends nothing, and is acknowledged once', async () => {
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    const [letter = '', ...others] = await told();
    expect(others).toEqual([]);
    for (const words of [
      'alix@home.example',
      hulotte.name,
      'Advertising or spam',
      WHY.words,
      `/profiles/${hulotte.id}`,
    ])
      expect(letter).toContain(words);
    expect(letter).not.toContain('maud');
    const warnings = (await standing())?.warnings ?? [];
    expect([warnings.length, await meadow.mayUse('alix', hulotte)]).toEqual([1, true]);
    await meadow.parts.profiles.acknowledge(meadow.people.alix.id, hulotte.id, warnings);
    expect((await standing())?.warnings).toEqual([]);
    expect(await meadow.kinds(hulotte)).toEqual(['created', 'warned', 'acknowledged']);
  });

  test('a block for some days is told with its end, holds at once, and ends by itself', async () => {
    await meadow.actions.block(meadow.maud, application.id, hulotte.id, { ...WHY, days: 3 });
    const [letter = ''] = await told();
    expect(letter).toContain('The block ends on 24 November 2026');
    expect(await meadow.mayUse('alix', hulotte)).toBe(false);
    const { profile } = await meadow.seeing.one(meadow.noé, application.id, hulotte.id);
    expect(profile.status).toBe('blocked');
    meadow.clock.time += 3 * DAY;
    expect(await meadow.mayUse('alix', hulotte)).toBe(true);
    await meadow.parts.profiles.unblockDue();
    expect(await meadow.kinds(hulotte)).toEqual(['created', 'blocked', 'block_over']);
  });

  test('a block for good holds until it is taken back', async () => {
    await meadow.actions.block(meadow.maud, application.id, hulotte.id, WHY);
    const [letter = ''] = await told();
    expect(letter).toContain(`${hulotte.name} can’t sign in to Meadow any more`);
    expect(letter).not.toContain('The block ends');
    meadow.clock.time += 400 * DAY;
    expect(await meadow.mayUse('alix', hulotte)).toBe(false);
    await meadow.actions.unblock(meadow.noé, application.id, hulotte.id, 'A mistake.');
    const [back = ''] = await told();
    expect([back.includes('can sign in to Meadow again'), back.includes('A mistake.')]).toEqual([true, true]);
    expect(await meadow.mayUse('alix', hulotte)).toBe(true);
    expect(await refusalOf(meadow.actions.unblock(meadow.noé, application.id, hulotte.id, ''))).toBe('profile_changed');
  });

  test('another name is asked for, or given; the old one stays taken', async () => {
    await meadow.actions.rename(meadow.maud, application.id, hulotte.id, WHY);
    expect((await told())[0]).toContain('You are asked to choose another name');
    expect((await standing())?.rename).toBeDefined();
    await meadow.parts.profiles.chooseName(meadow.people.alix.id, hulotte.id, `${hulotte.name}a`);
    await meadow.actions.rename(meadow.maud, application.id, hulotte.id, { ...WHY, name: `${hulotte.name}b` });
    expect((await told())[0]).toContain(`is called ${hulotte.name}b from now on`);
    expect((await meadow.parts.profiles.find(hulotte.id))?.name).toBe(`${hulotte.name}b`);
    for (const name of [hulotte.name, `${hulotte.name}a`, `${hulotte.name}b`])
      expect(await refusalOf(meadow.profile(application, 'bruno', name))).toBe('name_taken');
    expect(
      await refusalOf(meadow.actions.rename(meadow.maud, application.id, hulotte.id, { ...WHY, name: hulotte.name })),
    ).toBe('name_taken');
  });

  test('a deleted profile ends at once, and nobody gets its name', async () => {
    await meadow.actions.remove(meadow.maud, application.id, hulotte.id, WHY);
    expect((await told())[0]).toContain('was deleted. Nobody else will get its name.');
    expect(await meadow.mayUse('alix', hulotte)).toBe(false);
    expect(await refusalOf(meadow.profile(application, 'bruno', hulotte.name))).toBe('name_taken');
    expect(await refusalOf(meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY))).toBe('profile_changed');
  });

  test('a referral opens a case, whose words the owner does not read', async () => {
    await meadow.actions.refer(meadow.maud, application.id, hulotte.id, { ...WHY, words: 'Threats, see the report.' });
    expect(await meadow.parts.register.cases.countOpen()).toBeGreaterThan(0);
    const { history } = await meadow.ownersView.of(meadow.people.alix.id, hulotte.id);
    expect(history.at(-1)).toMatchObject({ kind: 'referred' });
    expect(JSON.stringify(history)).not.toContain('Threats');
  });

  test('each is in the timeline of the owner, and what they read of it never says who decided', async () => {
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    await meadow.actions.block(meadow.maud, application.id, hulotte.id, WHY);
    const kinds = (await meadow.parts.accounts.timeline.list(meadow.people.alix.id)).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(expect.arrayContaining(['profile_warned', 'profile_blocked']));
    const view = JSON.stringify(await meadow.ownersView.of(meadow.people.alix.id, hulotte.id));
    for (const of of ['maud', meadow.people.maud.id, meadow.people.alix.id]) expect(view).not.toContain(of);
  });

  describe('nobody decides', () => {
    test('about a profile of their own, nor reads what is written about it', async () => {
      const own = await meadow.profile(application, 'maud');
      for (const attempt of [
        () => meadow.actions.note(meadow.maud, application.id, own.id, 'me'),
        () => meadow.actions.unblock(meadow.maud, application.id, own.id, ''),
        () => meadow.exceptions.grant(meadow.maud, application.id, own.id, 50),
        () => meadow.person.bar(meadow.maud, application.id, own.id, { ...WHY, noNew: true, others: false }),
        () => meadow.seeing.one(meadow.maud, application.id, own.id),
      ])
        expect(await refusalOf(attempt())).toBe('own_profile');
      await meadow.actions.note(meadow.noé, application.id, own.id, 'about maud');
      await meadow.actions.warn(meadow.noé, application.id, own.id, WHY);
      const read = JSON.stringify((await meadow.seeing.log(meadow.maud, application.id, undefined)).entries);
      expect([read.includes('about maud'), read.includes(WHY.words), read.includes('noe')]).toEqual([
        false,
        true,
        false,
      ]);
    });

    test('at an application they do not look after, or do not any more, nor about a profile of another one', async () => {
      const other = await meadow.open();
      expect(await refusalOf(meadow.actions.warn(meadow.maud, other.id, hulotte.id, WHY))).toBe('profile_unavailable');
      await meadow.moderators.dismiss(application.id, meadow.people.maud.id);
      expect(await refusalOf(meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY))).toBe('forbidden');
      expect(await refusalOf(meadow.seeing.one(meadow.maud, application.id, hulotte.id))).toBe('forbidden');
      expect(await meadow.kinds(hulotte)).toEqual(['created']);
    });

    test('without a reason of the list, or with too much to say', async () => {
      const { maud } = meadow;
      const warn = (why: { reason: string; words: string }) =>
        meadow.actions.warn(maud, application.id, hulotte.id, why);
      expect(await refusalOf(warn({ reason: 'because', words: '' }))).toBe('reason_unknown');
      expect(await refusalOf(warn({ reason: 'spam', words: 'x'.repeat(501) }))).toBe('words_too_many max=500');
      for (const days of [0, 366, 1.5, Number.NaN])
        expect(await refusalOf(meadow.actions.block(maud, application.id, hulotte.id, { ...WHY, days }))).toBe(
          'days_invalid min=1 max=365',
        );
      expect([await meadow.kinds(hulotte), await told()]).toEqual([['created'], []]);
    });
  });

  test('reasons are edited for each application; what was decided keeps its words', async () => {
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    const list = [{ id: 'noise', fr: 'Trop de bruit', en: 'Too noisy' }];
    await meadow.reasons.set(meadow.maud, application.id, list);
    expect(await refusalOf(meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY))).toBe('reason_unknown');
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, { reason: 'noise', words: '' });
    const { history } = await meadow.seeing.one(meadow.maud, application.id, hulotte.id);
    expect(history.flatMap(({ reason }) => reason?.en ?? [])).toEqual(['Advertising or spam', 'Too noisy']);
    await meadow.reasons.set(meadow.maud, application.id, []);
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    const alix = { accountId: meadow.people.alix.id, administrator: true };
    expect(await refusalOf(meadow.reasons.set(alix, application.id, list))).toBe('forbidden');
  });
});
