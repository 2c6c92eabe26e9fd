import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { ROOT } from '../../src/config.ts';
import { aluco } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';

const BCRYPT = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

let house: House;
let meadow: Application;
const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-import-'));
const running = new Set<ChildProcess>();

beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'bruno');
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

async function newFile(name: string, count: number): Promise<string> {
  meadow = await addApplication(house.parts, name, 'https://meadow.example', { people: 'awaited' });
  const file = path.join(folder, `${meadow.id}.csv`);
  const lines = Array.from({ length: count }, (_, number) =>
    // One in a hundred is wrong, so that there is a file of rejects.
    number % 100 === 99 ? `${number},,x,,` : `${number},bird${number},${BCRYPT},bird${number}@old.example,t`,
  );
  writeFileSync(file, ['key,name,hash,address,confirmed', ...lines, ''].join('\n'));
  return file;
}

/** The real command in a process of its own. */
function start(...args: string[]): { child: ChildProcess; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...house.environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.add(child);
  return { child, ended: once(child, 'exit').finally(() => running.delete(child)) };
}

const run = (...args: string[]) => aluco(house.environment, ['legacy', ...args]);

async function names(): Promise<number> {
  const { storage } = house.parts;
  return storage.read.$count(storage.tables.legacyProfile);
}

test('what a file holds is told, and what was imported, and it is undone again', async () => {
  const file = await newFile('Meadow', 400);
  const checked = await run('check', '--application', meadow.id, file);
  expect(checked.status).toBe(0);
  expect(checked.said.slice(0, 2)).toEqual(['396 names can be imported, of 401 lines', '  password by bcrypt 396']);
  expect(checked.said).toContain('  line 101: without a name (name)');
  expect(await names()).toBe(0);

  const done = await run('import', '--application', meadow.id, file);
  expect(done.said.join('\n')).toMatch(/^[\w-]+: begins\n[\w-]+: done, 396 names imported, up to line 401\n/u);
  expect(await names()).toBe(396);
  const rejects = await readFile(`${file}.rejects`, 'utf8');
  expect(rejects.split('\n').slice(0, 2)).toEqual([
    'key,name,hash,address,confirmed,line,problem',
    '99,,x,,,101,name_missing: name',
  ]);
  expect((await stat(`${file}.rejects`)).mode & 0o077).toBe(0);

  const [line = ''] = (await run('batches', '--application', meadow.id)).said;
  expect(line).toMatch(/ csv {2}done, 396 names, 4 rejected$/u);
  const [id = ''] = line.split(' ');
  expect((await run('forget', '--on', '2031-01-01', id)).said).toEqual([`${id}: forgets 2031-01-01`]);
  expect((await run('undo', id)).complained).toEqual([
    expect.stringMatching(/^Run the reverse file on the application’s database first, then say --reverse-run\./u),
  ]);
  expect((await run('undo', '--reverse-run', id)).said).toEqual([`${id}: undone`]);
  expect(await names()).toBe(0);
});

test('an import wants a file that can be read again, and secrets never as arguments', async () => {
  const file = await newFile('Secrets', 3);
  expect((await run('import', '--application', meadow.id, '-')).status).toBe(2);
  expect((await run('import', '--application', meadow.id, '--pepper', 'x', file)).status).toBe(2);
  expect((await run('import', '--application', meadow.id, `${file}.none`)).status).toBe(2);
  const pepper = path.join(folder, 'pepper');
  writeFileSync(pepper, 'black grains\n');
  expect((await run('import', '--application', meadow.id, '--pepper-file', pepper, file)).status).toBe(0);
  const [batch] = await house.parts.legacy.batches.list(meadow.id);
  expect(batch?.secrets).toEqual({ pepper: 'black grains' });
  const typed = await aluco(house.environment, ['legacy', 'check', '--application', meadow.id, '-'], 'name\nwren\n');
  expect(typed.said[0]).toBe('1 name can be imported, of 2 lines');
});

test('what there is one of is said as one', async () => {
  const pond = await addApplication(house.parts, 'Pond', 'https://pond.example');
  const file = path.join(folder, 'one.csv');
  writeFileSync(file, 'name,hash\nrail,\nsnipe,no hash\n');
  const done = await run('import', '--application', pond.id, '--source', 'csv', file);
  expect(done.said.join('\n')).toContain(': done, 1 name imported, up to line 3');
  expect(done.said).toContain('1 line was not imported:');
  expect((await run('batches', '--application', pond.id)).said[0]).toMatch(/ done, 1 name, 1 rejected$/u);
  const checked = await run('check', '--application', pond.id, '--source', 'csv', file);
  expect(checked.said).toContain('1 line would not be imported:');
  expect(checked.said).toContain('  unknown hashes of 7 characters 1');
  const files = ['--file', path.join(folder, 'link.sql'), '--reverse', path.join(folder, 'unlink.sql')];
  const linked = await run('link', '--application', pond.id, '--source', 'mastodon', ...files);
  expect(linked.said[0]).toMatch(/^1 name in /u);
});

test('killed in the middle and run again, it imports each once while people sign in', async () => {
  const before = await names();
  const file = await newFile('Killed', 6000);
  const first = start('legacy', 'import', '--application', meadow.id, file);
  await expect.poll(names, { timeout: 120_000, interval: 20 }).toBeGreaterThan(before);
  first.child.kill('SIGKILL');
  await first.ended;
  const [killed] = await house.parts.legacy.batches.list(meadow.id);
  expect(killed?.status).toBe('working');
  expect(await names()).toBe(before + (killed?.tally.names ?? 0));
  expect(killed?.tally.names).toBeLessThan(5940);

  const second = start('legacy', 'import', '--application', meadow.id, file);
  const { loginName, password } = PEOPLE.bruno;
  const answers = new Set<unknown>();
  while (second.child.exitCode === null) {
    const account = await house.parts.accounts.signIn({ identifier: loginName, password, network: '192.0.2.7' });
    answers.add(account.status);
  }
  const [status] = await second.ended;
  expect(status).toBe(0);
  expect([...answers]).toEqual(['active']);
  expect(await names()).toBe(before + 5940);
  const batches = await house.parts.legacy.batches.list(meadow.id);
  expect(batches.map((batch) => [batch.status, batch.tally.names, batch.tally.rejected])).toEqual([['done', 5940, 60]]);
  const rejects = await readFile(`${file}.rejects`, 'utf8');
  expect(rejects.trimEnd().split('\n')).toHaveLength(61);
  expect((await house.parts.applications.get(meadow.id)).people).toBe('imported');
}, 240_000);

test('begun twice at once, one imports each name once, and the other hears that it is done', async () => {
  const before = await names();
  const file = await newFile('Twice', 3000);
  const both = [0, 1].map(() => aluco(house.environment, ['legacy', 'import', '--application', meadow.id, file]));
  const [done, late] = (await Promise.all(both)).toSorted((a, b) => a.status - b.status);
  expect([done?.status, late?.status]).toEqual([0, 1]);
  expect(late?.complained.at(-1)).toBe('This import is done or undone.');
  expect(await names()).toBe(before + 2970);
  const batches = await house.parts.legacy.batches.list(meadow.id);
  expect(batches.map((batch) => [batch.status, batch.tally.names, batch.tally.rejected])).toEqual([['done', 2970, 30]]);
  expect((await readFile(`${file}.rejects`, 'utf8')).trimEnd().split('\n')).toHaveLength(31);
}, 120_000);
