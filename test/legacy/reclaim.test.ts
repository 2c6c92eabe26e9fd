import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import { makeSecondMailboxes } from '../../src/accounts/second-mailbox.ts';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { identityOf } from '../../src/legacy/identity.ts';
import { makeReclaim } from '../../src/legacy/reclaim.ts';
import { HERON, openOldPlace, type OldPlace } from './place.ts';

const DAY = 86_400_000;

/** Takes a name back with the old password. */
const byPassword = ({ reclaim, meadow, network }: OldPlace, accountId: string, name: string, password: string) =>
  reclaim.withPassword(accountId, meadow, { name, password, network });

/** Takes a name back with a code that is asked for and read at the old address. */
async function byCode(place: OldPlace, accountId: string, name: string, address: string, password?: string) {
  const { reclaim, meadow, network } = place;
  await reclaim.sendCode(accountId, meadow, { name, network, language: 'en' });
  return reclaim.withCode(accountId, meadow, { name, code: place.codeTo(address), password, network });
}

onBothEngines('an old name', (ground) => {
  test('is Alix’s again with her old password: name, subject and relay address are those of the import', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron, { name: 'egret' }]);
    const before = await place.old('heron');
    const profile = await byPassword(place, place.alix.id, 'Heron', HERON.password);
    expect(profile).toMatchObject({ name: 'heron', status: 'active', source: 'imported', note: '' });
    expect(profile).toMatchObject(identityOf(before?.secret ?? { seed: '' }));
    expect((await place.profiles.own(place.alix.id, profile.id)).name).toBe('heron');
    expect(place.happened).toEqual([{ applicationId: place.meadow.id, profileId: profile.id, kind: 'imported' }]);
    expect((await place.accounts.timeline.list(place.alix.id))[0]).toMatchObject({
      kind: 'name_taken_back',
      detail: { application: 'Meadow', profile: 'heron' },
    });

    // Password and address are wiped; the name never is free again.
    const after = await place.old('heron');
    expect(after).toMatchObject({ status: 'taken', takenDay: '2026-11-21', tags: [] });
    expect(after?.secret.record).toBeUndefined();
    expect(after?.secret.address).toBeUndefined();
    expect(await place.reclaim.isReserved(place.meadow.id, 'heron')).toBe(false);
    expect(await place.reclaim.isReserved(place.meadow.id, 'EGRET')).toBe(true);
    expect(await place.reclaim.isReserved(place.meadow.id, 'wren')).toBe(false);
    expect(await place.reclaim.hasNames(place.meadow.id)).toBe(true);
    expect(await place.reclaim.hasNames('elsewhere')).toBe(false);
  });

  test('is refused alike for a wrong password, a name nobody had, one without a password, one that is taken', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron, { name: 'egret' }, { name: 'robin', password: 'rain on the sill' }]);
    await byPassword(place, place.bruno.id, 'robin', 'rain on the sill');
    for (const [name, password] of [
      ['heron', 'wrong'],
      ['heron', ''],
      ['nobody', HERON.password],
      ['egret', HERON.password],
      ['robin', 'rain on the sill'],
      ['her\u0000on', HERON.password],
      ['\uD800', HERON.password],
      ['=heron', HERON.password],
      ['', HERON.password],
      ['heron', 'x'.repeat(2000)],
    ] as const) {
      place.clock.time += DAY;
      expect(await refusalOf(byPassword(place, place.alix.id, name, password)), name).toBe('old_name_wrong');
    }
  });

  test('comes back with a code to its address, and the letter says nothing of who asked', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    await place.reclaim.sendCode(place.alix.id, place.meadow, {
      name: 'HERON',
      network: place.network,
      language: 'fr',
    });
    const [letter] = place.letters;
    expect(letter).toMatchObject({ kind: 'old_name_code', to: place.heron.address, language: 'fr' });
    expect(letter?.values).toEqual({
      application: 'Meadow',
      name: 'heron',
      code: expect.stringMatching(/^\d{4} \d{4}$/u) as string,
    });
    const code = place.codeTo(place.heron.address);
    const given = { name: 'heron', code, network: place.network };
    // It is hers alone who asked.
    expect(await refusalOf(place.reclaim.withCode(place.bruno.id, place.meadow, given))).toBe('old_name_wrong');
    const other = { ...given, code: code === '0000 0000' ? '0000 0001' : '0000 0000' };
    expect(await refusalOf(place.reclaim.withCode(place.alix.id, place.meadow, other))).toBe('old_name_wrong');
    expect((await place.reclaim.withCode(place.alix.id, place.meadow, given)).name).toBe('heron');
  });

  test('has a code for half an hour, and the newest one alone', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const ask = () =>
      place.reclaim.sendCode(place.alix.id, place.meadow, { name: 'heron', network: place.network, language: 'en' });
    await ask();
    const first = place.codeTo(place.heron.address);
    await ask();
    const second = place.codeTo(place.heron.address);
    const given = (code: string) => ({ name: 'heron', code, network: place.network });
    if (first !== second)
      expect(await refusalOf(place.reclaim.withCode(place.alix.id, place.meadow, given(first)))).toBe('old_name_wrong');
    place.clock.time += 31 * 60_000;
    expect(await refusalOf(place.reclaim.withCode(place.alix.id, place.meadow, given(second)))).toBe('old_name_wrong');
  });

  test('sends no code for a name without an address, nobody’s, or one that is taken, and says nothing of it', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron, { name: 'egret', password: 'rain on the sill' }]);
    await byPassword(place, place.bruno.id, 'heron', HERON.password);
    for (const name of ['egret', 'nobody', 'heron']) {
      const asked = { name, network: place.network, language: 'en' as const };
      expect(await refusalOf(place.reclaim.sendCode(place.alix.id, place.meadow, asked))).toBe('fine');
    }
    expect(place.letters).toEqual([]);
  });

  test('is offered to the account whose proven mailbox its confirmed address is, and to nobody else', async () => {
    const place = await openOldPlace(ground());
    const [local = '', domain = ''] = (place.alix.mailbox ?? '').split('@');
    await place.importNames([
      { name: 'heron', address: `${local.toUpperCase()}@${domain.toUpperCase()}` },
      { name: 'heron-art', address: `${local}@${domain}` },
      { name: 'egret', address: `${local}@${domain}`, confirmed: false },
      { name: 'tagged', address: `${local}+meadow@${domain}` },
      { name: 'robin', address: 'robin@old.example' },
    ]);
    const offers = await place.reclaim.offers(place.alix.id, place.meadow);
    expect(offers.map(({ name }) => name)).toEqual(['heron', 'heron-art']);
    expect(await place.reclaim.offers(place.bruno.id, place.meadow)).toEqual([]);
    const other = await place.applications.add({ ...place.meadow, name: 'Elsewhere' });
    expect(await place.reclaim.offersAt(place.alix.id, [other])).toEqual([]);
    expect(await place.reclaim.offersAt(place.alix.id, [other, place.meadow])).toHaveLength(2);
    const network = { network: place.network };
    for (const name of ['egret', 'tagged', 'robin', 'HERON-ART'])
      expect(await refusalOf(place.reclaim.withOffer(place.alix.id, place.meadow, { name, ...network }))).toBe(
        'old_name_wrong',
      );
    const heron = await place.reclaim.withOffer(place.alix.id, place.meadow, { name: 'heron', ...network });
    expect(heron).toMatchObject({ name: 'heron', source: 'imported' });
    expect((await place.reclaim.offers(place.alix.id, place.meadow)).map(({ name }) => name)).toEqual(['heron-art']);
  });

  test('is offered for the second mailbox as for the first', async () => {
    const place = await openOldPlace(ground());
    const second = `second.${place.alix.loginName}@home.example`;
    await place.importNames([{ name: 'heron', address: second }]);
    expect(await place.reclaim.offers(place.alix.id, place.meadow)).toEqual([]);
    const credentials = makeCredentials({ ...ground(), now: () => place.clock.time });
    const seconds = makeSecondMailboxes({ ...ground(), now: () => place.clock.time, credentials });
    await place.storage.write((tx) => seconds.put(tx, place.alix.id, second));
    expect(await place.reclaim.offers(place.alix.id, place.meadow)).toHaveLength(1);
  });

  test('A54: is not offered to who registers its address without proving it, nor to an account that is suspended', async () => {
    const place = await openOldPlace(ground());
    const address = `${place.alix.loginName}@owned.example`;
    await place.importNames([{ name: 'heron', address }]);
    const thief = await place.accounts.add({
      loginName: `t${place.alix.loginName}`,
      password: 'a lantern under the bridge',
      mailbox: address,
      mailboxVerified: false,
      language: 'en',
    });
    expect(await place.reclaim.offers(thief.id, place.meadow)).toEqual([]);
    const wanted = { name: 'heron', network: place.network };
    expect(await refusalOf(place.reclaim.withOffer(thief.id, place.meadow, wanted))).toBe('old_name_wrong');
    await place.accounts.markMailboxVerified(thief.id, address);
    expect(await place.reclaim.offers(thief.id, place.meadow)).toHaveLength(1);
    await place.accounts.suspend(thief.id);
    expect(await place.reclaim.offers(thief.id, place.meadow)).toEqual([]);
  });

  test('goes to no account that is suspended, whatever it proves, nor by a link that it was handed', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron, { name: 'egret' }]);
    const { reclaim, accounts, alix, meadow, network } = place;
    await reclaim.sendCode(alix.id, meadow, { name: 'heron', network, language: 'en' });
    const code = place.codeTo(place.heron.address);
    const link = await reclaim.makeLink(meadow.id, 'egret');
    await accounts.suspend(alix.id);
    const suspended = 'account_suspended';
    expect(await refusalOf(byPassword(place, alix.id, 'heron', HERON.password))).toBe(suspended);
    expect(await refusalOf(reclaim.withCode(alix.id, meadow, { name: 'heron', code, network }))).toBe(suspended);
    expect(await refusalOf(reclaim.withLink(alix.id, link))).toBe(suspended);
    expect([(await place.old('heron'))?.status, (await place.old('egret'))?.status]).toEqual(['free', 'free']);
  });

  test('that had a second factor asks for the password and for the address, whichever comes first', async () => {
    const place = await openOldPlace(ground());
    const strong = { ...place.heron, secondFactor: true };
    const mine = { ...strong, name: 'egret', address: place.alix.mailbox ?? '' };
    await place.importNames([strong, mine, { ...strong, name: 'wren' }]);
    const { reclaim, alix, meadow, network } = place;
    expect(await refusalOf(byPassword(place, alix.id, 'heron', 'wrong'))).toBe('old_name_wrong');
    expect(await refusalOf(byPassword(place, alix.id, 'heron', HERON.password))).toBe('old_name_second_factor');
    expect(await refusalOf(byCode(place, alix.id, 'heron', place.heron.address))).toBe('old_name_second_factor');
    expect(await refusalOf(byCode(place, alix.id, 'heron', place.heron.address, 'wrong'))).toBe('old_name_wrong');
    expect((await byCode(place, alix.id, 'heron', place.heron.address, HERON.password)).name).toBe('heron');

    // Where the mailbox says that the address is hers, the password is enough, and needed.
    expect(await reclaim.offers(alix.id, meadow)).toEqual([
      { applicationId: meadow.id, name: 'egret', needsPassword: true },
    ]);
    for (const password of [undefined, '', 'wrong'])
      expect(await refusalOf(reclaim.withOffer(alix.id, meadow, { name: 'egret', password, network }))).toBe(
        'old_name_wrong',
      );
    const given = { name: 'egret', password: HERON.password, network };
    expect((await reclaim.withOffer(alix.id, meadow, given)).name).toBe('egret');
    expect(await refusalOf(byPassword(place, place.bruno.id, 'wren', HERON.password))).toBe('old_name_second_factor');
  });

  test('that was suspended is blocked until a moderator takes that back, whoever proves it', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([{ ...place.heron, disabled: true }]);
    const profile = await byPassword(place, place.alix.id, 'heron', HERON.password);
    expect(profile.status).toBe('blocked');
    expect(await place.profiles.usable(place.alix.id, profile.id)).toBeUndefined();
    const [, block] = place.happened;
    expect(block).toEqual({
      id: profile.standing.blocked?.id,
      applicationId: place.meadow.id,
      profileId: profile.id,
      kind: 'suspended_before',
    });
    await place.storage.write((tx) => place.profiles.moderated.unblock(tx, profile.id));
    expect((await place.profiles.usable(place.alix.id, profile.id))?.status).toBe('active');
  });

  test('comes back under every policy, where nobody may create a profile, and while names are awaited', async () => {
    for (const rules of [
      { policy: 'closed' },
      { policy: 'invited' },
      { policy: 'approved' },
      { policy: 'account-name' },
      { policy: 'open', quota: 0 },
      { policy: 'open', people: 'awaited' },
    ] as const) {
      const place = await openOldPlace(ground(), rules);
      await place.importNames([place.heron]);
      await place.change(rules);
      const profile = await byPassword(place, place.alix.id, 'heron', HERON.password);
      expect(profile.status, JSON.stringify(rules)).toBe('active');
    }
  });

  test('counts in the quota or not, as the application says, also after it is deleted and wiped', async () => {
    const place = await openOldPlace(ground(), { quota: 1 });
    await place.importNames([place.heron, { ...place.heron, name: 'egret' }]);
    const { alix, profiles } = place;
    const wren = { name: 'wren', note: '' };
    const heron = await byPassword(place, alix.id, 'heron', HERON.password);
    expect(await refusalOf(byPassword(place, alix.id, 'egret', HERON.password))).toBe('quota_full limit=1');
    expect((await place.old('egret'))?.status).toBe('free');
    expect(await refusalOf(profiles.create(alix.id, place.meadow, wren))).toBe('quota_full limit=1');

    const free = await place.change({ oldNames: { count: false, sendAddress: false } });
    await byPassword(place, alix.id, 'egret', HERON.password);
    expect((await profiles.at(alix.id, free)).used).toBe(0);
    expect(await refusalOf(profiles.create(alix.id, free, wren))).toBe('fine');
    expect((await profiles.at(alix.id, free)).used).toBe(1);
    await profiles.retire(alix.id, heron.id);
    for (const days of [31, 31]) {
      place.clock.time += days * DAY;
      await profiles.sweep();
    }
    expect((await place.row(heron.id))?.ownerSealed).toBeNull();
    expect((await profiles.at(alix.id, free)).used).toBe(1);
    // Where they count, one that is wiped counts like any other until its 90 days are over.
    const counted = await place.change({ oldNames: { count: true, sendAddress: false } });
    expect((await profiles.at(alix.id, counted)).used).toBe(3);
    place.clock.time += 61 * DAY;
    expect((await profiles.at(alix.id, counted)).used).toBe(2);
  });

  test('stays away from somebody who may have no new profile there', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const wren = await place.profiles.create(place.alix.id, place.meadow, { name: 'wren', note: '' });
    await place.storage.write((tx) =>
      place.profiles.moderated.bar(tx, wren.id, { id: 'bar', noNew: true, others: false }),
    );
    expect(await refusalOf(byPassword(place, place.alix.id, 'heron', HERON.password))).toBe('new_profiles_barred');
    expect((await place.old('heron'))?.status).toBe('free');
  });

  test('is never free again: not when its profile is retired, deleted, wiped, nor when its account is gone', async () => {
    const place = await openOldPlace(ground());
    await place.importNames([place.heron]);
    const heron = await byPassword(place, place.alix.id, 'heron', HERON.password);
    await place.profiles.retire(place.alix.id, heron.id);
    const tries = async () => {
      place.clock.time += DAY;
      expect(await refusalOf(byPassword(place, place.bruno.id, 'heron', HERON.password))).toBe('old_name_wrong');
      const wanted = { name: 'heron', note: '' };
      expect(await refusalOf(place.profiles.create(place.bruno.id, place.meadow, wanted))).toBe('name_taken');
      expect(await refusalOf(place.reclaim.makeLink(place.meadow.id, 'heron'))).toBe('old_name_unknown');
      expect((await place.old('heron'))?.status).toBe('taken');
    };
    await tries();
    for (const days of [31, 31]) {
      place.clock.time += days * DAY;
      await place.profiles.sweep();
      await tries();
    }
    expect((await place.row(heron.id))?.ownerSealed).toBeNull();
    // The same table once more: it is there already.
    await place.importNames([place.heron]);
    await tries();
  }, 60_000);

  test('that another differs from by its case alone is told apart where the application does', async () => {
    const place = await openOldPlace(ground());
    await place.importNames(
      [
        { name: 'Heron', password: 'kingfisher by the weir' },
        { name: 'heron', password: 'rain on the sill' },
      ],
      place.meadow,
      'pixelfed',
    );
    const { alix, bruno } = place;
    expect(await refusalOf(byPassword(place, bruno.id, 'heron', 'kingfisher by the weir'))).toBe('old_name_wrong');
    const small = await byPassword(place, bruno.id, 'heron', 'rain on the sill');
    const great = await byPassword(place, alix.id, 'Heron', 'kingfisher by the weir');
    expect([small.name, great.name]).toEqual(['heron', 'Heron']);
    expect(small.subject).not.toBe(great.subject);
    const found = await place.profiles.search(place.meadow.id, { text: 'heron', limit: 10 });
    expect(found.map(({ name }) => name).toSorted()).toEqual(['Heron', 'heron']);
  });

  test('has a code that is none of the name which its case alone tells from it', async () => {
    const place = await openOldPlace(ground());
    const names = [
      { name: 'Heron', address: place.heron.address },
      { name: 'heron', address: 'somebody.else@old.example' },
    ];
    await place.importNames(names, place.meadow, 'pixelfed');
    const { reclaim, meadow, alix, network } = place;
    await reclaim.sendCode(alix.id, meadow, { name: 'Heron', network, language: 'en' });
    const code = place.codeTo(place.heron.address);
    expect(await refusalOf(reclaim.withCode(alix.id, meadow, { name: 'heron', code, network }))).toBe('old_name_wrong');
    expect((await reclaim.withCode(alix.id, meadow, { name: 'Heron', code, network })).name).toBe('Heron');
  });

  test('that several differ from by their case is shown to moderators once, page by page, and so are those behind', async () => {
    const place = await openOldPlace(ground(), { quota: 0 });
    const names = ['Heron', 'HERON', 'heron', 'hErOn', 'Heron2', 'heronry'];
    await place.importNames(
      names.map((name) => ({ name, password: `${name} of the weir` })),
      place.meadow,
      'pixelfed',
    );
    for (const name of names) await byPassword(place, place.alix.id, name, `${name} of the weir`);
    for (const limit of [1, 2, 4]) {
      const shown: string[] = [];
      for (let page = 0; page < names.length; page += 1) {
        const after = shown.at(-1);
        const found = await place.profiles.search(place.meadow.id, { text: 'heron', after, limit });
        shown.push(...found.map(({ name }) => name));
        if (found.length < limit) break;
      }
      expect(shown.toSorted(), String(limit)).toEqual(names.toSorted());
    }
  });

  test('is forgotten or undone while a code and a link are open: neither opens anything any more', async () => {
    const place = await openOldPlace(ground());
    const batch = await place.importNames([place.heron, { name: 'egret', address: 'egret@old.example' }]);
    const { reclaim, alix, meadow, network } = place;
    await reclaim.sendCode(alix.id, meadow, { name: 'heron', network, language: 'en' });
    const code = place.codeTo(place.heron.address);
    const link = await reclaim.makeLink(meadow.id, 'egret');
    await place.legacy.batches.forget(batch);
    expect(await refusalOf(reclaim.withCode(alix.id, meadow, { name: 'heron', code, network }))).toBe('old_name_wrong');
    expect(await refusalOf(byPassword(place, alix.id, 'heron', HERON.password))).toBe('old_name_wrong');
    // Who lost both has an administrator: that is what stays of a name that is forgotten.
    expect(await reclaim.seeLink(link)).toEqual({ applicationId: meadow.id, name: 'egret' });
    await place.legacy.batches.undo(batch, { reverseRun: true });
    expect(await reclaim.seeLink(link)).toBeUndefined();
    expect(await refusalOf(reclaim.withLink(alix.id, link))).toBe('link_gone');
    // Imported anew, they are other names.
    await place.importNames([place.heron, { name: 'egret' }]);
    expect(await refusalOf(reclaim.withLink(alix.id, link))).toBe('link_gone');
    expect(await refusalOf(reclaim.withCode(alix.id, meadow, { name: 'heron', code, network }))).toBe('old_name_wrong');
  });

  test('is forgotten or undone in the very moment in which it is proven: nobody receives it', async () => {
    const place = await openOldPlace(ground());
    const { alix, legacy, meadow, network, storage } = place;
    const { legacyBatch } = storage.tables;
    /** Takes names back, while something else happens in the time that comparing a password takes. */
    const meanwhile = (happens: () => Promise<unknown>) =>
      makeReclaim({
        ...legacy.needs,
        batches: legacy.batches,
        passwords: {
          async verify() {
            await happens();
            return true;
          },
          waste: async () => false,
        },
      });
    const strong = { ...place.heron, secondFactor: true };
    const mine = { ...strong, name: 'egret', address: alix.mailbox ?? '' };
    const old = [place.heron, { ...strong, name: 'wren' }, mine];
    let batch = await place.importNames(old);
    const given = { ...HERON, network };
    const tried = (happens: () => Promise<unknown>) =>
      refusalOf(meanwhile(happens).withPassword(alix.id, meadow, given));
    async function comesAnew(): Promise<void> {
      await legacy.batches.undo(batch, { reverseRun: true });
      batch = await place.importNames(old);
    }
    expect(await tried(comesAnew)).toBe('old_name_wrong');
    // Whoever undoes it died, and its names are there still.
    const half = () =>
      storage.write((tx) => tx.update(legacyBatch).set({ status: 'undone' }).where(eq(legacyBatch.id, batch)));
    expect(await tried(half)).toBe('old_name_wrong');
    batch = await place.importNames(old);

    await place.reclaim.sendCode(alix.id, meadow, { name: 'wren', network, language: 'en' });
    const code = place.codeTo(place.heron.address);
    let go = (): void => undefined;
    const forgotten = new Promise<void>((done) => {
      go = done;
    });
    let waiting = 0;
    const late = meanwhile(() => {
      waiting += 1;
      return forgotten;
    });
    const all = [
      late.withPassword(alix.id, meadow, given),
      late.withCode(alix.id, meadow, { ...given, name: 'wren', code }),
      late.withOffer(alix.id, meadow, { ...given, name: 'egret' }),
    ].map(refusalOf);
    await expect.poll(() => waiting).toBe(3);
    await legacy.batches.forget(batch);
    go();
    expect(await Promise.all(all)).toEqual(['old_name_wrong', 'old_name_wrong', 'old_name_wrong']);
  });
});
