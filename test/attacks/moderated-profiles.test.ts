import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeProfiles } from '../../src/profiles/profiles.ts';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { DAY, openPlace } from '../profiles/place.ts';

onBothEngines('moderators who look for what belongs together', (ground) => {
  test('A74: an account that is deleted ends its profiles as their owner would, in their history too', async () => {
    const place = await openPlace(ground(), { quota: 9 });
    const { create, alix, bruno, profiles, meadow, decide, moderated, happened, status } = place;
    const [heron, wren] = [await create(alix, 'heron'), await create(alix, 'wren')];
    const [raven, robin] = [await create(bruno, 'raven'), await create(bruno, 'robin')];
    for (const { id } of [wren, robin]) await decide((tx) => moderated.block(tx, id, { id: 'one' }));
    await profiles.endSome(alix, [meadow.id], () => true);
    for (const { id } of [raven, robin]) await profiles.retire(bruno, id);
    const seen = async (id: string) => [
      await status(id),
      happened.filter(({ profileId }) => profileId === id).map(({ kind }) => kind),
    ];
    expect(await seen(heron.id)).toEqual(await seen(raven.id));
    expect(await seen(wren.id)).toEqual(await seen(robin.id));
    // And a block is not shaken off by it.
    await profiles.restore(bruno, robin.id);
    expect(await status(robin.id)).toBe('blocked');
  });

  test('A74: nothing that is decided about a profile tells on which day its account went', async () => {
    const { create, alix, profiles, meadow, decide, moderated, storage } = await openPlace(ground(), { quota: 9 });
    const heron = await create(alix, 'heron');
    const bar = { noNew: true, others: true };
    await decide((tx) => moderated.bar(tx, heron.id, { id: 'before', ...bar }));
    await decide((tx) => moderated.except(tx, heron.id, { id: 'grant', quota: 9 }));
    await profiles.endSome(alix, [meadow.id], () => true);
    await decide((tx) => profiles.forgetAll(tx, alix, [meadow.id]));
    const rows = await storage.read.select().from(storage.tables.holding);
    expect(await decide((tx) => moderated.liftBar(tx, heron.id, 'before'))).toBe(true);
    expect(await decide((tx) => moderated.bar(tx, heron.id, { id: 'after', ...bar }))).toBe(true);
    expect(await decide((tx) => moderated.except(tx, heron.id, { id: 'second', quota: 9 }))).toBe(true);
    expect(await decide((tx) => moderated.unexcept(tx, heron.id, 'grant'))).toBe(true);
    // What was forgotten with the account does not come back, either.
    expect(await storage.read.select().from(storage.tables.holding)).toEqual(rows);
  });

  test('A74: a number granted to one person alone makes no profile where nobody else may make one', async () => {
    const { create, request, alix, bruno, decide, moderated, change } = await openPlace(ground(), { quota: 1 });
    const heron = await create(alix, 'heron');
    await decide((tx) => moderated.except(tx, heron.id, { id: 'grant', quota: 5 }));
    await change({ quota: 0 });
    expect(await refusalOf(create(bruno, 'raven'))).toBe('quota_full limit=0');
    expect(await refusalOf(create(alix, 'wren'))).toBe('quota_full limit=0');
    await change({ quota: 0, policy: 'approved' });
    expect(await refusalOf(request(alix, 'wren'))).toBe('quota_full limit=0');
    await change({ quota: 1 });
    expect(await refusalOf(create(alix, 'wren'))).toBe('fine');
  });
});

onBothEngines('decisions that outlive what they were about', (ground) => {
  test('a decision about the person ends when the request it was made about is refused or taken back', async () => {
    const place = await openPlace(ground(), { policy: 'approved', quota: 9 });
    const { request, alix, bruno, decide, moderated, profiles, held, clock } = place;
    for (const [person, name] of [
      [alix, 'heron'],
      [bruno, 'raven'],
    ] as const) {
      const { id } = await request(person, name);
      await decide((tx) => moderated.bar(tx, id, { id: 'bar', noNew: true, others: false }));
      if (person === alix) await decide((tx) => moderated.refuse(tx, id));
      else await profiles.withdraw(person, id);
      const { bars } = await held(person);
      expect(bars).toMatchObject([{ id: 'bar', endsDay: '2027-11-21' }]);
      expect(JSON.stringify(bars)).not.toContain(id);
      expect(await refusalOf(request(person, 'egret'))).toBe('new_profiles_barred');
    }
    clock.time += 365 * DAY;
    expect(await refusalOf(request(alix, 'egret'))).toBe('fine');
  });

  test('a profile that comes back at the moment of its wiping is still its owner’s, and counts', async () => {
    const place = await openPlace(ground(), { quota: 1 });
    const { create, alix, decide, moderated, storage, applications, clock, held } = place;
    const heron = await create(alix, 'heron');
    await decide((tx) => moderated.remove(tx, heron.id));
    clock.time += 40 * DAY;
    // A colleague grants the appeal when the clock has found the profile already.
    const sweeping = makeProfiles({
      applications,
      storage,
      seals: ground().seals,
      now: () => clock.time,
      onEnded: async () => undefined,
      onWiped: async () => undefined,
      isHeld: async (tx) => {
        await moderated.undelete(tx, heron.id);
        return false;
      },
    });
    await sweeping.sweep();
    const { profile } = storage.tables;
    const [row] = await storage.read.select().from(profile).where(eq(profile.id, heron.id));
    expect(row?.status).toBe('active');
    expect((await held(alix)).profiles.map(({ id }) => id)).toEqual([heron.id]);
    expect(await refusalOf(create(alix, 'wren'))).toBe('quota_full limit=1');
  });
});
