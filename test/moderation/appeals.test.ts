import { beforeEach, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { refusalOf } from '../accounts/house.ts';
import { PEOPLE } from '../people.ts';
import { DAY, onBothMeadows, WHY, type Meadow } from './meadow.ts';

const WORDS = 'It was my sister, on my telephone.';

onBothMeadows('appeals', (place) => {
  let meadow: Meadow;
  let application: Application;
  let hulotte: Profile;
  beforeEach(async () => {
    meadow = place();
    application = await meadow.open();
    hulotte = await meadow.profile(application, 'alix');
  });

  /** The last decision about the profile. */
  const last = async (): Promise<string> => (await meadow.log.of(hulotte.id)).at(-1)?.id ?? '';
  const appeal = (id: string): Promise<void> => meadow.appeals.write(meadow.people.alix.id, hulotte.id, id, WORDS);
  const block = async (): Promise<string> => {
    await meadow.actions.block(meadow.maud, application.id, hulotte.id, WHY);
    return last();
  };
  const decide = (by: 'maud' | 'noé' | 'odile', id: string, granted: boolean): Promise<void> =>
    meadow.appeals.decide(meadow[by], application.id, id, { granted, words: 'Read again.' });

  test('are heard by somebody else than who decided; upheld, everything stays', async () => {
    const id = await block();
    await meadow.letters();
    await appeal(id);
    expect(await meadow.letters()).toEqual([]);
    const [mine] = await meadow.appeals.list(meadow.maud, application.id);
    expect(mine).toMatchObject({ isOwnDecision: true, words: WORDS, decision: { kind: 'blocked', by: 'maud' } });
    expect(await refusalOf(decide('maud', id, true))).toBe('own_decision');
    await decide('noé', id, false);
    const [letter, ...others] = await meadow.letters();
    expect([letter?.to, letter?.text.includes('Read again.'), letter?.text.includes('noe'), others]).toEqual([
      'alix@home.example',
      true,
      false,
      [],
    ]);
    expect([await meadow.mayUse('alix', hulotte), await meadow.appeals.list(meadow.noé, application.id)]).toEqual([
      false,
      [],
    ]);
    const { history } = await meadow.ownersView.of(meadow.people.alix.id, hulotte.id);
    expect(history.find((entry) => entry.id === id)?.appeal).toMatchObject({
      words: WORDS,
      outcome: { granted: false, words: 'Read again.' },
    });
    expect(await refusalOf(decide('odile', id, true))).toBe('appeal_gone');
  });

  test('are granted: a block is lifted, a warning withdrawn, a name no longer asked for', async () => {
    const { maud } = meadow;
    const standing = async () => (await meadow.parts.profiles.find(hulotte.id))?.standing;
    for (const act of [
      () => meadow.actions.block(maud, application.id, hulotte.id, WHY),
      () => meadow.actions.warn(maud, application.id, hulotte.id, WHY),
      () => meadow.actions.rename(maud, application.id, hulotte.id, WHY),
    ]) {
      await act();
      const id = await last();
      expect(await standing()).not.toEqual({ warnings: [] });
      await appeal(id);
      await decide('noé', id, true);
      expect([await standing(), await meadow.mayUse('alix', hulotte)]).toEqual([{ warnings: [] }, true]);
    }
  });

  test('bring a deleted profile back until it is wiped, and are gone with it then', async () => {
    await meadow.actions.remove(meadow.maud, application.id, hulotte.id, WHY);
    const id = await last();
    await appeal(id);
    await decide('odile', id, true);
    expect(await meadow.mayUse('alix', hulotte)).toBe(true);
    await meadow.actions.remove(meadow.maud, application.id, hulotte.id, WHY);
    const again = await last();
    await appeal(again);
    meadow.clock.time += 40 * DAY;
    await meadow.parts.profiles.sweep();
    expect(await refusalOf(decide('noé', again, true))).toBe('appeal_gone');
    expect(await meadow.appeals.list(meadow.noé, application.id)).toEqual([]);
    expect(await refusalOf(meadow.ownersView.of(meadow.people.alix.id, hulotte.id))).toBe('profile_unavailable');
  });

  test('leave a newer block alone when an older one is undone', async () => {
    const first = await block();
    await appeal(first);
    await meadow.actions.block(meadow.noé, application.id, hulotte.id, WHY);
    await decide('odile', first, true);
    expect(await meadow.mayUse('alix', hulotte)).toBe(false);
  });

  test('are written once for each decision, by the owner alone, against decisions that stand', async () => {
    const id = await block();
    const { alix, bruno } = meadow.people;
    expect(await refusalOf(meadow.appeals.write(bruno.id, hulotte.id, id, WORDS))).toBe('profile_unavailable');
    expect(await refusalOf(meadow.appeals.write(alix.id, hulotte.id, id, 'No.'))).toBe('words_too_few min=10');
    const [created] = await meadow.log.of(hulotte.id);
    expect(await refusalOf(appeal(created?.id ?? ''))).toBe('decision_unknown');
    const both = await Promise.all([refusalOf(appeal(id)), refusalOf(appeal(id))]);
    expect(both.toSorted()).toEqual(['appealed_already', 'fine']);
    await meadow.actions.warn(meadow.maud, application.id, hulotte.id, WHY);
    const other = await meadow.profile(application, 'alix');
    expect(await refusalOf(meadow.appeals.write(alix.id, other.id, await last(), WORDS))).toBe('decision_unknown');
    const second = await block();
    await meadow.actions.unblock(meadow.maud, application.id, hulotte.id, '');
    expect(await refusalOf(appeal(second))).toBe('decision_unknown');
  });

  test('are decided by one of two who decide at once', async () => {
    const id = await block();
    await appeal(id);
    const both = await Promise.all([refusalOf(decide('noé', id, true)), refusalOf(decide('odile', id, false))]);
    expect(both.toSorted()).toEqual(['appeal_gone', 'fine']);
    const outcomes = (await meadow.kinds(hulotte)).filter((kind) => kind.startsWith('appeal_'));
    expect(outcomes).toHaveLength(1);
    expect(await meadow.mayUse('alix', hulotte)).toBe(outcomes[0] === 'appeal_granted');
  });

  test('go to the administrators, too, where the only other moderator may not act; that the owner is the other one shows in no letter', async () => {
    const { accounts } = meadow.parts;
    const { noé } = meadow.people;
    await accounts.suspend(noé.id);
    const id = await block();
    await meadow.letters();
    await appeal(id);
    expect((await meadow.letters()).map(({ to }) => to)).toEqual([PEOPLE.odile.mailbox]);
    await accounts.reinstate(noé.id);
    // Noé appeals himself: that he is the other moderator is nobody's to find out from a letter.
    const own = await meadow.profile(application, 'noé');
    await meadow.actions.block(meadow.maud, application.id, own.id, WHY);
    const about = (await meadow.log.of(own.id)).at(-1)?.id ?? '';
    await meadow.letters();
    await meadow.appeals.write(noé.id, own.id, about, WORDS);
    expect(await meadow.letters()).toEqual([]);
  });

  test('go to the administrators where there is no other moderator; nobody hears one about themselves', async () => {
    await meadow.moderators.dismiss(application.id, meadow.people.noé.id);
    const id = await block();
    await meadow.letters();
    await appeal(id);
    const [letter, ...others] = await meadow.letters();
    expect([letter?.to, letter?.links[0], others]).toEqual([
      PEOPLE.odile.mailbox,
      `${meadow.house.url}/moderation/${application.id}`,
      [],
    ]);
    expect(letter?.text).toContain('Somebody appeals against a decision');
    expect(letter?.raw).not.toMatch(new RegExp(`maud|alix|${hulotte.name}`, 'u'));
    expect(await refusalOf(decide('maud', id, true))).toBe('own_decision');
    await decide('odile', id, true);
    hulotte = await meadow.profile(application, 'maud');
    await meadow.actions.block(meadow.odile, application.id, hulotte.id, WHY);
    const own = await last();
    await meadow.appeals.write(meadow.people.maud.id, hulotte.id, own, WORDS);
    expect(await meadow.appeals.list(meadow.maud, application.id)).toEqual([]);
    expect(await refusalOf(decide('maud', own, true))).toBe('own_profile');
  });
});
