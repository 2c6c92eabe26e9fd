import { afterEach, expect, test } from 'vitest';
import { CORRESPONDENTS_MAX, makeCorrespondents } from '../../../src/mail/forward/correspondents.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { makeSeals, randomId } from '../../../src/storage/seal.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { onBothEngines } from '../../engines.ts';
import { leaksIn } from '../outgoing.ts';

const DAY = 86_400_000;
const NOTIFY = { address: 'notify@masto.example', name: 'Masto' };

onBothEngines('those who wrote to a profile', (ground) => {
  const closing: (() => Promise<unknown>)[] = [];
  let time = Date.UTC(2026, 10, 27, 9);
  const now = (): number => time;
  const open = (storage: Storage = ground().storage, seals = ground().seals) =>
    makeCorrespondents({ storage, seals, now });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.correspondent)));
  });

  test('get one random address each, which stays theirs', async () => {
    const correspondents = open();
    const alix = randomId();
    const first = await correspondents.of(alix, NOTIFY);
    expect(first.local).toMatch(/^[a-z0-9]{20}$/u);
    expect(first).toMatchObject({ ...NOTIFY, profileId: alix, isBlocked: false });
    expect(await correspondents.of(alix, { address: 'NOTIFY@Masto.Example', name: '' })).toEqual(first);
    expect(await open().find(first.local)).toEqual(first);
    expect(await open().find(first.local.toUpperCase())).toEqual(first);
    expect((await correspondents.of(alix, { ...NOTIFY, address: 'other@masto.example' })).local).not.toBe(first.local);
  });

  test('are compared by the A-labels of their domain', async () => {
    const correspondents = open();
    const alix = randomId();
    const first = await correspondents.of(alix, { address: 'alerte@hôte.example', name: '' });
    expect(await correspondents.of(alix, { address: 'alerte@xn--hte-kna.example', name: '' })).toEqual(first);
    expect(await correspondents.known(alix, 'ALERTE@HÔTE.example')).toEqual(first);
  });

  test('get another address at each profile, also of one person (G1)', async () => {
    const correspondents = open();
    const one = await correspondents.of(randomId(), NOTIFY);
    const other = await correspondents.of(randomId(), NOTIFY);
    expect(other.local).not.toBe(one.local);
    expect(other.id).not.toBe(one.id);
  });

  test('are found without making any', async () => {
    const correspondents = open();
    const alix = randomId();
    expect(await correspondents.known(alix, NOTIFY.address)).toBeUndefined();
    expect(await correspondents.list(alix)).toEqual([]);
    const made = await correspondents.of(alix, NOTIFY);
    expect(await correspondents.known(alix, NOTIFY.address)).toEqual(made);
    expect(await correspondents.known(randomId(), NOTIFY.address)).toBeUndefined();
  });

  test('are looked up with the same work whether there is one or not', async () => {
    const { storage, seals } = ground();
    const work = { queries: 0, opened: 0 };
    const read = new Proxy(storage.read, {
      get(target, name, receiver) {
        if (name === 'select') work.queries += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const counted = open(
      { ...storage, read },
      {
        ...seals,
        open(...given) {
          work.opened += 1;
          return seals.open(...given);
        },
      },
    );
    const { local } = await open().of(randomId(), NOTIFY);
    await counted.find(local);
    const known = { ...work };
    work.queries = 0;
    work.opened = 0;
    expect(await counted.find('a'.repeat(20))).toBeUndefined();
    expect(work).toEqual(known);
    expect(known).toEqual({ queries: 1, opened: 1 });
  });

  test('have one address also where nodes see them for the first time at once', async () => {
    const another = await openStorage(ground().address, ground().folder);
    closing.push(() => another.close());
    const nodes = [open(), open(another)];
    const alix = randomId();
    const found = await Promise.all(
      Array.from({ length: 10 }, () => nodes.map((node) => node.of(alix, NOTIFY))).flat(),
    );
    expect(new Set(found.map(({ local }) => local)).size).toBe(1);
    expect(await open().list(alix)).toHaveLength(1);
  });

  test('are blocked on all nodes at once, by the owner of the profile alone', async () => {
    const another = await openStorage(ground().address, ground().folder);
    closing.push(() => another.close());
    const [here, there] = [open(), open(another)];
    const [alix, bruno] = [randomId(), randomId()];
    const { id } = await here.of(alix, NOTIFY);
    await there.of(alix, NOTIFY);
    await expect(here.block(bruno, id)).rejects.toMatchObject({ code: 'correspondent_unknown' });
    await here.block(alix, id);
    expect((await there.of(alix, NOTIFY)).isBlocked).toBe(true);
    expect((await there.known(alix, NOTIFY.address))?.isBlocked).toBe(true);
    expect(await there.list(alix)).toMatchObject([{ id, isBlocked: true }]);
    time += 2 * DAY;
    expect((await there.of(alix, NOTIFY)).isBlocked).toBe(true);
    await there.unblock(alix, id);
    expect((await here.of(alix, NOTIFY)).isBlocked).toBe(false);
  });

  test('are noted as having written again once a day, under the name they have then', async () => {
    const correspondents = open();
    const alix = randomId();
    const { seen } = await correspondents.of(alix, NOTIFY);
    time += DAY / 2;
    expect(await correspondents.of(alix, { ...NOTIFY, name: 'Other' })).toMatchObject({ name: 'Masto', seen });
    time += DAY;
    expect(await correspondents.of(alix, { ...NOTIFY, name: 'Other' })).toMatchObject({ name: 'Other', seen: time });
    expect(await correspondents.list(alix)).toMatchObject([{ name: 'Other', seen: time }]);
  });

  test('are a thousand of a profile at most: who wrote longest ago goes, but no one who is blocked', async () => {
    const correspondents = open();
    const [alix, bruno] = [randomId(), randomId()];
    const blocked = await correspondents.of(alix, { address: 'pest@masto.example', name: '' });
    await correspondents.block(alix, blocked.id);
    const oldest = await correspondents.of(alix, { address: 'oldest@masto.example', name: '' });
    const elsewhere = await correspondents.of(bruno, NOTIFY);
    const often = await correspondents.of(alix, NOTIFY);
    for (let index = 3; index < CORRESPONDENTS_MAX; index += 1) {
      time += 1000;
      await correspondents.of(alix, { address: `thread-${index}@masto.example`, name: '' });
    }
    time += 2 * DAY;
    await correspondents.of(alix, NOTIFY);
    expect(await correspondents.list(alix)).toHaveLength(CORRESPONDENTS_MAX);
    const latest = await correspondents.of(alix, { address: 'one-more@masto.example', name: '' });
    const left = await correspondents.list(alix);
    expect(left.length).toBeLessThanOrEqual(CORRESPONDENTS_MAX);
    expect(left.length).toBeGreaterThan(CORRESPONDENTS_MAX - 50);
    const ids = new Set(left.map(({ id }) => id));
    expect([blocked, often, latest].map(({ id }) => ids.has(id))).toEqual([true, true, true]);
    expect(ids.has(oldest.id)).toBe(false);
    expect(await correspondents.find(oldest.local)).toBeUndefined();
    expect(await correspondents.find(elsewhere.local)).toEqual(elsewhere);
    // Whoever comes back gets a new one: the old one leads to nobody for ever.
    const again = await correspondents.of(alix, { address: 'oldest@masto.example', name: '' });
    expect(again.local).not.toBe(oldest.local);
  });

  test('are found and blocked under a master key that was replaced, and move to the new one', async () => {
    const { storage, masterKey } = ground();
    const alix = randomId();
    const before = await open().of(alix, NOTIFY);
    const newKey = Buffer.from(randomId() + randomId()).subarray(0, 32);
    const both = open(storage, makeSeals([newKey, masterKey]));
    expect(await both.of(alix, NOTIFY)).toEqual(before);
    await both.block(alix, before.id);
    const after = open(storage, makeSeals([newKey]));
    expect(await after.list(alix)).toMatchObject([{ id: before.id, isBlocked: true }]);
    expect((await after.of(alix, NOTIFY)).local).toBe(before.local);
  });

  test('stand nowhere in the rows: neither profile, address, name nor local part; rows are of one size', async () => {
    const correspondents = open();
    const alix = randomId();
    const { storage } = ground();
    const short = await correspondents.of(alix, { address: 'alerts@b.example', name: '' });
    const long = await correspondents.of(alix, {
      address: `${'notifications'.repeat(3)}@notifications.masto.example`,
      name: 'Ångström and the notifications of Masto',
    });
    const rows = await storage.read.select().from(storage.tables.correspondent);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(
        leaksIn(JSON.stringify(row), {
          mailboxes: [short.address, long.address],
          ids: [alix, short.local, long.local, 'Ångström'],
        }),
      ).toEqual([]);
    }
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
  });

  test('go with their profile', async () => {
    const correspondents = open();
    const [alix, bruno] = [randomId(), randomId()];
    const gone = await correspondents.of(alix, NOTIFY);
    const stays = await correspondents.of(bruno, NOTIFY);
    await ground().storage.write((tx) => correspondents.forget(tx, alix));
    expect(await correspondents.find(gone.local)).toBeUndefined();
    expect(await correspondents.find(stays.local)).toEqual(stays);
  });
});
