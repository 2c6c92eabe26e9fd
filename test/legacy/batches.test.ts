import path from 'node:path';
import { Readable } from 'node:stream';
import Database from 'better-sqlite3';
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { makeApplications, type Application } from '../../src/applications/applications.ts';
import { sealBatch, secretOf, type Batch } from '../../src/legacy/batch.ts';
import { makeBatches, type Batches } from '../../src/legacy/batches.ts';
import { makeImportStore } from '../../src/legacy/import-store.ts';
import { openLegacy } from '../../src/legacy/secret.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import { dayOf } from '../../src/days.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines, openGround } from '../engines.ts';
import { addApplication } from '../people.ts';

const DAY = 86_400_000;

/** What is known of a batch that somebody was seen at work on at this moment. */
const atWork = (at: number) => ({ status: 'working', runner: { id: 'somebody', until: at + 10_000 } }) as const;

const fileOf = (lines: readonly string[]) => (): Readable => Readable.from([Buffer.from(lines.join('\n'))]);

/** So many people, each with an address. */
function people(count: number): () => Readable {
  const lines = Array.from({ length: count }, (_, nth) => `${nth},bird${nth},,bird${nth}@old.example,t,f,f`);
  return fileOf(['key,name,hash,address,confirmed,disabled,second_factor', ...lines]);
}

onBothEngines('what becomes of imports', (ground) => {
  let batches: Batches;
  let clock: number;
  let meadow: Application;

  beforeEach(async () => {
    const { storage, seals, folder } = ground();
    const applications = makeApplications({ storage });
    clock = Date.now();
    batches = makeBatches({ applications, storage, seals, now: () => clock, folder: `${folder}/sorting` });
    meadow = await addApplication({ applications }, 'Meadow', 'https://meadow.example');
  });

  async function imported(open: () => Readable) {
    const { id } = await batches.begin(meadow, csv, open);
    return batches.work(id, open);
  }

  /** How many names there are, and addresses that names are found by. */
  async function counts() {
    const { storage } = ground();
    const { legacyAddress, legacyProfile } = storage.tables;
    const names = await storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, meadow.id));
    const tags = await storage.read.select().from(legacyAddress).where(eq(legacyAddress.applicationId, meadow.id));
    return { names: names.length, tags: tags.length };
  }

  /** An undo whose program ended right after it was told to. */
  async function dieUndoing(id: string): Promise<void> {
    const { storage } = ground();
    const { legacyBatch } = storage.tables;
    await storage.write(async (tx) => {
      await tx.update(legacyBatch).set({ status: 'undone' }).where(eq(legacyBatch.id, id));
    });
  }

  test('names of an import that was half undone are imported anew, and stay', async () => {
    const open = people(250);
    const first = await imported(open);
    await dieUndoing(first.id);
    const second = await imported(open);
    expect(second.tally).toMatchObject({ names: 250, present: 0 });
    await batches.undo(first.id, { reverseRun: true });
    await batches.sweep();
    expect(await counts()).toEqual({ names: 250, tags: 250 });
  });

  test('nothing is undone while an import counts its names as there', async () => {
    const first = await imported(people(3));
    const open = people(5);
    const { id } = await batches.begin(meadow, csv, open);
    await expect(batches.undo(first.id, { reverseRun: true })).rejects.toMatchObject({ code: 'legacy_unfinished' });
    await batches.work(id, open);
    expect(await counts()).toEqual({ names: 5, tags: 5 });
    expect((await batches.undo(first.id, { reverseRun: true })).status).toBe('undone');
    expect(await counts()).toEqual({ names: 2, tags: 2 });
  });

  test('the clock goes on with an undo whose program died', async () => {
    const { id } = await imported(people(250));
    await dieUndoing(id);
    await batches.sweep();
    expect(await counts()).toEqual({ names: 0, tags: 0 });
  });

  test('a secret that is given when an import goes on holds, and is kept where none is given', async () => {
    const open = people(3);
    const { id } = await batches.begin(meadow, csv, open);
    expect((await batches.begin(meadow, csv, open, { secrets: { pepper: 'grains' } })).secrets).toEqual({
      pepper: 'grains',
    });
    expect(await batches.begin(meadow, csv, open)).toMatchObject({ id, secrets: { pepper: 'grains' } });
    await batches.work(id, open);
    expect((await batches.get(id)).secrets).toEqual({ pepper: 'grains' });
  });

  /** An import that stopped somewhere among its names, of which one was taken back. */
  async function stopped(): Promise<string> {
    const open = people(3000);
    const { id } = await batches.begin(meadow, csv, open);
    let isStopped = false;
    const progress = ({ tally }: { tally: { names: number } }): void => {
      isStopped = tally.names > 0;
    };
    expect(await batches.work(id, open, { progress, isStopped: () => isStopped })).toMatchObject({ status: 'stopped' });
    const { names } = await counts();
    expect(names).toBeGreaterThan(0);
    expect(names).toBeLessThan(3000);
    const { storage } = ground();
    const { legacyProfile } = storage.tables;
    const [first] = await makeImportStore(storage).freeRows(storage.read, id, meadow.id, '', 1);
    await storage.write(async (tx) => {
      await tx
        .update(legacyProfile)
        .set({ status: 'taken' })
        .where(and(eq(legacyProfile.applicationId, meadow.id), eq(legacyProfile.nameKey, first?.nameKey ?? '')));
    });
    return id;
  }

  test('an import whose file is gone is ended as it is: its names are found, and another file may come', async () => {
    const id = await stopped();
    await expect(batches.undo(id, { reverseRun: true })).rejects.toMatchObject({ code: 'legacy_taken' });
    await expect(batches.forget(id)).rejects.toMatchObject({ code: 'legacy_unfinished' });
    await expect(batches.begin(meadow, csv, people(5))).rejects.toMatchObject({ code: 'legacy_unfinished' });
    const { names } = await counts();
    expect(await batches.close(id)).toMatchObject({ status: 'done', runner: undefined });
    // But for the one that was taken back.
    expect(await counts()).toEqual({ names, tags: names - 1 });
    await expect(batches.close(id)).rejects.toMatchObject({ code: 'legacy_batch_over' });
    await imported(people(3000));
    expect((await counts()).names).toBe(3000);
    await batches.forget(id);
    expect(await counts()).toEqual({ names: 3000, tags: 3000 - names });
  });

  test('on its day, an import that never came to its end is forgotten too', async () => {
    const id = await stopped();
    const { names } = await counts();
    await expect(batches.forgetOn(id, dayOf(clock))).rejects.toMatchObject({ code: 'forget_day_invalid' });
    await batches.forgetOn(id, dayOf(clock + DAY));
    await batches.sweep();
    expect(await batches.get(id)).toMatchObject({ status: 'stopped' });
    clock += DAY;
    await batches.sweep();
    expect(await batches.get(id)).toMatchObject({ status: 'done', forgotten: dayOf(clock) });
    expect(await counts()).toEqual({ names, tags: 0 });
  });

  test('the day of forgetting lets nobody create profiles: the names that never came are awaited still', async () => {
    const { storage } = ground();
    const applications = makeApplications({ storage });
    await applications.change(meadow.id, { ...meadow, people: 'awaited' });
    const id = await stopped();
    await batches.forgetOn(id, dayOf(clock + DAY));
    clock += DAY;
    await batches.sweep();
    expect(await batches.get(id)).toMatchObject({ status: 'done', forgotten: dayOf(clock), opened: false });
    expect((await applications.get(meadow.id)).people).toBe('awaited');
  });

  /** Writes what is sealed of a batch anew. */
  async function reseal(id: string, change: Partial<Batch>, text?: string): Promise<void> {
    const { storage, seals } = ground();
    const { legacyBatch } = storage.tables;
    const sealed = text ?? sealBatch(seals, id, secretOf({ ...(await batches.get(id)), ...change }));
    await storage.write(async (tx) => {
      await tx.update(legacyBatch).set({ sealed }).where(eq(legacyBatch.id, id));
    });
  }

  test('an import of a source that this version does not know is ended, and forgotten on its day', async () => {
    const ids = [await stopped()];
    meadow = await addApplication({ applications: makeApplications(ground()) }, 'Pond', 'https://pond.example');
    ids.push(await stopped());
    for (const id of ids) {
      await reseal(id, { source: 'friendica' });
      await expect(batches.work(id, people(3000))).rejects.toMatchObject({ code: 'legacy_source_unknown' });
    }
    const [first = '', second = ''] = ids;
    expect(await batches.close(first)).toMatchObject({ status: 'done' });
    await batches.forgetOn(second, dayOf(clock + DAY));
    clock += DAY;
    await batches.sweep();
    expect(await batches.get(second)).toMatchObject({ status: 'done', forgotten: dayOf(clock) });
  });

  test('a batch that does not open keeps the clock from no other', async () => {
    const ids: string[] = [];
    // In whichever order they are read, some come behind it.
    for (let nth = 0; nth < 5; nth += 1) {
      ids.push((await imported(people(2 + nth))).id);
      await batches.forgetOn(ids[nth] ?? '', dayOf(clock + DAY));
    }
    const [, , broken = ''] = ids;
    await reseal(broken, {}, 'nothing of ours');
    clock += DAY;
    await expect(batches.sweep()).rejects.toThrow();
    for (const id of ids.filter((one) => one !== broken))
      expect(await batches.get(id)).toMatchObject({ forgotten: dayOf(clock) });
    const { storage } = ground();
    const { legacyBatch } = storage.tables;
    await storage.write(async (tx) => void (await tx.delete(legacyBatch).where(eq(legacyBatch.id, broken))));
  });

  test('whoever died in an import while the clock was wrong is not waited for once it is right', async () => {
    const { storage, seals, folder } = ground();
    const open = people(3);
    const { id } = await batches.begin(meadow, csv, open);
    const on = (now: () => number, more: Partial<Storage> = {}): Batches =>
      makeBatches({
        applications: makeApplications({ storage }),
        storage: { ...storage, ...more },
        seals,
        now,
        folder: `${folder}/sorting`,
      });
    let writes = 0;
    const dies: Storage['write'] = (work) =>
      (writes += 1) > 2 ? Promise.reject(new Error('dead')) : storage.write(work);
    const ahead = on(() => clock + 365 * DAY, { write: dies });
    await expect(ahead.work(id, open)).rejects.toThrow('dead');
    expect(batches.isRunning(await batches.get(id))).toBe(false);
    expect(await batches.work(id, open)).toMatchObject({ status: 'done' });
    // Nodes whose clocks differ a little see one another at work.
    expect(on(() => clock - 50_000).isRunning({ ...(await batches.get(id)), ...atWork(clock) })).toBe(true);
  });

  test('forgotten, all of several pages have neither address nor hash; their names stay', async () => {
    const { id } = await imported(people(250));
    await batches.forget(id);
    expect(await counts()).toEqual({ names: 250, tags: 0 });
    const { storage, seals } = ground();
    const { legacyProfile } = storage.tables;
    const rows = await storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, meadow.id));
    expect(rows.map((row) => openLegacy(seals, row).address)).toEqual(rows.map(() => undefined));
    expect(new Set(rows.map((row) => openLegacy(seals, row).key)).size).toBe(250);
  });

  test('a row that somebody changed since it was read is not wiped', async () => {
    const { id } = await imported(people(2));
    const { storage } = ground();
    const store = makeImportStore(storage);
    const [one, other] = await store.freeRows(storage.read, id, meadow.id, '', 10);
    if (one === undefined || other === undefined) throw new Error('two names were imported');
    const stale = [
      { before: one, sealed: 'new' },
      { before: { ...other, sealed: 'what stood there before' }, sealed: 'new' },
    ];
    expect(await storage.write((tx) => store.wipeRows(tx, stale))).toEqual([one.nameKey]);
    const after = await store.freeRows(storage.read, id, meadow.id, '', 10);
    expect(after.map(({ sealed }) => sealed)).toEqual(['new', other.sealed]);
  });
});

test('P8 names of a batch are read page by page in the order of an index, however many there are', async () => {
  const { storage, folder, close } = await openGround('sqlite');
  const asked = makeImportStore(storage).freeRows(storage.read, 'batch', 'meadow', 'key', 100) as unknown as {
    toSQL(): { sql: string; params: unknown[] };
  };
  const { sql, params } = asked.toSQL();
  const database = new Database(path.join(folder, 'aluco.sqlite'), { readonly: true });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as { detail: string }[];
  database.close();
  await close();
  expect(plan.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/USING INDEX legacy_profile_batch .*application_id=\? AND name_key>\?/u),
  ]);
});

test('P8 nor does PostgreSQL read all of a batch for a page of it, though it was never told how many names there are', async () => {
  const { storage, seals, folder, address, close } = await openGround('postgres');
  const applications = makeApplications({ storage });
  const meadow = await addApplication({ applications }, 'Meadow', 'https://meadow.example');
  const batches = makeBatches({ applications, storage, seals, now: Date.now, folder: `${folder}/sorting` });
  const open = people(5000);
  const { id } = await batches.begin(meadow, csv, open);
  await batches.work(id, open);
  await batches.forget(id);
  const store = makeImportStore(storage);
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  const asked: { query: string; params: unknown[] }[] = [];
  const logger = { logQuery: (query: string, params: unknown[]) => void asked.push({ query, params }) };
  const db = drizzle(client, { logger });
  const keys = Array.from({ length: 100 }, (_, nth) => `bird${nth}`);
  expect(await store.freeRows(db, id, meadow.id, 'bird2', 100)).toHaveLength(100);
  expect((await store.stillFree(db, id, meadow.id, keys)).size).toBe(100);
  expect(await store.removeRows(db, id, meadow.id, keys)).toHaveLength(100);
  const plans: string[] = [];
  for (const { query, params } of asked) {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`, params);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  await client.end();
  await close();
  expect(plans).toHaveLength(3);
  for (const plan of plans) {
    expect(plan).toContain('legacy_profile_application_id_name_key_pk');
    expect(plan).not.toMatch(/legacy_profile_batch|Sort|Seq Scan/u);
  }
});
