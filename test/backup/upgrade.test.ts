import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import {
  aluco,
  commandOf,
  ended,
  newPlace,
  removePlace,
  rowsOf,
  settle,
  startProcess,
  withParts,
  type Place,
} from './places.ts';
import { makeOlder, SINCE } from './older.ts';
import { openStorage } from '../../src/storage/open.ts';

const places: Place[] = [];
afterAll(async () => {
  for (const place of places) await removePlace(place);
});

/** A place whose database is of the first version, with people in it. */
async function olderPlace(engine: 'sqlite' | 'postgres'): Promise<Place> {
  const now = await newPlace(engine);
  await withParts(now, settle);
  const older = await newPlace(engine, now.environment['ALUCO_MASTER_KEY']);
  places.push(now, older);
  await makeOlder(now, older);
  return older;
}

const folderOf = ({ environment }: Place): string => environment['ALUCO_DATA'] ?? '';
const open = ({ environment }: Place) =>
  openStorage(environment['ALUCO_DATABASE'] ?? '', environment['ALUCO_DATA'] ?? '');

describe.each(['sqlite', 'postgres'] as const)('a database of the first version on %s', (engine) => {
  let place: Place;
  beforeAll(async () => {
    place = await olderPlace(engine);
  });

  test('is backed up by today’s program as it is, and not changed', async () => {
    const before = await rowsOf(place);
    const key = path.join(place.folder, 'key.txt');
    const [recipient = ''] = (await aluco(place, 'backup', 'key', key)).said;
    const file = path.join(place.folder, 'old.age');
    expect(await aluco(place, 'backup', '--to', file, '--recipient', recipient)).toMatchObject({ status: 0 });
    expect(await rowsOf(place)).toEqual(before);
    expect(before['invitation']).toBeUndefined();
    expect((await aluco(place, 'check')).complained[0]).toContain(`of an older version (it lacks ${SINCE.join(', ')})`);

    // And comes back on either engine, brought to this version on the way.
    for (const other of ['sqlite', 'postgres'] as const) {
      const restored = await newPlace(other, place.environment['ALUCO_MASTER_KEY']);
      places.push(restored);
      expect((await aluco(restored, 'restore', file, '--identity', key)).complained).toEqual([]);
      const after = await rowsOf(restored);
      expect(after['account']?.map((row) => row.slice(0, 7))).toEqual(before['account']);
      expect(after['profile']?.map((row) => row.slice(0, 11))).toEqual(before['profile']);
      expect(after['invitation']).toEqual([]);
      expect(await aluco(restored, 'check')).toMatchObject({ status: 0 });
      const storage = await open(restored);
      expect(storage.applied).toEqual([]);
      await storage.close();
    }
  });

  test('is changed once by nodes that start at the same moment, and keeps every row', async () => {
    const before = await rowsOf(place);
    const script = path.join(place.folder, 'open.mts');
    await writeFile(
      script,
      `import { openStorage } from '${ROOT}src/storage/open.ts';
       const storage = await openStorage(process.env.ALUCO_DATABASE, process.env.ALUCO_DATA);
       console.log(JSON.stringify(storage.applied));
       await storage.close();`,
    );
    const said = await Promise.all(
      [1, 2].map(() => ended(startProcess(place, [process.execPath, '--import', 'tsx', script]))),
    );
    expect(said.map(({ wrote }) => wrote.trim()).toSorted()).toEqual([JSON.stringify(SINCE), '[]']);
    const after = await rowsOf(place);
    expect(after['profile']?.map((row) => row.slice(0, 11))).toEqual(before['profile']);
    expect(after['account']?.map((row) => row.slice(0, 7))).toEqual(before['account']);
  });

  test('killed while it is changed, it is the old one or the new one, and the next start goes on', async () => {
    const victim = await olderPlace(engine);
    const before = await rowsOf(victim);
    // The last statement waits for ever: the process is killed between statements that were already carried out.
    const slow = path.join(victim.folder, 'slow');
    await mkdir(slow);
    await cp(path.join(ROOT, 'src'), path.join(slow, 'src'), { recursive: true });
    await cp(path.join(ROOT, 'migrations'), path.join(slow, 'migrations'), { recursive: true });
    await copyFile(path.join(ROOT, 'package.json'), path.join(slow, 'package.json'));
    await symlink(path.join(ROOT, 'node_modules'), path.join(slow, 'node_modules'));
    const migrate = path.join(slow, 'src/storage/migrate.ts');
    const source = await readFile(migrate, 'utf8');
    const changed = source.replace(
      'for (const statement of statements) await runner.run(statement);',
      `for (const [index, statement] of statements.entries()) {
         if (index === statements.length - 1) { process.stdout.write('waiting\\n'); await new Promise((resolve) => setTimeout(resolve, 60_000)); }
         await runner.run(statement);
       }`,
    );
    expect(changed).not.toBe(source);
    await writeFile(migrate, changed);
    await writeFile(
      path.join(slow, 'open.mts'),
      `import { openStorage } from './src/storage/open.ts';
       await openStorage(process.env.ALUCO_DATABASE, process.env.ALUCO_DATA);`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(slow, 'open.mts')], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', ...victim.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(child.exitCode).toBe(null);
    child.kill('SIGKILL');
    await once(child, 'close');
    const left = await rowsOf(victim);
    expect(left).toEqual(before);
    const storage = await openUntilFree(victim);
    expect(storage.applied).toEqual(SINCE);
    await storage.close();
    expect((await rowsOf(victim))['profile']?.map((row) => row.slice(0, 11))).toEqual(before['profile']);
  });
});

/** PostgreSQL needs a moment to notice that a process is gone. */
async function openUntilFree(place: Place) {
  for (;;) {
    try {
      return await open(place);
    } catch (error) {
      if (!/lock|timeout|busy/iu.test((error as Error).message)) throw error;
      await pause(100);
    }
  }
}

const copies = async (place: Place): Promise<string[]> =>
  (await readdir(folderOf(place))).filter((name) => name.includes('before-')).toSorted();

test('before SQLite is changed it is copied, for its owner alone, and the copy is what was there', async () => {
  const place = await olderPlace('sqlite');
  const before = await rowsOf(place);
  const storage = await open(place);
  expect(storage.copy).toBe(path.join(folderOf(place), 'aluco.before-0001_house.sqlite'));
  await storage.close();
  expect(await copies(place)).toEqual(['aluco.before-0001_house.sqlite']);
  expect((await stat(storage.copy ?? '')).mode & 0o777).toBe(0o600);

  // Put in its place, it is the old database again, which this version would change again.
  const back = await newPlace('sqlite', place.environment['ALUCO_MASTER_KEY']);
  places.push(back);
  await mkdir(folderOf(back), { mode: 0o700 });
  await copyFile(storage.copy ?? '', path.join(folderOf(back), 'aluco.sqlite'));
  expect(await rowsOf(back)).toEqual(before);
  expect((await aluco(back, 'check')).complained[0]).toContain('older version');
});

test('a new database and one that lacks nothing are not copied', async () => {
  const place = await newPlace('sqlite');
  places.push(place);
  await (await open(place)).close();
  await (await open(place)).close();
  expect(await readdir(folderOf(place))).toEqual(['aluco.sqlite']);
});

test('the last two copies are kept, and what a broken attempt left is taken away', async () => {
  const place = await olderPlace('sqlite');
  for (const name of ['0000_a', '0000_b', '0000_c']) {
    await writeFile(path.join(folderOf(place), `aluco.before-${name}.sqlite`), '');
  }
  await writeFile(path.join(folderOf(place), 'aluco.before-0001_house.sqlite.part'), 'half');
  await (await open(place)).close();
  expect(await copies(place)).toEqual(['aluco.before-0000_c.sqlite', 'aluco.before-0001_house.sqlite']);
});

test('what was deleted does not live on in copies: they are gone after two weeks, and nothing else is', async () => {
  const place = await olderPlace('sqlite');
  const old = ['aluco.before-0000_a.sqlite', 'aluco.before-0000_b.sqlite.part', 'aluco.restoring-x.sqlite'];
  const other = ['aluco.after.sqlite', 'before.age'];
  await withParts(place, async ({ jobs, storage }) => {
    for (const name of [...old, ...other]) {
      const file = path.join(folderOf(place), name);
      await writeFile(file, '');
      await utimes(file, new Date(), Date.now() / 1000 - 15 * 86_400);
    }
    await jobs.find(({ name }) => name === 'what has run out')?.run();
    expect(storage.copy).toBeDefined();
  });
  expect((await readdir(folderOf(place))).toSorted()).toEqual([
    'aluco.after.sqlite',
    'aluco.before-0001_house.sqlite',
    'aluco.sqlite',
    'before.age',
  ]);
});

test('without room for the copy nothing is changed, and the words say how much room it takes', async () => {
  const place = await olderPlace('sqlite');
  const before = await rowsOf(place);
  const child = startProcess(place, ['prlimit', '--fsize=50000', ...commandOf('house', 'show')]);
  const { status, wrote } = await ended(child);
  expect(wrote).toMatch(/must change the database, and the copy that is made before could not be written \(SQLITE_/u);
  expect(wrote).toMatch(/Make room for \d+ MB in .* Nothing was changed\./u);
  expect(status).toBe(78);
  expect(await copies(place)).toEqual([]);
  expect(await rowsOf(place)).toEqual(before);
});
