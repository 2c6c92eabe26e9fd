import { Readable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { makeApplications, type Application } from '../../src/applications/applications.ts';
import { addressTags } from '../../src/legacy/address-tag.ts';
import { makeBatches, type Batches } from '../../src/legacy/batches.ts';
import { makeImportStore } from '../../src/legacy/import-store.ts';
import { identityOf } from '../../src/legacy/identity.ts';
import { openTable } from '../../src/legacy/reading/table.ts';
import { openLegacy } from '../../src/legacy/secret.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import type { Source } from '../../src/legacy/sources/source.ts';
import { writefreely } from '../../src/legacy/sources/writefreely.ts';
import { shapeOf } from '../../src/names.ts';
import { dayOf } from '../../src/days.ts';
import { onBothEngines } from '../engines.ts';
import { addApplication } from '../people.ts';

const BCRYPT = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

const HEAD = 'key,name,hash,address,confirmed,disabled,second_factor';

/** A file of these lines. */
const fileOf =
  (...lines: string[]) =>
  (): Readable =>
    Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]);

const THREE = fileOf(
  HEAD,
  `1,heron,${BCRYPT},Alix@Old.example,t,f,f`,
  `2,Wren,${BCRYPT},bruno@old.example,f,t,f`,
  `3,owl,,alix@old.example,t,f,t`,
);

onBothEngines('importing old names', (ground) => {
  let batches: Batches;
  let clock: number;
  let meadow: Application;

  const make = (name = 'Meadow'): Promise<Application> =>
    addApplication({ applications: applications() }, name, 'https://meadow.example', { people: 'awaited' });
  const applications = () => makeApplications({ storage: ground().storage });

  async function rows(of: Application = meadow) {
    const { storage, seals } = ground();
    const { legacyAddress, legacyProfile } = storage.tables;
    const found = await storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, of.id));
    const addresses = await storage.read.select().from(legacyAddress).where(eq(legacyAddress.applicationId, of.id));
    const tags = new Map(addresses.map(({ nameKey, addressTag }) => [nameKey, addressTag]));
    expect(tags.size).toBe(addresses.length);
    const sorted = found.toSorted((a, b) => (a.nameKey < b.nameKey ? -1 : 1));
    const opened = sorted.map((row) => ({ ...row, tag: tags.get(row.nameKey), secret: openLegacy(seals, row) }));
    // Nothing is found by an address that is not there.
    expect(addresses.length).toBe(opened.filter(({ tag }) => tag !== undefined).length);
    return opened;
  }

  async function imported(open: () => Readable, source: Source = csv, rejects: string[] = []) {
    const { id } = await batches.begin(meadow, source, open);
    return batches.work(id, open, { reject: (text) => void rejects.push(text) });
  }

  async function setUp(): Promise<void> {
    const { storage, seals } = ground();
    clock = Date.UTC(2026, 10, 21, 9, 30);
    batches = makeBatches({
      applications: applications(),
      storage,
      seals,
      now: () => clock,
      folder: `${ground().folder}/sorting`,
    });
    meadow = await make();
  }

  beforeAll(setUp);

  test('each name is reserved with what proves whose it is, and its relay address is fixed', async () => {
    await setUp();
    const { status, tally } = await imported(THREE);
    expect({ status, ...tally }).toMatchObject({
      status: 'done',
      names: 3,
      present: 0,
      rejected: 0,
      withoutPassword: 1,
      addresses: 3,
      confirmed: 2,
      blocked: 1,
      secondFactor: 1,
      schemes: { bcrypt: 2 },
    });
    const [heron, owl, wren] = await rows();
    expect(heron).toMatchObject({ name: 'heron', nameKey: 'heron', status: 'free', takenDay: null });
    expect(heron?.secret).toMatchObject({ key: '1', address: 'Alix@old.example', confirmed: true, blocked: false });
    expect(heron?.secret.record?.scheme).toBe('bcrypt');
    expect(wren).toMatchObject({ name: 'Wren', nameKey: 'wren' });
    expect(wren?.secret).toMatchObject({ confirmed: false, blocked: true });
    expect(owl?.secret.record).toBeUndefined();
    expect(owl?.secret.secondFactor).toBe(true);
    const aliases = new Set([heron, owl, wren].map((row) => identityOf(row?.secret ?? { seed: '' }).aliasLocal));
    expect(aliases.size).toBe(3);
    const { storage } = ground();
    const shapes = await storage.read
      .select()
      .from(storage.tables.nameTaken)
      .where(eq(storage.tables.nameTaken.applicationId, meadow.id));
    expect(shapes).toHaveLength(3);
    expect((await applications().get(meadow.id)).people).toBe('imported');
  });

  test('P2 two names of one address stand under tags of their own, and both are found by it', async () => {
    const tags = addressTags(ground().seals, meadow.id, 'alix@old.example');
    const found = (await rows()).filter(({ tag }) => tag !== undefined && tags.includes(tag));
    expect(found.map(({ name }) => name)).toEqual(['heron', 'owl']);
    expect(new Set(found.map(({ tag }) => tag)).size).toBe(2);
  });

  test('the same file again changes nothing, and all are there already', async () => {
    const before = await rows();
    const report = await batches.check(meadow, csv, THREE);
    expect(report).toMatchObject({ names: 0, present: 3, rejected: 0 });
    const { tally } = await imported(THREE);
    expect(tally).toMatchObject({ names: 0, present: 3, rejected: 0 });
    expect(await rows()).toEqual(before);
  });

  test('a name of another account, of another file or of the same one, is handed back', async () => {
    const other = fileOf(HEAD, `9,heron,${BCRYPT},,,,`, '4,Robin,,,,,', '5,robin,,,,,');
    expect(await batches.check(meadow, csv, other)).toMatchObject({
      names: 1,
      rejected: 2,
      bad: [
        { line: 2, code: 'held' },
        { line: 4, code: 'twice' },
      ],
    });
    const rejects: string[] = [];
    const { tally } = await imported(other, csv, rejects);
    expect(tally).toMatchObject({ names: 1, problems: { held: 1, twice: 1 } });
    expect(rejects.join('')).toBe(`${HEAD},line,problem\n9,heron,${BCRYPT},,,,,2,held\n5,robin,,,,,,4,twice\n`);
  });

  test('what was handed back is corrected and imported in its turn, whatever a spreadsheet makes of it', async () => {
    await setUp();
    const rejects: string[] = [];
    await imported(fileOf('name;hash;key', '=Alix;what is this;1', "'Bruno;nor this;2", 'Maud;;3'), csv, rejects);
    const given = rejects.join('');
    expect(given).toBe(
      "name;hash;key;line;problem\n'=Alix;what is this;1;2;hash_unknown\n''Bruno;nor this;2;3;hash_unknown\n",
    );
    const corrected = given.replace('what is this', BCRYPT).replace('nor this', '');
    const { tally } = await imported(() => Readable.from([corrected]));
    expect(tally).toMatchObject({ names: 2, rejected: 0 });
    expect((await rows()).map(({ name }) => name)).toEqual(["'Bruno", '=Alix', 'Maud']);
  });

  test('lines that nobody could take apart are no names when they are fed back as they are, but come back just so', async () => {
    await setUp();
    const person = (name: string): string => `${name},${BCRYPT},${name}@old.example`;
    const lines = [
      'name,hash,address',
      `"${person('crake')}`,
      person('ren\u00E9'),
      person('snipe').replaceAll(',', ';'),
      `+${person('egret')}${'x'.repeat(70_000)}`,
      `=${person('rail')}\0`,
    ];
    const pieces = lines.map((line) => Buffer.from(`${line}\n`, 'latin1'));
    const problems = { quotes_open: 1, not_utf8: 1, value_unfit: 1, columns_missing: 1, too_long: 1 };
    const first: string[] = [];
    expect((await imported(() => Readable.from(pieces), csv, first)).tally).toMatchObject({ names: 0, problems });
    const given = first.join('');
    expect(given.split('\n')[1]).toBe(`"""${person('crake')}",,,2,quotes_open`);
    const again: string[] = [];
    const { tally } = await imported(() => Readable.from([given]), csv, again);
    expect([tally.names, tally.problems, again.join('')]).toEqual([0, problems, given]);
    expect((await batches.check(meadow, csv, () => Readable.from([given]))).problems).toEqual(problems);
    // Two are corrected: one in its columns, and one whose problem is taken away, since it has a name alone.
    const corrected = given
      .replace(`"""${person('crake')}",,,`, () => `${person('crake')},`)
      .replace(/^"ren.*$/mu, 'rené,,,3,');
    const left: string[] = [];
    const last = await imported(() => Readable.from([corrected]), csv, left);
    expect(last.tally).toMatchObject({ names: 2, rejected: 3 });
    expect(left.join('').split('\n').slice(1)).toEqual(given.split('\n').slice(3));
    expect((await rows()).map(({ name }) => name)).toEqual(['crake', 'rené']);
  });

  test('nor is a line of JSON that is no UTF-8, until it is corrected', async () => {
    await setUp();
    const bytes = Buffer.from(`{"name":"owl"}\n{"name":"ren\u00E9","hash":"${BCRYPT}"}\n`, 'latin1');
    const first: string[] = [];
    await imported(() => Readable.from([bytes]), csv, first);
    const given = first.join('');
    const again: string[] = [];
    const { tally } = await imported(() => Readable.from([given]), csv, again);
    expect([tally.names, tally.problems]).toEqual([0, { not_utf8: 1 }]);
    expect(again.join('')).toBe(given.replace('"line":2', '"line":1'));
    const corrected = given.replace('\uFFFD', 'é');
    expect((await imported(() => Readable.from([corrected]))).tally).toMatchObject({ names: 1, rejected: 0 });
    expect((await rows()).map(({ name }) => name)).toEqual(['owl', 'rené']);
  });

  test('A92: what was handed back is no formula where another separator is taken either, and comes back to the letter', async () => {
    await setUp();
    const names = ["=1'", 'x;=1+1', "x;'=1", "''x,' y", 'x,\t"-1"\t;\'', '\t@x', 'x\n=1', "x\n''", '"=1', ",;'"];
    for (const separator of [',', ';', '\t']) {
      const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"${separator}no hash`);
      const open = () => Readable.from([`name${separator}hash\n${quoted.join('\n')}\n`]);
      const given: string[] = [];
      await batches.check(meadow, csv, open, { reject: (text) => void given.push(text) });
      for (const other of [',', ';', '\t'].filter((one) => one !== separator))
        for (const piece of given.join('').split(new RegExp(`[${other}\n]`, 'u')))
          expect([separator, piece]).not.toEqual([separator, expect.stringMatching(/^[\s"]*[=+\-@]/u)]);
      const { entries } = await openTable(Readable.from([Buffer.from(given.join(''))]), csv.columns);
      const read: string[] = [];
      for await (const some of entries) read.push(...some.map(({ written: [name = ''] }) => name));
      expect(read).toEqual(names);
    }
  });

  test('where Alix and alix are two people, both are imported, and neither twice', async () => {
    await setUp();
    const { id } = await batches.begin(meadow, csv, fileOf('name,key', 'alix,1'));
    await batches.work(id, fileOf('name,key', 'alix,1'));
    const lines = ['Alix,2', 'alix,1', 'ALIX,3', 'Alix,2'].map((line) => `${line},,,,,`);
    const file = fileOf('name,key,hash,address,confirmed,disabled,second_factor', ...lines);
    expect(writefreely.compares).toBe('exact');
    const report = await batches.check(meadow, writefreely, file);
    expect(report).toMatchObject({ names: 2, present: 1, problems: { twice: 1 } });
    const { tally } = await imported(file, writefreely);
    expect(tally).toMatchObject({ names: 2, present: 1, problems: { twice: 1 } });
  });

  test('where Alix and alix are two people, neither comes twice once the import of the other was undone', async () => {
    await setUp();
    const of = (...people: string[]) =>
      fileOf('name,key,hash,address,confirmed,disabled,second_factor', ...people.map((one) => `${one},,,,,`));
    const first = await imported(of('Alix,1'), writefreely);
    await imported(of('alix,2'), writefreely);
    await batches.undo(first.id, { reverseRun: true });
    const again = of('alix,2', 'Alix,1');
    expect(await batches.check(meadow, writefreely, again)).toMatchObject({ names: 1, present: 1 });
    expect((await imported(again, writefreely)).tally).toMatchObject({ names: 1, present: 1 });
    expect((await rows()).map(({ name }) => name).toSorted()).toEqual(['Alix', 'alix']);
  });

  test('where Alix and alix are two people, both are imported beside one who is called =alix', async () => {
    await setUp();
    const people = ['Alix,1', 'alix,2', '=alix,3', '=Alix,4'].map((one) => `${one},,,,,`);
    const file = fileOf('name,key,hash,address,confirmed,disabled,second_factor', ...people);
    expect(await batches.check(meadow, writefreely, file)).toMatchObject({ names: 4, rejected: 0 });
    expect((await imported(file, writefreely)).tally).toMatchObject({ names: 4, rejected: 0 });
    expect(await batches.check(meadow, writefreely, file)).toMatchObject({ names: 0, present: 4 });
    expect((await rows()).map(({ name }) => name).toSorted()).toEqual(['=Alix', '=alix', 'Alix', 'alix']);
  });

  test('checking writes nothing', async () => {
    await setUp();
    const report = await batches.check(meadow, csv, THREE);
    expect(report).toMatchObject({ names: 3, lines: 4, alike: 0 });
    expect(await rows()).toEqual([]);
    expect(await batches.list(meadow.id)).toEqual([]);
    expect((await applications().get(meadow.id)).people).toBe('awaited');
  });

  test('P3 names that look alike are all imported', async () => {
    await setUp();
    const alike = fileOf('name,key', 'lllly,1', 'IIlly,2', 'l_l_lly,3');
    expect(await batches.check(meadow, csv, alike)).toMatchObject({ names: 3, alike: 2 });
    expect((await imported(alike)).tally.names).toBe(3);
  });

  test('nobody gets the name of a line that is being corrected, and an address that is none costs nobody the name', async () => {
    await setUp();
    const { tally } = await imported(
      fileOf('name,hash,address', 'admin,,admin@localhost', 'root,what is this,', 'x,,'),
    );
    expect(tally).toMatchObject({ names: 2, addresses: 0, unfitAddresses: 1, problems: { hash_unknown: 1 } });
    const { storage } = ground();
    const { nameTaken } = storage.tables;
    const taken = await storage.read.select().from(nameTaken).where(eq(nameTaken.applicationId, meadow.id));
    expect(taken.map(({ shape }) => shape).toSorted()).toEqual(['admin', 'root', 'x'].map(shapeOf).toSorted());
  });

  test('A73 a hash that would cost too much is refused, and one that nobody knows', async () => {
    await setUp();
    const file = fileOf(
      'name,hash,algorithm,iterations,salt',
      'a,$2a$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy,,,',
      `b,"$argon2id$v=19$m=4194304,t=3,p=4$c2FsdHNhbHQ$${'A'.repeat(43)}",,,`,
      'c,$7$unknown,,,',
      'd,!,,,',
    );
    const report = await batches.check(meadow, csv, file);
    expect(report).toMatchObject({
      names: 1,
      withoutPassword: 1,
      problems: { hash_costly: 2, hash_unknown: 1 },
      unknown: { $7$: 1 },
    });
  });

  test('stopped between two transactions, the work goes on where it was', async () => {
    await setUp();
    const lines = Array.from({ length: 3000 }, (_, index) => `bird${index},${index}`);
    const open = fileOf('name,key', ...lines);
    const { id } = await batches.begin(meadow, csv, open);
    let transactions = 0;
    const stopped = await batches.work(id, open, {
      progress: () => void (transactions += 1),
      isStopped: () => transactions === 2,
    });
    expect(stopped.status).toBe('stopped');
    const half = await rows();
    expect(half.length).toBe(stopped.tally.names);
    expect(half.length).toBeLessThan(3000);
    await expect(batches.begin(meadow, csv, THREE)).rejects.toMatchObject({ code: 'legacy_unfinished' });
    expect((await batches.begin(meadow, csv, open)).id).toBe(id);
    await expect(batches.work(id, THREE)).rejects.toMatchObject({ code: 'legacy_file_other' });
    const done = await batches.work(id, open);
    expect(done).toMatchObject({ status: 'done', lines: 3001, tally: { names: 3000 } });
    expect(await rows()).toHaveLength(3000);
    expect((await rows()).filter(({ nameKey }) => half.some((row) => row.nameKey === nameKey))).toEqual(half);
    await expect(batches.work(id, open)).rejects.toMatchObject({ code: 'legacy_batch_over' });
  });

  test('two who import at once: one works, the other is told', async () => {
    await setUp();
    const begun = await Promise.allSettled([
      batches.begin(meadow, csv, THREE),
      batches.begin(meadow, csv, fileOf('name', 'finch')),
    ]);
    const ids = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
    expect(ids).toHaveLength(1);
    const refused = begun.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []));
    expect(refused).toEqual(['legacy_unfinished']);
    const open = ids[0] === (begun[0].status === 'fulfilled' ? ids[0] : '') ? THREE : fileOf('name', 'finch');
    const worked = await Promise.allSettled([batches.work(ids[0] ?? '', open), batches.work(ids[0] ?? '', open)]);
    const ends = worked.map((one) => (one.status === 'fulfilled' ? one.value.status : (one.reason as Error).message));
    expect(ends.toSorted()).toEqual(['done', expect.stringMatching(/^legacy_(busy|batch_over)$/u)]);
  });

  test('who died at work counts for ten seconds more, and then another goes on', async () => {
    await setUp();
    const { id } = await batches.begin(meadow, csv, THREE);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bad = fileOf('name', '', 'x\u0000y');
    await batches.undo(id, { reverseRun: true });
    const other = await batches.begin(meadow, csv, bad);
    let stuck = Promise.resolve();
    await new Promise<void>((resolve) => {
      const reject = (): Promise<void> => {
        resolve();
        return held;
      };
      stuck = expect(batches.work(other.id, bad, { reject })).rejects.toMatchObject({ code: 'legacy_busy' });
    });
    expect(batches.isRunning(await batches.get(other.id))).toBe(true);
    await expect(batches.work(other.id, bad)).rejects.toMatchObject({ code: 'legacy_busy' });
    clock += 10_001;
    expect((await batches.work(other.id, bad)).status).toBe('done');
    release();
    // Whoever was thought dead finds that it is not its any more, and does nothing twice.
    await stuck;
    expect((await batches.get(other.id)).tally.rejected).toBe(1);
  });

  test('undone, a batch leaves nothing but the shapes of its names', async () => {
    await setUp();
    const { id } = await imported(THREE);
    await expect(batches.undo(id, { reverseRun: false })).rejects.toMatchObject({ code: 'legacy_reverse_first' });
    expect((await batches.undo(id, { reverseRun: true })).status).toBe('undone');
    expect(await rows()).toEqual([]);
    expect((await applications().get(meadow.id)).people).toBe('awaited');
    const { storage } = ground();
    const { nameTaken } = storage.tables;
    const shapes = await storage.read.select().from(nameTaken).where(eq(nameTaken.applicationId, meadow.id));
    expect(shapes).toHaveLength(3);
    // The same people may be imported anew.
    expect((await imported(THREE)).tally.names).toBe(3);
  });

  test('undone twice at once, what comes late leaves the names that were imported again', async () => {
    await setUp();
    const { id } = await imported(THREE);
    const { storage } = ground();
    const store = makeImportStore(storage);
    const seen = await store.freeRows(storage.read, id, meadow.id, '', 10);
    await batches.undo(id, { reverseRun: true });
    await imported(THREE);
    const keys = seen.map(({ nameKey }) => nameKey);
    await storage.write((tx) => store.removeRows(tx, id, meadow.id, keys));
    expect(await rows()).toHaveLength(3);
  });

  test('a batch of which a name was taken back is not undone', async () => {
    await setUp();
    const { id } = await imported(THREE);
    const { storage } = ground();
    const { legacyProfile } = storage.tables;
    await storage.write(async (tx) => {
      await tx.update(legacyProfile).set({ status: 'taken' }).where(eq(legacyProfile.nameKey, 'heron'));
    });
    await expect(batches.undo(id, { reverseRun: true })).rejects.toMatchObject({ code: 'legacy_taken' });
    expect(await rows()).toHaveLength(3);
  });

  test('on the day that was set, hashes and addresses are forgotten, and the names stay reserved', async () => {
    await setUp();
    const open = THREE;
    const { id } = await batches.begin(meadow, csv, open, { secrets: { pepper: 'grains' } });
    await batches.work(id, open);
    await expect(batches.forgetOn(id, '2026-02-30')).rejects.toMatchObject({ code: 'legacy_day_invalid' });
    await batches.forgetOn(id, '2026-12-24');
    await batches.sweep();
    expect((await rows())[0]?.secret.record).toBeDefined();
    expect((await batches.get(id)).secrets).toEqual({ pepper: 'grains' });
    clock = Date.UTC(2026, 11, 24, 1);
    await batches.sweep();
    for (const { secret, tag } of await rows()) {
      expect([secret.record, secret.address]).toEqual([undefined, undefined]);
      expect(secret.key).not.toBe('');
      expect(tag).toBeUndefined();
    }
    expect(await batches.get(id)).toMatchObject({ secrets: {}, forgotten: dayOf(clock) });
    expect(await rows()).toHaveLength(3);
    // The file again does not bring back what was forgotten.
    expect((await imported(open)).tally).toMatchObject({ names: 0, present: 3 });
  });

  test('a name that has a profile made here is held, whoever had it there', async () => {
    await setUp();
    const { storage } = ground();
    const { profile } = storage.tables;
    await storage.write(async (tx) => {
      await tx.insert(profile).values({
        id: `p${meadow.id}`.slice(0, 22),
        applicationId: meadow.id,
        name: 'Wren',
        nameKey: 'wren',
        subject: `s${meadow.id}`,
        aliasLocal: `a${meadow.id}`,
        status: 'active',
        createdDay: '2026-11-01',
        source: 'created',
        sealed: '',
      });
    });
    expect(await batches.check(meadow, csv, THREE)).toMatchObject({ names: 2, problems: { held: 1 } });
    expect((await imported(THREE)).tally).toMatchObject({ names: 2, problems: { held: 1 } });
    expect((await rows()).map(({ name }) => name)).toEqual(['heron', 'owl']);
  });
});
