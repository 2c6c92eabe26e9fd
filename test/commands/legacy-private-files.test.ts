import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import {
  chmod,
  lchown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { ROOT } from '../../src/config.ts';
import { namedSource } from '../../src/commands/legacy/named-source.ts';
import { makeRejectsFile } from '../../src/commands/legacy/rejects-file.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { importNames } from '../legacy/place.ts';
import { addApplication } from '../people.ts';

let house: House;
let place: string;
let meadow: Application;
let count = 0;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  count += 1;
  place = path.join(house.folder, `place-${count}`);
  await mkdir(place);
  meadow = await addApplication(house.parts, `Meadow ${count}`, 'https://meadow.example');
});

const at = (name: string): string => path.join(place, name);
const aluco = (...args: string[]) => runBeside(house.environment, ['legacy', ...args]);
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;
const text = (file: string): Promise<string> => readFile(file, 'utf8');

/** One line can be imported and one cannot; that one has a hash in it. */
async function table(): Promise<string> {
  await writeFile(at('people.csv'), 'name,hash,address\nheron,,heron@old.example\n,a-hash-of-old,wren@old.example\n');
  return at('people.csv');
}

const importing = async (...more: string[]) => aluco('import', '--application', meadow.id, ...more, await table());
const linking = (...more: string[]) => {
  const files = ['--file', at('link.sql'), '--reverse', at('unlink.sql')];
  return aluco('link', '--application', meadow.id, '--source', 'mastodon', ...files, ...more);
};

/** The built program in a process of its own, as nobody in particular where the tests are run by root. */
async function asNobody(launcher: readonly string[], ...args: string[]): Promise<{ status: unknown; wrote: string }> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    for (const name of ['', ...(await readdir(house.folder, { recursive: true })), 'data'])
      await lchown(path.join(house.folder, name), 65_534, 65_534);
  }
  const [program = '', ...rest] = [...launcher, process.execPath, path.join(inject('program'), 'cli.js'), ...args];
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...house.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
  });
  let wrote = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (wrote += chunk.toString()));
  const [status] = (await once(child, 'close')) as [unknown];
  return { status, wrote };
}

test('rejects go over no file that is there, whoever may read it, and through no link, unless it is said', async () => {
  const rejects = at('people.csv.rejects');
  await writeFile(rejects, 'corrected by hand', { mode: 0o644 });
  expect(await importing()).toEqual({
    status: 1,
    said: [],
    complained: [`${rejects} is there already: name another file, or say --force to write it anew.`],
  });
  expect(await text(rejects)).toBe('corrected by hand');
  // Nothing was begun: what stands there would count as left by it.
  expect(await house.parts.legacy.batches.list(meadow.id)).toEqual([]);
  expect(await importing('--force')).toMatchObject({ status: 0 });
  expect(await text(rejects)).toContain('a-hash-of-old');
  expect(await modeOf(rejects)).toBe(0o600);

  await writeFile(at('other'), 'of somebody else');
  await symlink(at('other'), at('trap'));
  await symlink(at('nowhere'), at('trap-to-nothing'));
  for (const trap of ['trap', 'trap-to-nothing'])
    expect(await importing('--rejects', at(trap))).toMatchObject({ status: 1, said: [] });
  // The link goes, what it leads to stays.
  expect(await importing('--rejects', at('trap'), '--force')).toMatchObject({ status: 0 });
  expect((await lstat(at('trap'))).isSymbolicLink()).toBe(false);
  expect(await text(at('other'))).toBe('of somebody else');
  expect((await readdir(place)).includes('nowhere')).toBe(false);
});

test('a check writes its rejects alike, never over what it reads', async () => {
  const file = await table();
  const check = (...more: string[]) => aluco('check', '--application', meadow.id, ...more, file);
  expect(await check('--rejects', at('rejects'))).toMatchObject({ status: 0 });
  expect(await modeOf(at('rejects'))).toBe(0o600);
  expect(await check('--rejects', at('rejects'))).toMatchObject({ status: 1, said: [] });
  expect(await check('--rejects', at('rejects'), '--force')).toMatchObject({ status: 0 });
  await link(file, at('again.csv'));
  for (const same of [file, at('again.csv')]) {
    const { status, complained } = await check('--rejects', same, '--force');
    expect({ status, words: complained[0] }).toEqual({
      status: 2,
      words: '--rejects is another file than the one that is read',
    });
  }
  expect(await text(file)).toContain('heron@old.example');
});

/** An import of which only the first run is through: all is read, some rows are written, and some are still to be rejected. */
async function halfImported(): Promise<{ file: string; rejects: string; half: string }> {
  const file = at('many.csv');
  const bad = Array.from({ length: 1000 }, (_, number) => `,hash-${number},`);
  const good = Array.from({ length: 3000 }, (_, number) => `bird${number},,`);
  const lines = [...bad, ...good, 'zander,,', 'Zander,,'];
  await writeFile(file, ['name,hash,address', ...lines, ''].join('\n'));
  const rejects = `${file}.rejects`;
  const { begin, work } = house.parts.legacy.batches;
  const open = () => createReadStream(file);
  const { id } = await begin(meadow, namedSource('csv'), open);
  let half = '';
  const reject = (more: string): void => void (half += more);
  let names = 0;
  const progress = ({ tally }: { tally: { names: number } }): void => void (names = tally.names);
  const stopped = await work(id, open, { reject, progress, isStopped: () => names > 0 });
  expect(stopped.status).toBe('stopped');
  await writeFile(rejects, half, { mode: 0o644 });
  return { file, rejects, half };
}

test('an import that goes on goes on with the rejects that it wrote itself', async () => {
  const { file, rejects, half } = await halfImported();
  expect(await aluco('import', '--application', meadow.id, file)).toMatchObject({ status: 0 });
  const whole = await text(rejects);
  expect(whole.startsWith(half)).toBe(true);
  expect(whole.trimEnd().split('\n')).toHaveLength(1002);
  expect(await modeOf(rejects)).toBe(0o600);
});

test('an import that goes on takes no other file for its own: not a link, not one under two names, not a shorter one', async () => {
  const { file, rejects, half } = await halfImported();
  const goOn = () => aluco('import', '--application', meadow.id, '--rejects', at('given'), file);
  const words = async () => {
    const { status, complained } = await goOn();
    return `${status} ${complained[0]}`;
  };
  expect(await words()).toContain('1 ' + at('given') + ' has to be the file of rejects of this import');
  await symlink(rejects, at('given'));
  expect(await words()).toContain(`1 ${at('given')} is a link to elsewhere`);
  await rm(at('given'));
  await link(rejects, at('given'));
  expect(await words()).toContain('is none that this import made');
  await rm(at('given'));
  await writeFile(at('given'), half.slice(0, 100));
  expect(await words()).toContain('has to be the file of rejects of this import');
  expect(await text(rejects)).toBe(half);
  await rm(at('given'));
  expect(await aluco('import', '--application', meadow.id, file)).toMatchObject({ status: 0 });
});

test('link files and their way back are made anew, both or none, and over no way back that may be needed', async () => {
  await importNames(house.parts.legacy, meadow, [{ name: 'heron' }]);
  expect(await linking()).toMatchObject({ status: 0 });
  const [first, back] = [await text(at('link.sql')), await text(at('unlink.sql'))];
  await chmod(at('unlink.sql'), 0o644);
  expect(await linking()).toMatchObject({ status: 1, said: [] });
  expect(await linking('--protocol', 'saml', '--force')).toMatchObject({ status: 0 });
  expect(await text(at('link.sql'))).not.toBe(first);
  expect(await modeOf(at('unlink.sql'))).toBe(0o600);

  await writeFile(at('mine'), 'of somebody else');
  await symlink(at('mine'), at('trap'));
  // The later of two options counts.
  const trapped = await linking('--reverse', at('new.sql'), '--file', at('trap'));
  expect(trapped.complained[0]).toBe(
    `${at('trap')} is there already: name another file, or say --force to write it anew.`,
  );
  expect(await text(at('mine'))).toBe('of somebody else');
  expect((await readdir(place)).includes('new.sql')).toBe(false);
  await mkdir(at('folder'));
  for (const file of ['folder', 'none/link.sql', 'mine/link.sql'])
    expect(await linking('--file', at(file), '--reverse', at('new.sql'), '--force')).toMatchObject({ status: 1 });
  expect((await readdir(place)).includes('new.sql')).toBe(false);
  const same = await linking('--file', at('new.sql'), '--reverse', `${place}/./new.sql`, '--force');
  expect(same.complained[0]).toBe('--file and --reverse are two files');
  expect(back).not.toBe('');
});

test('link files and their way back stay as they were where new ones cannot take their place', async () => {
  const birds = Array.from({ length: 300 }, (_, number) => ({ name: `bird${number}` }));
  await importNames(house.parts.legacy, meadow, birds);
  expect(await linking()).toMatchObject({ status: 0 });
  const files = (await readdir(place)).toSorted();
  const [first, back] = [await text(at('link.sql')), await text(at('unlink.sql'))];
  expect(await linking('--file', at('none/link.sql'), '--force')).toMatchObject({ status: 1 });
  const given = ['--application', meadow.id, '--source', 'mastodon', '--force'];
  const names = ['--reverse', at('unlink.sql'), '--file', at('link.sql')];
  const { status } = await asNobody(['prlimit', '--fsize=16384'], 'legacy', 'link', ...given, ...names);
  expect(status).toBe(1);
  expect([await text(at('link.sql')), await text(at('unlink.sql'))]).toEqual([first, back]);
  expect((await readdir(place)).toSorted()).toEqual(files);
});

test('a folder that cannot be written in, and a file that cannot be read, are told before anything is imported', async () => {
  const file = await table();
  await mkdir(at('closed'), { mode: 0o500 });
  const given = ['legacy', 'import', '--application', meadow.id, '--rejects', at('closed/rejects'), file];
  expect(await asNobody([], ...given)).toEqual({
    status: 1,
    wrote: `${at('closed/rejects')} cannot be written (EACCES).\n`,
  });
  await chmod(file, 0);
  for (const verb of ['check', 'import']) {
    const { status, wrote } = await asNobody([], 'legacy', verb, '--application', meadow.id, file);
    expect([status, wrote.split('\n')[0]]).toEqual([2, `${file} cannot be read (EACCES)`]);
  }
  expect(await house.parts.legacy.batches.list(meadow.id)).toEqual([]);
});

test('a disk that is full is told; of two files neither is left, and of an import what it rejected so far', async () => {
  await importNames(
    house.parts.legacy,
    meadow,
    Array.from({ length: 300 }, (_, number) => ({ name: `bird${number}` })),
  );
  const given = ['--application', meadow.id, '--source', 'mastodon', '--reverse', at('unlink'), '--file', at('link')];
  const { status, wrote } = await asNobody(['prlimit', '--fsize=16384'], 'legacy', 'link', ...given);
  expect(wrote).toBe(`There is no room for ${at('link')} (EFBIG).\n`);
  expect(status).toBe(1);
  expect(await readdir(place)).toEqual([]);
  await writeFile(at('many.csv'), ['name,hash', ...Array.from({ length: 3000 }, () => ',x'), ''].join('\n'));
  const check = ['legacy', 'check', '--application', meadow.id, '--rejects', at('rejects'), at('many.csv')];
  expect(await asNobody(['prlimit', '--fsize=16384'], ...check)).toEqual({
    status: 1,
    wrote: `There is no room for ${at('rejects')} (EFBIG).\n`,
  });
});

test('rejected lines are on the disk, with their file, before whoever wrote them counts them', async () => {
  const handle = await open(place);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  const synced = [vi.spyOn(prototype, 'datasync'), vi.spyOn(prototype, 'sync')];
  const rejects = makeRejectsFile(at('people.csv.rejects'));
  try {
    await rejects.write('one\n', 0);
    expect(synced.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    await rejects.write('two\n', 4);
    expect(synced.map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
  } finally {
    for (const spy of synced) spy.mockRestore();
    await handle.close();
    await rejects.close();
  }
});
