import { Readable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { makeApplications, type Application } from '../../src/applications/applications.ts';
import { NAMES_OF_ADDRESS, addressTag } from '../../src/legacy/address-tag.ts';
import { makeBatches, type Batches } from '../../src/legacy/batches.ts';
import { openLegacy } from '../../src/legacy/secret.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import { makeSeals } from '../../src/storage/seal.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';
import { addApplication } from '../people.ts';

/** Names in no order; some twice, some of one address, some that cannot be imported. */
const LINES = Array.from({ length: 900 }, (_, index) => {
  const number = (index * 541) % 900;
  if (number % 100 === 7) return `${number},,,,`;
  if (number % 100 === 8) return `${number},bird${number},what is this,,`;
  if (number % 50 === 9) return `${number},Bird${number - 9},,twice@old.example,t`;
  const address = number % 3 === 0 ? `shared${number % 20}@old.example` : `bird${number}@old.example`;
  return `${number},bird${number},,${number % 7 === 0 ? '' : address},t`;
});
const FILE = `key,name,hash,address,confirmed\n${LINES.join('\n')}\n`;
const open = (): Readable => Readable.from([Buffer.from(FILE)]);

onBothEngines('an import that dies', (ground) => {
  const applications = () => makeApplications({ storage: ground().storage });
  let clock = Date.UTC(2026, 10, 21, 9, 30);

  const make = (): Promise<Application> =>
    addApplication({ applications: applications() }, 'Meadow', 'https://meadow.example', { people: 'awaited' });

  function batchesOn(storage: Storage): Batches {
    const folder = `${ground().folder}/sorting`;
    return makeBatches({ applications: applications(), storage, seals: ground().seals, now: () => clock, folder });
  }

  /** A database that takes so many writes, and then none: to it, the program is dead. */
  function dyingAfter(writes: number): Storage {
    let left = writes;
    const { storage } = ground();
    return {
      ...storage,
      write(work) {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('dead')) : storage.write(work);
      },
    };
  }

  /** A file of rejects, written as whoever imports is told to. */
  function rejectsFile() {
    let bytes = Buffer.alloc(0);
    return {
      reject(text: string, at: number): void {
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(text)]);
      },
      text: () => bytes.toString(),
    };
  }

  /** All that an import left, but for what is random in it. */
  async function left(of: Application) {
    const { storage, seals } = ground();
    const { legacyAddress, legacyProfile, nameTaken } = storage.tables;
    const [rows, addresses, shapes] = await Promise.all([
      storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, of.id)),
      storage.read.select().from(legacyAddress).where(eq(legacyAddress.applicationId, of.id)),
      storage.read.select().from(nameTaken).where(eq(nameTaken.applicationId, of.id)),
    ]);
    const tags = new Map(addresses.map(({ nameKey, addressTag: tag }) => [nameKey, tag]));
    const found = rows.map(({ nameKey, name, status, sealed }) => {
      const { seed: _, ...secret } = openLegacy(seals, { applicationId: of.id, nameKey, sealed });
      const nth = Array.from({ length: NAMES_OF_ADDRESS }, (__, place) =>
        addressTag(seals, of.id, secret.address ?? '', place),
      ).indexOf(tags.get(nameKey) ?? '');
      return { nameKey, name, status, secret, nth };
    });
    return {
      rows: found.toSorted((a, b) => (a.nameKey < b.nameKey ? -1 : 1)),
      addresses: addresses.length,
      shapes: shapes.map(({ shape }) => shape).toSorted(),
    };
  }

  let whole: { tally: object; rejects: string; left: Awaited<ReturnType<typeof left>> };
  beforeAll(async () => {
    const meadow = await make();
    const batches = batchesOn(ground().storage);
    const rejects = rejectsFile();
    const { id } = await batches.begin(meadow, csv, open);
    const { tally, status } = await batches.work(id, open, rejects);
    expect(status).toBe('done');
    whole = { tally, rejects: rejects.text(), left: await left(meadow) };
  });

  test('is whole in the first place: lines that are read alone first, then names that are there', () => {
    const problems = whole.rejects.split('\n').map((line) => line.slice(line.lastIndexOf(',') + 1));
    expect(problems).toEqual([
      'problem',
      ...Array.from({ length: 18 }, () => expect.stringMatching(/^(name_missing: name|hash_unknown)$/u)),
      ...Array.from({ length: 18 }, () => 'twice'),
      '',
    ]);
    expect(whole.tally).toMatchObject({ names: 864, problems: { name_missing: 9, hash_unknown: 9, twice: 18 } });
    expect(whole.left.rows).toHaveLength(864);
    // Of an address with more names than that, the others are found by their name alone.
    const shared = whole.left.rows.filter(({ secret }) => secret.address === 'shared0@old.example');
    expect(shared.length).toBeGreaterThan(NAMES_OF_ADDRESS);
    expect(shared.filter(({ nth }) => nth >= 0)).toHaveLength(NAMES_OF_ADDRESS);
    expect(whole.left.addresses).toBe(whole.left.rows.filter(({ nth }) => nth >= 0).length);
  });

  test('goes on where it was, whichever transaction was the last: the tables and the rejects are the same', async () => {
    const passes = new Set<string>();
    for (let writes = 1; ; writes += 1) {
      const meadow = await make();
      const batches = batchesOn(ground().storage);
      const rejects = rejectsFile();
      const { id } = await batches.begin(meadow, csv, open);
      try {
        await batchesOn(dyingAfter(writes)).work(id, open, rejects);
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: 'dead' });
      }
      const dead = await batches.get(id);
      expect(batches.isRunning(dead)).toBe(true);
      passes.add(`${dead.at.pass}${dead.at.after === '' ? '' : ' some'}`);
      clock += 10_001;
      // What the dead one had rejected and not counted any more is written again.
      const { tally, status } = await batches.work(id, open, rejects);
      expect([status, tally, rejects.text()]).toEqual(['done', whole.tally, whole.rejects]);
      expect(await left(meadow)).toEqual(whole.left);
    }
    // How many transactions there are hangs on how fast the machine is; each part has some.
    expect([...passes]).toEqual(expect.arrayContaining(['reading', 'rows', 'rows some', 'addresses some']));
  });

  test('stopped at any moment, it goes on and leaves nothing out', async () => {
    const statuses = new Set<string>();
    for (let asked = 0; ; asked += 1) {
      const meadow = await make();
      const batches = batchesOn(ground().storage);
      const rejects = rejectsFile();
      const { id } = await batches.begin(meadow, csv, open);
      let turns = asked;
      const isStopped = (): boolean => (turns -= 1) < 0;
      const { status, at } = await batches.work(id, open, { ...rejects, isStopped });
      statuses.add(`${status} ${at.pass}`);
      const wasThrough = turns >= 0;
      if (status === 'stopped') await batches.work(id, open, rejects);
      expect([(await batches.get(id)).tally, rejects.text()]).toEqual([whole.tally, whole.rejects]);
      expect(await left(meadow)).toEqual(whole.left);
      if (wasThrough) break;
    }
    expect([...statuses]).toEqual(
      expect.arrayContaining(['stopped reading', 'stopped rows', 'stopped addresses', 'done addresses']),
    );
  });

  test('goes on under a new master key, and each is found by their address', async () => {
    for (const newest of [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3), Buffer.alloc(32, 4)]) {
      const meadow = await make();
      const { storage, folder } = ground();
      const before = Buffer.alloc(32, 9);
      const under = (keys: Buffer[]): Batches =>
        makeBatches({
          applications: applications(),
          storage,
          seals: makeSeals(keys),
          now: () => clock,
          folder: `${folder}/sorting`,
        });
      const batches = under([before]);
      const { id } = await batches.begin(meadow, csv, open);
      let stops = false;
      // Once all rows are written: it ends with the first addresses, of which there are more than one transaction takes.
      const progress = ({ bytes }: { bytes: number }): void => void (stops ||= bytes > FILE.length * 0.849);
      const stopped = await batches.work(id, open, { isStopped: () => stops, progress });
      expect([stopped.status, stopped.at.pass, stopped.at.after !== '']).toEqual(['stopped', 'addresses', true]);
      await under([newest, before]).work(id, open);
      const rows = await storage.read
        .select({ nameKey: storage.tables.legacyAddress.nameKey })
        .from(storage.tables.legacyAddress)
        .where(eq(storage.tables.legacyAddress.applicationId, meadow.id));
      expect(new Set(rows.map(({ nameKey }) => nameKey)).size).toBeGreaterThanOrEqual(whole.left.addresses);
    }
  });

  test('tells of the whole while it is at its parts, never backwards', async () => {
    const meadow = await make();
    const batches = batchesOn(ground().storage);
    const { id } = await batches.begin(meadow, csv, open);
    const told: { lines: number; bytes: number }[] = [];
    await batches.work(id, open, { progress: ({ lines, bytes }) => void told.push({ lines, bytes }) });
    expect(told.length).toBeGreaterThan(4);
    expect(told).toEqual(told.toSorted((a, b) => a.bytes - b.bytes));
    expect(told[0]?.bytes).toBeLessThan(FILE.length / 2);
    expect(told.at(-1)).toEqual({ lines: 901, bytes: FILE.length });
  });

  test('of whom a name was taken back meanwhile is found by their address no more', async () => {
    const meadow = await make();
    const { storage } = ground();
    const { legacyProfile } = storage.tables;
    const batches = batchesOn(storage);
    const { id } = await batches.begin(meadow, csv, open);
    let stops = false;
    await batches.work(id, open, {
      isStopped: () => stops,
      progress: ({ bytes }) => (stops = bytes > FILE.length / 2),
    });
    const [some] = (await left(meadow)).rows.filter(({ secret }) => secret.address !== undefined);
    await storage.write(async (tx) => {
      await tx
        .update(legacyProfile)
        .set({ status: 'taken' })
        .where(eq(legacyProfile.nameKey, some?.nameKey ?? ''));
    });
    await batches.work(id, open);
    const after = await left(meadow);
    expect(after.rows.find(({ nameKey }) => nameKey === some?.nameKey)?.nth).toBe(-1);
    expect(after.rows).toHaveLength(864);
    expect(after.addresses).toBeGreaterThan(400);
  });
});
