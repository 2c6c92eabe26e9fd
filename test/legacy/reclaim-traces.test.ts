import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { makeLegacy } from '../../src/legacy/legacy.ts';
import { onBothEngines } from '../engines.ts';
import { findCrossings, findExactTimes, findPaths, sizesOf, steal } from '../promises/stolen.ts';
import { HERON, openOldPlace } from './place.ts';

const DAY = 86_400_000;
const network = '192.0.2.9';

onBothEngines('a thief of the tables and a moderator learn nothing of who takes which old name back', (ground) => {
  test('P2: no row of an old name leads to an account or to another name, before and after, with codes and links open', async () => {
    const place = await openOldPlace(ground());
    const { reclaim, alix, bruno, meadow } = place;
    const mine = alix.mailbox ?? '';
    await place.importNames([
      { name: 'heron-of-the-lake', password: HERON.password, address: mine },
      { name: 'egret-of-the-lake', address: mine },
      { name: 'robin-of-the-lake', address: mine },
      { name: 'raven-of-the-lake', address: bruno.mailbox ?? '' },
      { ...place.heron, name: 'swan-of-the-lake' },
    ]);
    await reclaim.withOffer(alix.id, meadow, { name: 'egret-of-the-lake', network });
    await reclaim.withPassword(alix.id, meadow, { name: 'heron-of-the-lake', password: HERON.password, network });
    await reclaim.withOffer(bruno.id, meadow, { name: 'raven-of-the-lake', network });
    for (const { id } of [alix, bruno])
      await reclaim.sendCode(id, meadow, { name: 'swan-of-the-lake', network, language: 'en' });
    await reclaim.makeLink(meadow.id, 'swan-of-the-lake', bruno.id);
    await refusalOf(reclaim.withPassword(alix.id, meadow, { name: 'swan-of-the-lake', password: 'x', network }));

    const copy = await steal(ground().storage);
    expect(copy.filter(({ table }) => table === 'legacyProfile')).toHaveLength(5);
    expect(findPaths(copy)).toEqual([]);
    expect(findCrossings(copy)).toEqual([]);
    expect(findExactTimes(copy)).toEqual([]);
    expect(sizesOf(copy, 'legacyProfile', 'sealed').length).toBeLessThanOrEqual(2);
    // What is hashed of who wants what cannot be guessed without our keys: ids that stand in the tables find no row.
    const hashes = copy.filter(({ table }) => table === 'transient').map(({ values }) => String(values['idHash']));
    expect(hashes.length).toBeGreaterThanOrEqual(4);
    // Whoever has the keys as well reads nothing of an account in the row of a name.
    for (const name of ['heron-of-the-lake', 'egret-of-the-lake', 'swan-of-the-lake']) {
      const secret = JSON.stringify((await place.old(name))?.secret);
      for (const trace of [alix.id, bruno.id, alix.loginName, mine]) expect(secret).not.toContain(trace);
    }
  });

  test('P1: two names of one person and those of two leave the same in what moderators see', async () => {
    const place = await openOldPlace(ground());
    const { reclaim, alix, bruno, meadow, profiles } = place;
    await place.importNames([
      { name: 'heron', address: alix.mailbox ?? '' },
      { name: 'egret', password: HERON.password },
      { name: 'raven', address: bruno.mailbox ?? '' },
    ]);
    const heron = await reclaim.withOffer(alix.id, meadow, { name: 'heron', network });
    const egret = await reclaim.withPassword(alix.id, meadow, { name: 'egret', password: HERON.password, network });
    const raven = await reclaim.withOffer(bruno.id, meadow, { name: 'raven', network });
    const seen = await Promise.all([heron, egret, raven].map(({ id }) => profiles.seen(meadow.id, id)));
    const nameless = seen.map((one) => ({ ...one, id: '', name: '' }));
    expect(nameless[0]).toEqual({
      id: '',
      name: '',
      applicationId: meadow.id,
      status: 'active',
      source: 'imported',
      createdDay: '2026-11-21',
      standing: { warnings: [] },
    });
    expect(nameless[1]).toEqual(nameless[0]);
    expect(nameless[2]).toEqual(nameless[0]);
    expect(place.happened.map(({ kind, detail, words }) => [kind, detail, words])).toEqual(
      Array.from({ length: 3 }, () => ['imported', undefined, undefined]),
    );
    const values = [heron, egret, raven].map((one) => [one.id, one.subject, one.aliasLocal]);
    expect(new Set(values.flat()).size).toBe(9);
  });

  test('hands a link to whoever lost both, once, for three days, worth what its maker is, and not to its maker', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([{ name: 'heron' }, { ...place.heron, name: 'egret', secondFactor: true, disabled: true }]);
    const { reclaim, accounts, alix, bruno, meadow } = place;
    const administrator = { password: 'nine winters by the mill', language: 'en', administrator: true } as const;
    const odile = await accounts.add({ ...administrator, loginName: `odile${alix.loginName}` });
    await accounts.add({ ...administrator, loginName: `firmin${alix.loginName}` });
    expect(await refusalOf(reclaim.makeLink(meadow.id, 'nobody', odile.id))).toBe('old_name_unknown');
    const first = await reclaim.makeLink(meadow.id, 'Heron', odile.id);
    const second = await reclaim.makeLink(meadow.id, 'heron', odile.id);
    expect(await reclaim.seeLink(first)).toBeUndefined();
    expect(await reclaim.seeLink(second)).toEqual({ applicationId: meadow.id, name: 'heron' });
    for (const wrong of ['', 'x', '\u0000', first, alix.id])
      expect(await refusalOf(reclaim.withLink(alix.id, wrong))).toBe('link_gone');
    expect(await refusalOf(reclaim.withLink(odile.id, second))).toBe('own_profile');

    await accounts.suspend(odile.id);
    expect(await refusalOf(reclaim.withLink(alix.id, second))).toBe('link_gone');
    await accounts.reinstate(odile.id);
    expect(await reclaim.seeLink(second)).toEqual({ applicationId: meadow.id, name: 'heron' });
    await accounts.setRole(odile.id, 'person');
    expect(await reclaim.seeLink(second)).toBeUndefined();
    expect(await refusalOf(reclaim.withLink(alix.id, second))).toBe('link_gone');
    const own = await reclaim.makeLink(meadow.id, 'heron');
    expect((await reclaim.withLink(alix.id, own)).name).toBe('heron');
    expect(await refusalOf(reclaim.withLink(bruno.id, own))).toBe('link_gone');

    // It stands for password and code, and not for a moderator's yes.
    const late = await reclaim.makeLink(meadow.id, 'egret');
    place.clock.time += 3 * DAY;
    expect(await reclaim.seeLink(late)).toBeUndefined();
    const fresh = await reclaim.makeLink(meadow.id, 'egret');
    expect((await reclaim.withLink(bruno.id, fresh)).status).toBe('blocked');
  });

  test('asks once whether the address may be replaced, where the application can be told another one', async () => {
    const place = await openOldPlace(ground());
    const { reclaim, alix, bruno, meadow } = place;
    await place.importNames([{ name: 'heron', address: alix.mailbox ?? '' }], meadow, 'mastodon');
    await place.importNames([{ name: 'egret', address: alix.mailbox ?? '' }]);
    const heron = await reclaim.withOffer(alix.id, meadow, { name: 'heron', network });
    const egret = await reclaim.withOffer(alix.id, meadow, { name: 'egret', network });
    const wren = await place.profiles.create(alix.id, meadow, { name: 'wren', note: '' });
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(true);
    expect(await reclaim.asksToMove(alix.id, egret.id)).toBe(false);
    expect(await reclaim.asksToMove(alix.id, wren.id)).toBe(false);
    // What is sent to a relay address where none of it arrives would be lost.
    const without = makeLegacy({ ...place.legacy.needs, hasRelay: false });
    expect(await without.reclaim.asksToMove(alix.id, heron.id)).toBe(false);
    await place.change({ email: 'none' });
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(false);
    await place.change({ email: 'alias' });
    expect(await refusalOf(reclaim.agreeToMove(bruno.id, heron.id, true))).toBe('profile_unavailable');
    expect(await refusalOf(reclaim.agreeToMove(alix.id, wren.id, true))).toBe('profile_unavailable');
    await reclaim.agreeToMove(alix.id, heron.id, true);
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(false);
    expect((await place.old('heron'))?.secret).toMatchObject({ moves: true, asksToMove: false });
    await reclaim.agreeToMove(alix.id, heron.id, false);
    expect((await place.old('heron'))?.secret.moves).toBe(false);
    // A moderator's new name is none that the application's table has.
    await place.storage.write((tx) => place.profiles.moderated.rename(tx, heron.id, 'decision', 'stork'));
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(false);
  });

  test('asks the same, and knows what is kept, where a moderator or its owner gave the profile another name', async () => {
    const place = await openOldPlace(ground());
    const { reclaim, alix, meadow, profiles, storage } = place;
    const address = alix.mailbox ?? '';
    await place.importNames(
      [{ name: 'Heron', address }, { name: 'egret', address }, { name: 'stork' }],
      meadow,
      'mastodon',
    );
    const heron = await reclaim.withOffer(alix.id, meadow, { name: 'Heron', network });
    const egret = await reclaim.withOffer(alix.id, meadow, { name: 'egret', network });
    await storage.write((tx) => profiles.moderated.rename(tx, heron.id, 'decision', 'crane'));
    await storage.write((tx) => profiles.moderated.rename(tx, heron.id, 'decision', 'curlew'));
    await storage.write((tx) => profiles.moderated.rename(tx, egret.id, 'decision'));
    await profiles.chooseName(alix.id, egret.id, 'ibis');
    for (const { id } of [heron, egret]) {
      const own = await profiles.own(alix.id, id);
      expect(await reclaim.asksToMove(alix.id, id)).toBe(true);
      expect(await reclaim.keptOf(own)).toMatchObject({ name: id === heron.id ? 'Heron' : 'egret', moves: false });
      await reclaim.agreeToMove(alix.id, id, true);
      expect(await reclaim.asksToMove(alix.id, id)).toBe(false);
      expect(await reclaim.keptOf(own)).toMatchObject({ moves: true });
    }
    expect([(await place.old('heron'))?.secret.moves, (await place.old('egret'))?.secret.moves]).toEqual([true, true]);
    // Moderators, too, see the new name alone.
    expect(JSON.stringify(await profiles.seen(meadow.id, heron.id))).not.toMatch(/heron/iu);
  });

  test('does not ask whether a profile’s address may be used where no mail to it arrives any more', async () => {
    const place = await openOldPlace(ground());
    const { reclaim, alix, meadow, profiles } = place;
    await place.importNames([{ name: 'heron', address: alix.mailbox ?? '' }], meadow, 'mastodon');
    const heron = await reclaim.withOffer(alix.id, meadow, { name: 'heron', network });
    await profiles.retire(alix.id, heron.id);
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(false);
    await profiles.restore(alix.id, heron.id);
    expect(await reclaim.asksToMove(alix.id, heron.id)).toBe(true);
  });
});
