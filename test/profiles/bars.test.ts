import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { DAY, openPlace, type Place } from './place.ts';

const bar = ({ decide, moderated }: Place, profileId: string, what: { noNew: boolean; others: boolean }) =>
  decide((tx) => moderated.bar(tx, profileId, { id: 'bar', ...what }));

/** From when on each of Alix's profiles is refused, by its id. */
const times = async ({ held, alix }: Place): Promise<ReadonlyMap<string, number>> =>
  new Map((await held(alix)).bars.flatMap(({ refused }) => refused.map(({ id, from }) => [id, from] as const)));

onBothEngines('a decision about the person', (ground) => {
  test('refuses each other profile at a time of its own between one day and fourteen, and not before', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, bruno, clock, isUsable, later } = place;
    const heron = await create(alix, 'heron');
    const others = await Promise.all(['wren', 'egret', 'robin', 'owl', 'swan'].map((name) => create(alix, name)));
    const his = await create(bruno, 'raven');
    const decided = clock.time;
    expect(await bar(place, heron.id, { noNew: false, others: true })).toBe(true);

    const from = await times(place);
    expect(new Set(from.keys())).toEqual(new Set(others.map(({ id }) => id)));
    expect(new Set(from.values()).size).toBe(others.length);
    for (const [id, time] of from) {
      expect(time).toBeGreaterThanOrEqual(decided + DAY);
      expect(time).toBeLessThan(decided + 14 * DAY);
      clock.time = time - 1;
      expect(await isUsable(alix, id)).toBe(true);
      clock.time = time;
      expect(await isUsable(alix, id)).toBe(false);
    }
    // Asked to be ended at the same times.
    expect(new Map(later.map(({ profileId, due }) => [profileId, due]))).toEqual(from);
    // The one it was decided about has an action of its own, and nobody else is reached.
    clock.time = decided + 20 * DAY;
    expect(await isUsable(alix, heron.id)).toBe(true);
    expect(await isUsable(bruno, his.id)).toBe(true);
  });

  test('shows its owner why, and moderators nothing', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, clock, profiles, meadow, row, status } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    const before = await profiles.search(meadow.id, { limit: 50 });
    const rowBefore = await row(wren.id);
    await bar(place, heron.id, { noNew: true, others: true });
    const owners = async () => (await profiles.at(alix, meadow)).profiles.find(({ id }) => id === wren.id);
    expect(await owners()).toMatchObject({ status: 'active', refusedBy: undefined });
    clock.time += 14 * DAY;
    expect(await owners()).toMatchObject({ status: 'blocked', refusedBy: 'bar' });
    expect(await profiles.own(alix, wren.id)).toMatchObject({ status: 'blocked', refusedBy: 'bar' });
    expect(await profiles.all(alix, [meadow.id])).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: wren.id, status: 'blocked', refusedBy: 'bar' })]),
    );
    expect(await status(wren.id)).toBe('active');
    expect(await profiles.search(meadow.id, { limit: 50 })).toEqual(before);
    expect(await profiles.seen(meadow.id, wren.id)).toMatchObject({ status: 'active', standing: { warnings: [] } });
    // Not even the row was written.
    expect(await row(wren.id)).toEqual(rowBefore);
  });

  test('changes nothing about mail', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, clock, profiles } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    const before = await profiles.byAlias(wren.aliasLocal);
    expect(before).toBeDefined();
    await bar(place, heron.id, { noNew: true, others: true });
    clock.time += 14 * DAY;
    expect(await profiles.byAlias(wren.aliasLocal)).toEqual(before);
    expect(await profiles.mailOwner(wren.id)).toBe(alix);
  });

  test('lets no new profile be made, by asking or by a link neither, and is lifted for all', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, request, alix, bruno, clock, decide, moderated, isUsable, profiles, meadow, change } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    await bar(place, heron.id, { noNew: true, others: true });
    expect(await refusalOf(create(alix, 'egret'))).toBe('new_profiles_barred');
    expect(await profiles.entrance(alix, meadow)).toMatchObject({ kind: 'refused', code: 'new_profiles_barred' });
    const byLink = profiles.create(alix, meadow, { name: 'egret', note: '', invitation: 'link' });
    expect(await refusalOf(byLink)).toBe('new_profiles_barred');
    await change({ policy: 'approved', quota: 20 });
    expect(await refusalOf(request(alix, 'egret'))).toBe('new_profiles_barred');
    expect(await refusalOf(request(bruno, 'raven'))).toBe('fine');
    await change({ quota: 20 });
    clock.time += 14 * DAY;
    expect(await isUsable(alix, wren.id)).toBe(false);
    // Only from the profile it was decided about, by its own id.
    expect(await decide((tx) => moderated.liftBar(tx, heron.id, 'other'))).toBe(false);
    expect(await decide((tx) => moderated.liftBar(tx, heron.id, 'bar'))).toBe(true);
    expect(await decide((tx) => moderated.liftBar(tx, heron.id, 'bar'))).toBe(false);
    expect(await isUsable(alix, wren.id)).toBe(true);
    expect(await refusalOf(create(alix, 'egret'))).toBe('fine');
  });

  test('that is lifted in time ends nothing when its time comes', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, clock, decide, moderated, ended, later } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    const egret = await create(alix, 'egret');
    await bar(place, heron.id, { noNew: false, others: true });
    await decide((tx) => moderated.liftBar(tx, heron.id, 'bar'));
    expect(later).toHaveLength(2);
    clock.time += 14 * DAY;
    await moderated.ended(wren.id);
    expect(ended).toEqual([]);
    await bar(place, heron.id, { noNew: false, others: true });
    clock.time += 14 * DAY;
    await moderated.ended(egret.id);
    expect(ended).toEqual([egret.id]);
  });

  test('reaches what was asked for and not decided yet, as soon as it is granted', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, request, alix, clock, decide, moderated, change, isUsable, status } = place;
    const heron = await create(alix, 'heron');
    await change({ policy: 'approved', quota: 20 });
    const wren = await request(alix, 'wren');
    await bar(place, heron.id, { noNew: true, others: false });
    expect([...(await times(place)).keys()]).toEqual([wren.id]);
    // Whoever looks after requests sees one as any other.
    expect(await decide((tx) => moderated.approve(tx, wren.id))).toBe(true);
    expect(await status(wren.id)).toBe('active');
    clock.time += 14 * DAY;
    expect(await isUsable(alix, wren.id)).toBe(false);
    expect(await isUsable(alix, heron.id)).toBe(true);
  });

  test('misses no profile that is made at the same moment', async () => {
    const place = await openPlace(ground(), { quota: 100 });
    const { create, alix, profiles, meadow } = place;
    const heron = await create(alix, 'heron');
    const made = await Promise.all([
      ...'abcdefghjk'.split('').map((letter) => refusalOf(create(alix, `bird${letter}`))),
      bar(place, heron.id, { noNew: true, others: true }),
      ...'mnpqrstuvx'.split('').map((letter) => refusalOf(create(alix, `bird${letter}`))),
    ]);
    expect(new Set(made)).toEqual(new Set(made.filter((what) => ['fine', 'new_profiles_barred', true].includes(what))));
    const { profiles: theirs } = await profiles.at(alix, meadow);
    expect(new Set((await times(place)).keys())).toEqual(
      new Set(theirs.map(({ id }) => id).filter((id) => id !== heron.id)),
    );
  });

  test('cannot be walked around by retiring the profile it reached', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, clock, profiles, isUsable, status } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    await bar(place, heron.id, { noNew: true, others: true });
    clock.time += 14 * DAY;
    await profiles.retire(alix, wren.id);
    await profiles.restore(alix, wren.id);
    expect(await status(wren.id)).toBe('active');
    expect(await isUsable(alix, wren.id)).toBe(false);
  });

  test('outlives the profile it was decided about for a year, without naming it', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, alix, decide, moderated, pass, held, isUsable, clock } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    await bar(place, heron.id, { noNew: true, others: true });
    await decide((tx) => moderated.remove(tx, heron.id));
    await pass(31);
    const { bars, profiles } = await held(alix);
    expect(profiles.map(({ id }) => id)).toEqual([wren.id]);
    expect(bars).toMatchObject([{ id: 'bar', noNew: true, endsDay: '2027-12-22' }]);
    expect(JSON.stringify(bars)).not.toContain(heron.id);
    clock.time += 364 * DAY;
    expect(await refusalOf(create(alix, 'egret'))).toBe('new_profiles_barred');
    expect(await isUsable(alix, wren.id)).toBe(false);
    clock.time += DAY;
    expect(await isUsable(alix, wren.id)).toBe(true);
    expect(await refusalOf(create(alix, 'egret'))).toBe('fine');
  });

  test('is theirs to read in their own data, whatever it has reached so far', async () => {
    const place = await openPlace(ground(), { quota: 20 });
    const { create, request, alix, bruno, decide, moderated, change, profiles, meadow } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    await change({ policy: 'approved', quota: 20 });
    const egret = await request(alix, 'egret', true);
    await decide((tx) => moderated.ask(tx, egret.id, 'What for?'));
    await profiles.answer(alix, egret.id, 'For birds.');
    const owl = await request(alix, 'owl');
    await decide((tx) => moderated.refuse(tx, owl.id));
    await decide((tx) => moderated.except(tx, heron.id, { id: 'more', quota: 30 }));
    await bar(place, heron.id, { noNew: true, others: true });
    const [data] = await profiles.heldBy(alix, [meadow.id]);
    expect(data).toMatchObject({ quota: 30, refusedDays: ['2026-11-21'], urgentDay: '2026-11-21' });
    const [decision] = data?.decisions ?? [];
    expect(decision?.noNew).toBe(true);
    expect(new Set(decision?.refused.map(({ name }) => name))).toEqual(new Set(['wren', 'egret']));
    const asked = data?.profiles.find(({ id }) => id === egret.id)?.request;
    expect(asked).toMatchObject({ words: 'please', question: 'What for?', answer: 'For birds.', urgent: true });
    expect(data?.profiles.find(({ id }) => id === wren.id)?.request).toBeUndefined();
    expect(await profiles.heldBy(bruno, [meadow.id])).toEqual([]);
  });
});
