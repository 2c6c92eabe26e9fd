import { expect, test } from 'vitest';
import { onBothMeadows } from '../moderation/meadow.ts';
import { HERON, importNames } from './place.ts';

const network = '192.0.2.9';

onBothMeadows('an old name that was suspended', (place) => {
  test('stays blocked, with the reason in its history, until a moderator lifts that or grants an appeal', async () => {
    const meadow = place();
    const { parts, people, maud, noé } = meadow;
    const { reclaim } = parts.legacy;
    const application = await meadow.open();
    await importNames(parts.legacy, application, [
      { name: 'heron', password: HERON.password, disabled: true },
      { name: 'egret', password: HERON.password, disabled: true },
    ]);
    const take = (name: string) =>
      reclaim.withPassword(people.alix.id, application, { name, password: HERON.password, network });
    const [heron, egret] = [await take('heron'), await take('egret')];
    expect([await meadow.mayUse('alix', heron), await meadow.kinds(heron)]).toEqual([false, ['imported', 'blocked']]);
    const { history, profile } = await meadow.seeing.one(maud, application.id, heron.id);
    expect(profile).toMatchObject({ status: 'blocked', source: 'imported' });
    expect(history[1]).toMatchObject({ reason: { en: 'Suspended at the application before it came here' } });
    // A block that no moderator decided outlives the log's days, and ends by no time.
    expect(history[1]?.by).toBeUndefined();
    await parts.profiles.unblockDue();
    expect(await meadow.mayUse('alix', heron)).toBe(false);

    await meadow.actions.unblock(maud, application.id, heron.id, '');
    expect(await meadow.mayUse('alix', heron)).toBe(true);
    const { history: own } = await meadow.ownersView.of(people.alix.id, egret.id);
    const block = own.find(({ kind }) => kind === 'blocked');
    expect(block?.mayAppeal).toBe(true);
    await meadow.appeals.write(people.alix.id, egret.id, block?.id ?? '', 'That was long ago, and sorted out.');
    await meadow.appeals.decide(noé, application.id, block?.id ?? '', { granted: true, words: '' });
    expect(await meadow.mayUse('alix', egret)).toBe(true);
  });
});
