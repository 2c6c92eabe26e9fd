import { eq } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { checkOldNames } from '../../src/legacy/check.ts';
import { sealLegacy } from '../../src/legacy/sealing.ts';
import { openLegacy, type LegacySecret } from '../../src/legacy/secret.ts';
import { shapeOf } from '../../src/names.ts';
import { makeFindings } from '../../src/storage/findings.ts';
import type { Tables } from '../../src/storage/tables.ts';
import { onBothEngines } from '../engines.ts';
import { openOldPlace, type OldPlace } from './place.ts';

onBothEngines('a check of old names', (ground) => {
  let place: OldPlace;
  let batch: string;
  beforeEach(async () => {
    const { storage } = ground();
    const { legacyAddress, legacyProfile, legacyBatch, profile } = storage.tables;
    await storage.write(async (tx) => {
      for (const table of [legacyAddress, legacyProfile, legacyBatch, profile]) await tx.delete(table);
    });
    place = await openOldPlace(ground());
    const { heron } = place;
    batch = await place.importNames([
      { ...heron },
      { name: 'egret', password: 'reeds and rushes', address: heron.address },
      { name: 'curlew', address: 'curlew@old.example' },
      { name: 'no address' },
    ]);
    await place.reclaim.withPassword(place.alix.id, place.meadow, { ...heron, network: place.network });
  });

  async function found(): Promise<string[]> {
    const { storage, seals, meadow } = place;
    const findings = makeFindings();
    await checkOldNames({ storage, seals, findings, applications: new Set([meadow.id]) });
    return findings
      .list()
      .flatMap(({ code, ids }) => ids.map((id) => `${code} ${id}`))
      .toSorted();
  }

  const tables = () => place.storage.tables;
  const row = (name: string) => eq(tables().legacyProfile.name, name);
  const set = (name: string, values: Partial<Tables['legacyProfile']['$inferSelect']>) =>
    place.storage.write((tx) => tx.update(tables().legacyProfile).set(values).where(row(name)));
  async function reseal(name: string, change: Partial<LegacySecret>): Promise<void> {
    const [found] = await place.storage.read.select().from(tables().legacyProfile).where(row(name));
    if (found === undefined) throw new Error(`there is no ${name}`);
    const secret = { ...openLegacy(place.seals, found), ...change };
    await set(name, { sealed: sealLegacy(place.seals, found.applicationId, found.nameKey, secret) });
  }

  test('finds nothing where nothing is wrong, also once a batch is forgotten or undone', async () => {
    expect(await found()).toEqual([]);
    await place.legacy.batches.forget(batch);
    expect(await found()).toEqual([]);
    const other = await place.importNames([{ name: 'plover', address: 'plover@old.example' }]);
    await place.legacy.batches.undo(other, { reverseRun: true });
    expect(await found()).toEqual([]);
  });

  test('finds rows that do not open, and that belong to no application or import', async () => {
    await set('curlew', { sealed: 'no seal' });
    await set('egret', { batchId: 'gone' });
    await place.storage.write((tx) => tx.update(tables().legacyBatch).set({ sealed: 'no seal' }));
    expect(await found()).toEqual([`old_batch_sealed ${batch}`, 'old_name_batch egret', 'old_name_sealed curlew']);
    const { storage, seals } = place;
    const findings = makeFindings();
    await checkOldNames({ storage, seals, findings, applications: new Set() });
    const codes = findings.list().map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['old_batch_stray', 'old_name_stray']));
  });

  test('finds a name that was taken back without its profile, and a profile without its name', async () => {
    const { profile } = tables();
    await place.storage.write((tx) =>
      tx.update(profile).set({ aliasLocal: 'another' }).where(eq(profile.name, 'heron')),
    );
    expect(await found()).toEqual(['old_name_profile heron']);
    await place.storage.write((tx) => tx.delete(tables().legacyProfile).where(row('heron')));
    const [{ id } = { id: '' }] = await place.storage.read.select().from(profile).where(eq(profile.name, 'heron'));
    expect(await found()).toEqual([`profile_not_imported ${id}`]);
  });

  test('finds a free name that somebody has already, or could be given', async () => {
    const { nameTaken, profile } = tables();
    await place.storage.write((tx) => tx.delete(nameTaken).where(eq(nameTaken.shape, shapeOf('curlew'))));
    expect(await found()).toEqual(['old_name_given curlew']);
    await place.profiles.create(place.bruno.id, place.meadow, { name: 'curlew', note: '' });
    expect(await found()).toEqual(['old_name_held curlew']);
    // The same row as it was before it was taken back: as if half of that had been undone.
    await place.storage.write((tx) => tx.delete(profile).where(eq(profile.name, 'curlew')));
    await set('heron', { status: 'free', takenDay: null });
    expect(await found()).toEqual(['old_name_held heron', expect.stringMatching(/^profile_not_imported [\w-]+$/u)]);
  });

  test('finds what should have been wiped, and an address that does not lead to its name', async () => {
    await reseal('heron', { address: 'kept@old.example' });
    expect(await found()).toEqual(['old_name_kept heron']);
    await reseal('heron', { address: undefined });
    await reseal('curlew', { address: 'another@old.example' });
    expect(await found()).toEqual(['old_name_tag curlew']);
    await reseal('curlew', { address: 'curlew@old.example' });
    await set('curlew', { status: 'lost' });
    expect(await found()).toEqual(['old_name_status curlew']);
    await set('curlew', { status: 'free', takenDay: '2026-11-21' });
    expect(await found()).toEqual(['old_name_status curlew']);
    await set('curlew', { takenDay: null });
    await place.legacy.batches.forget(batch);
    await reseal('egret', { record: { scheme: 'bcrypt' } });
    expect(await found()).toEqual(['old_name_kept egret']);
  });

  test('finds an address that leads to a name which was taken back, or to none', async () => {
    const leads = (nameKey: string) =>
      place.storage.write((tx) =>
        tx.insert(tables().legacyAddress).values({ addressTag: nameKey, applicationId: place.meadow.id, nameKey }),
      );
    await leads('heron');
    await leads('nobody');
    expect(await found()).toEqual(['old_address_stray nobody', 'old_name_kept heron']);
  });

  test('finds what is left of an import that was undone halfway', async () => {
    const other = await place.importNames([{ name: 'plover' }]);
    const [before] = await place.storage.read.select().from(tables().legacyProfile).where(row('plover'));
    await place.legacy.batches.undo(other, { reverseRun: true });
    await place.storage.write((tx) => tx.insert(tables().legacyProfile).values(before ?? ({} as never)));
    expect(await found()).toEqual(['old_name_undone plover']);
    await place.legacy.batches.undo(other, { reverseRun: true });
    expect(await found()).toEqual([]);
  });
});
