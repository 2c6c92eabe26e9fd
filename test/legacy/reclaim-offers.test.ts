import { expect, test } from 'vitest';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import { makeSecondMailboxes } from '../../src/accounts/second-mailbox.ts';
import { canonicalMailbox } from '../../src/mailbox.ts';
import { addressTags, NAMES_OF_ADDRESS } from '../../src/legacy/address-tag.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace } from './place.ts';

/** All addresses lead to names by these. */
type Tag = { readonly applicationId: string; readonly tag: string };

onBothEngines('an old name that is found by its address', (ground) => {
  async function tags(): Promise<Tag[]> {
    const { read, tables } = ground().storage;
    const rows = await read.select().from(tables.legacyAddress);
    return rows.map(({ applicationId, addressTag: tag }) => ({ applicationId, tag }));
  }

  test('P1: one address at two applications leaves nothing alike in the tables, and is found at each', async () => {
    const place = await openOldPlace(ground());
    const { alix, meadow, reclaim, storage } = place;
    const orchard = await place.applications.add({ ...meadow, name: 'Orchard' });
    const address = alix.mailbox ?? '';
    const before = new Set((await tags()).map(({ tag }) => tag));
    for (const application of [meadow, orchard])
      await place.importNames(
        [
          { name: 'heron', address },
          { name: 'owl', address },
        ],
        application,
      );
    const fresh = (await tags()).filter(({ tag }) => !before.has(tag));
    const at = ({ id }: { readonly id: string }) => fresh.filter(({ applicationId }) => applicationId === id);
    expect([at(meadow).length, at(orchard).length]).toEqual([2, 2]);
    expect(new Set(fresh.map(({ tag }) => tag)).size).toBe(4);
    // Whoever may look for the address at one of them does not find it at the other.
    const wanted = new Set(addressTags(place.seals, orchard.id, canonicalMailbox(address)));
    expect(at(orchard).filter(({ tag }) => wanted.has(tag))).toHaveLength(2);
    expect(at(meadow).filter(({ tag }) => wanted.has(tag))).toEqual([]);
    expect(
      (await reclaim.offersAt(alix.id, [orchard, meadow])).map(({ applicationId }) => applicationId).toSorted(),
    ).toEqual([meadow.id, meadow.id, orchard.id, orchard.id].toSorted());

    // Nor does any other value stand at both, but for the names, which each application has of its own accord.
    const rows = await storage.read.select().from(storage.tables.legacyProfile);
    const valuesAt = (id: string) =>
      rows
        .filter(({ applicationId }) => applicationId === id)
        .flatMap(({ batchId, sealed, ...row }) => [batchId, sealed, row.applicationId]);
    const there = new Set(valuesAt(orchard.id));
    expect(valuesAt(meadow.id).filter((value) => there.has(value))).toEqual([]);
  });

  test('is offered however many others say the same address, where theirs is not confirmed', async () => {
    const place = await openOldPlace(ground());
    const address = place.alix.mailbox ?? '';
    const others = Array.from({ length: NAMES_OF_ADDRESS + 2 }, (_, nth) => `pretender${nth}`);
    await place.importNames([
      ...others.map((name) => ({ name, address, confirmed: false })),
      { name: 'zander', address },
    ]);
    const offers = await place.reclaim.offers(place.alix.id, place.meadow);
    expect(offers.map(({ name }) => name)).toEqual(['zander']);
    const { reclaim, alix, meadow, network } = place;
    expect(await reclaim.withOffer(alix.id, meadow, { name: 'zander', network })).toMatchObject({ name: 'zander' });
  });

  test('is looked for at more applications than a query takes values', async () => {
    const place = await openOldPlace(ground());
    const { alix, meadow, reclaim, storage } = place;
    const now = (): number => place.clock.time;
    const seconds = makeSecondMailboxes({ ...ground(), now, credentials: makeCredentials({ ...ground(), now }) });
    await storage.write((tx) => seconds.put(tx, alix.id, `second.${alix.loginName}@home.example`));
    await place.importNames([{ name: 'heron', address: alix.mailbox ?? '' }]);
    const many = Array.from({ length: 2500 }, () => ({ id: randomId() }));
    const batches = many.map(({ id }) => ({
      id: randomId(),
      applicationId: id,
      status: 'done',
      day: '2026-11-20',
      sealed: '',
    }));
    for (let at = 0; at < batches.length; at += 500)
      await storage.write((tx) => tx.insert(storage.tables.legacyBatch).values(batches.slice(at, at + 500)));
    const offers = await reclaim.offersAt(alix.id, [...many, meadow]);
    expect(offers).toEqual([{ applicationId: meadow.id, name: 'heron', needsPassword: false }]);
  });
});
