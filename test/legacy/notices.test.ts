import { eq } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import type { Letter } from '../../src/accounts/accounts.ts';
import { makeNoticeStore } from '../../src/legacy/notice-store.ts';
import { makeNotices } from '../../src/legacy/notices.ts';
import { makeLog } from '../../src/log.ts';
import { setQuiet } from '../../src/storage/quiet.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace, type OldPlace } from './place.ts';

const MINUTE = 60_000;

onBothEngines('letters to old addresses', (ground) => {
  let place: OldPlace;
  const sent: Letter[] = [];

  /** One node. */
  const node = (waiting = 0, hasMail = true) =>
    makeNotices({
      applications: place.applications,
      log: makeLog('silent'),
      now: () => place.clock.time,
      post: async (_tx, letter) => void sent.push(letter),
      hasMail,
      lettersWaiting: async () => waiting,
      seals: place.seals,
      storage: place.storage,
    });

  const wish = { size: 2, pause: 10, language: 'en' } as const;
  const addresses = (): string[] => sent.map(({ to }) => to).toSorted();
  const stopOf = (to: string): string => {
    const letter = sent.find((one) => one.to === to);
    return letter?.kind === 'old_name_notice' ? letter.values.stop : '';
  };

  /** Has everything that is due leave, as time goes by. */
  async function all(notices: ReturnType<typeof node>): Promise<void> {
    for (let round = 0; (await notices.state(place.meadow.id)).state === 'running' && round < 30; round += 1) {
      await notices.run();
      place.clock.time += 10 * MINUTE;
    }
  }

  beforeEach(async () => {
    place = await openOldPlace(ground());
    sent.length = 0;
  });

  test('leave a few at a time, each address once, however many names it has', async () => {
    await place.importNames([
      { name: 'heron', address: 'a@old.example' },
      { name: 'egret', address: 'A@Old.example', confirmed: false },
      { name: 'crake', address: 'b@old.example' },
      { name: 'rail', address: 'c@old.example' },
      { name: 'snipe' },
    ]);
    const notices = node();
    await notices.run();
    expect(sent).toEqual([]);
    await notices.begin(place.meadow.id, wish);
    await notices.run();
    const first = sent.length;
    expect([first, first <= 2]).toEqual([first, true]);
    // Not before its pause is over.
    await notices.run();
    expect(sent).toHaveLength(first);
    await all(notices);
    expect(sent.map(({ to }) => to.toLowerCase()).toSorted()).toEqual([
      'a@old.example',
      'b@old.example',
      'c@old.example',
    ]);
    expect(sent.every(({ kind, language }) => kind === 'old_name_notice' && language === 'en')).toBe(true);
    expect(await notices.state(place.meadow.id)).toMatchObject({ state: 'done', sent: 3, seen: 5, free: 5, round: 1 });
  });

  test('P2: leave their traces in another order than that of the names, or the nth of these would be the nth name’s', async () => {
    const names = Array.from({ length: 20 }, (_, nth) => String.fromCharCode(97 + nth));
    await place.importNames(names.map((name) => ({ name: `${name}-bird`, address: `${name}@old.example` })));
    const notices = node();
    await notices.begin(place.meadow.id, { ...wish, size: 50 });
    await all(notices);
    expect(addresses()).toHaveLength(20);
    // As they lie in the table.
    const { legacyTold } = place.storage.tables;
    const rows = await place.storage.read
      .select({ tag: legacyTold.addressTag })
      .from(legacyTold)
      .where(eq(legacyTold.applicationId, place.meadow.id));
    const tags = rows.map(({ tag }) => tag);
    expect(tags).toEqual(tags.toSorted());
  });

  test('go to nobody for an import that was undone halfway, and no code does; undone again, nothing is left', async () => {
    const { storage, meadow } = place;
    const { legacyBatch } = storage.tables;
    const batch = await place.importNames([{ name: 'heron', address: 'a@old.example' }]);
    await place.importNames([{ name: 'crake', address: 'b@old.example' }]);
    // As it is where whoever undid it died before the first row was removed.
    await storage.write((tx) => tx.update(legacyBatch).set({ status: 'undone' }).where(eq(legacyBatch.id, batch)));
    const notices = node();
    await notices.begin(meadow.id, wish);
    await all(notices);
    expect(addresses()).toEqual(['b@old.example']);
    const asked = { network: place.network, language: 'en' } as const;
    for (const name of ['heron', 'crake']) await place.reclaim.sendCode(place.bruno.id, meadow, { ...asked, name });
    expect([place.codeTo('a@old.example'), place.codeTo('b@old.example')]).toEqual(['', expect.stringMatching(/\d/u)]);
    await place.legacy.batches.undo(batch, { reverseRun: true });
    expect([await place.old('heron'), (await place.old('crake'))?.status]).toEqual([undefined, 'free']);
  });

  test('come no more to who stopped them or whose host refused them, from any batch, in any round', async () => {
    await place.importNames([
      { name: 'heron', address: 'a@old.example' },
      { name: 'crake', address: 'b@old.example' },
      { name: 'rail', address: 'c@old.example' },
    ]);
    const notices = node();
    await notices.begin(place.meadow.id, { ...wish, size: 50 });
    await all(notices);
    const [a, b] = [stopOf('a@old.example'), stopOf('b@old.example')];
    expect(await notices.about(a)).toEqual({ applicationId: place.meadow.id, name: 'Meadow' });
    expect(await notices.unsubscribe(a)).toBe(true);
    expect(await notices.unsubscribe(a)).toBe(true);
    await notices.refused(b);
    await notices.refused(a);
    sent.length = 0;
    await place.importNames([
      { name: 'egret', address: 'A@OLD.example' },
      { name: 'snipe', address: 'd@old.example' },
    ]);
    await notices.begin(place.meadow.id, { ...wish, size: 50 });
    await all(notices);
    expect(addresses()).toEqual(['c@old.example', 'd@old.example']);
    expect(await notices.state(place.meadow.id)).toMatchObject({ round: 2, unsubscribed: 1, refused: 1 });
  });

  test('come no more to who stops them in the very moment in which one is written, or before its host refuses it', async () => {
    const { storage, meadow } = place;
    const store = makeNoticeStore({ storage });
    const stateOf = async () =>
      (await storage.read.select().from(storage.tables.legacyTold)).find(({ addressTag }) => addressTag === tag)?.state;
    const tag = `tag of ${meadow.id}`;
    await storage.write((tx) => store.tell(tx, meadow.id, tag, 1));
    await storage.write((tx) => store.stop(tx, meadow.id, tag, 'stopped'));
    await storage.write((tx) => store.tell(tx, meadow.id, tag, 2));
    expect(await stateOf()).toBe('stopped');
    await storage.write((tx) => store.stop(tx, meadow.id, tag, 'refused'));
    expect(await stateOf()).toBe('stopped');
  });

  test('wait while nobody may enter the application they lead to', async () => {
    await place.importNames([{ name: 'heron', address: 'a@old.example' }]);
    const notices = node();
    await place.change({ entry: { kind: 'nobody' } });
    await expect(notices.begin(place.meadow.id, wish)).rejects.toMatchObject({ code: 'notices_shut' });
    await place.change({ entry: { kind: 'everyone' } });
    await notices.begin(place.meadow.id, wish);
    await place.change({ entry: { kind: 'nobody' } });
    await notices.run();
    expect(addresses()).toEqual([]);
    await place.change({ entry: { kind: 'everyone' } });
    await all(notices);
    expect(addresses()).toEqual(['a@old.example']);
  });

  test('go once in a round to all tags of a mailbox, which has them stopped by one press', async () => {
    const tagged = Array.from({ length: 5 }, (_, at) => ({
      name: `heron_${at}`,
      address: `Maud+${at}@old.example`,
      confirmed: at > 2,
    }));
    await place.importNames([...tagged, { name: 'crake', address: 'maud@old.example' }]);
    const notices = node();
    await notices.begin(place.meadow.id, wish);
    await all(notices);
    // The mailbox without a tag is another: strangers could use its letter up by names with tags that lead nowhere.
    expect(addresses()).toEqual(['Maud+0@old.example', 'maud@old.example']);
    expect(await notices.unsubscribe(stopOf('Maud+0@old.example'))).toBe(true);
    sent.length = 0;
    await place.importNames([{ name: 'egret', address: 'maud+later@old.example' }]);
    await notices.begin(place.meadow.id, wish);
    await all(notices);
    expect(addresses()).toEqual(['maud@old.example']);
    expect(await notices.state(place.meadow.id)).toMatchObject({ sent: 1, seen: 7, unsubscribed: 1 });
  });

  test('come no more to who stopped them while addresses stood there by the tag of their first name', async () => {
    const { seals, meadow, storage } = place;
    await place.importNames([
      { name: 'heron', address: 'a@old.example' },
      { name: 'crake', address: 'b@old.example' },
    ]);
    const addressTag = seals.tag('legacy-address', meadow.id, 'a@old.example', '0');
    const row = { addressTag, applicationId: meadow.id, state: 'stopped', round: 1 };
    await storage.write((tx) => tx.insert(storage.tables.legacyTold).values(row));
    const notices = node();
    await notices.begin(meadow.id, wish);
    await all(notices);
    expect(addresses()).toEqual(['b@old.example']);
  });

  test('take no token but their own', async () => {
    await place.importNames([{ name: 'heron', address: 'a@old.example' }]);
    const notices = node();
    await notices.begin(place.meadow.id, wish);
    await notices.run();
    const own = stopOf('a@old.example');
    const [key = '', body = ''] = own.split('.');
    const { seals } = place;
    for (const token of [
      '',
      'x',
      key,
      `${key}.`,
      `${key}.${body.slice(0, -8)}`,
      `${key}.${body.slice(0, 40)}${body[40] === 'x' ? 'y' : 'x'}${body.slice(41)}`,
      `other.${body}`,
      `${key}.${body}.${body}`,
      seals.seal('legacy-task', 'stop', JSON.stringify([place.meadow.id, 'x'])),
      seals.seal('notice-token', 'stop', 'x'),
      `${own}=`,
      `${own}\n`,
    ]) {
      expect([token, await notices.unsubscribe(token), await notices.about(token)]).toEqual([token, false, undefined]);
    }
    expect((await notices.state(place.meadow.id)).unsubscribed).toBe(0);
  });

  test('P2: of who got one a copy of the tables tells nothing about names, not even which share an address', async () => {
    await place.importNames([
      { name: 'heron', address: 'a@old.example' },
      { name: 'egret', address: 'a@old.example' },
      { name: 'crake', address: 'b@old.example' },
    ]);
    const notices = node();
    await notices.begin(place.meadow.id, wish);
    await all(notices);
    await notices.unsubscribe(stopOf('b@old.example'));
    const { read, tables } = place.storage;
    const tagsIn = async (table: typeof tables.legacyTold | typeof tables.legacyAddress) => {
      const rows = await read
        .select({ tag: table.addressTag })
        .from(table)
        .where(eq(table.applicationId, place.meadow.id));
      return rows.map(({ tag }) => tag);
    };
    const [told, tags] = [await tagsIn(tables.legacyTold), await tagsIn(tables.legacyAddress)];
    expect([told.length, tags.length]).toEqual([2, 3]);
    expect(told.filter((tag) => tags.includes(tag))).toEqual([]);
  });

  test('P2: carry nothing that stands in the tables, and each another token', async () => {
    await place.importNames([{ name: 'heron', address: 'a@old.example' }]);
    const notices = node();
    await notices.begin(place.meadow.id, wish);
    await all(notices);
    const first = stopOf('a@old.example');
    sent.length = 0;
    await notices.begin(place.meadow.id, wish);
    await all(notices);
    const second = stopOf('a@old.example');
    expect([first === second, await notices.about(second)]).toEqual([false, await notices.about(first)]);
    const { read, tables } = place.storage;
    const [told, tags] = [await read.select().from(tables.legacyTold), await read.select().from(tables.legacyAddress)];
    const values = [...told, ...tags].flatMap(({ addressTag, applicationId }) => [
      applicationId,
      addressTag,
      ...addressTag.split('.').filter((part) => part.length > 20),
    ]);
    expect(told.length).toBeGreaterThan(0);
    for (const value of values)
      for (const token of [first, second]) {
        expect(token).not.toContain(value);
        expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain(value);
      }
    expect(await notices.unsubscribe(first)).toBe(true);
    expect((await notices.state(place.meadow.id)).unsubscribed).toBe(1);
  });

  test('are sent by one of several nodes', async () => {
    const names = Array.from({ length: 20 }, (_, at) => ({ name: `bird_${at}`, address: `bird${at}@old.example` }));
    await place.importNames(names);
    const nodes = [node(), node(), node()];
    await nodes[0]?.begin(place.meadow.id, { ...wish, size: 5 });
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(nodes.map((one) => one.run()));
      place.clock.time += 10 * MINUTE;
    }
    expect(sent).toHaveLength(20);
    expect(new Set(addresses()).size).toBe(20);
  });

  test('do not go to who has taken their name back, and stop and go on when they are told to', async () => {
    await place.importNames([
      { name: 'crake', address: 'a@old.example' },
      { name: 'heron', address: 'b@old.example' },
      { name: 'rail', address: 'c@old.example' },
    ]);
    const notices = node();
    await notices.begin(place.meadow.id, { ...wish, size: 1 });
    await notices.run();
    await notices.stop(place.meadow.id);
    place.clock.time += 60 * MINUTE;
    await notices.run();
    expect(addresses()).toEqual(['a@old.example']);
    await place.reclaim.withLink(place.bruno.id, await place.reclaim.makeLink(place.meadow.id, 'heron'));
    await notices.begin(place.meadow.id, { ...wish, size: 1 });
    await all(notices);
    expect(addresses()).toEqual(['a@old.example', 'c@old.example']);
    expect(await notices.state(place.meadow.id)).toMatchObject({ state: 'done', round: 1, sent: 2 });
  });

  test('wait while the house is quiet or many letters wait, and are not begun without mail, names or sense', async () => {
    await place.importNames([{ name: 'heron', address: 'a@old.example' }]);
    const notices = node();
    for (const wrong of [
      { size: 0 },
      { size: 501 },
      { size: 1.5 },
      { size: Number.NaN },
      { pause: 0 },
      { pause: 1441 },
    ])
      await expect(notices.begin(place.meadow.id, { ...wish, ...wrong })).rejects.toThrow('notices_number');
    await expect(node(0, false).begin(place.meadow.id, wish)).rejects.toThrow('notices_no_mail');
    const other = await place.applications.add({ ...place.meadow, name: 'Other' });
    await expect(notices.begin(other.id, wish)).rejects.toThrow('notices_nobody');
    await expect(notices.stop(other.id)).rejects.toThrow('notices_changed');
    await notices.begin(place.meadow.id, wish);
    await setQuiet(place.storage, true);
    await notices.run();
    expect(sent).toEqual([]);
    await setQuiet(place.storage, false);
    await node(1001).run();
    expect(sent).toEqual([]);
    await notices.run();
    expect(addresses()).toEqual(['a@old.example']);
  });
});
