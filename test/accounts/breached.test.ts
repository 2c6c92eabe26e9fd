import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { breachedState, makeIsBreached } from '../../src/accounts/breached.ts';
import { holds, openWriter, placeOf, PREFIXES } from '../../src/accounts/breached-file.ts';
import { makePasswordRules, normalizePassword } from '../../src/accounts/password.ts';
import { refusalOf } from './house.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-leaks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const MADE = Date.UTC(2026, 10, 21);
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** A finished file of these passwords. */
async function fileOf(name: string, passwords: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  const places = passwords.map((password) => placeOf(sha1(password)));
  const writer = await openWriter(file, { seen: 1, now: MADE });
  const last = Math.max(...places.map(({ prefix }) => prefix));
  const byPrefix = new Map<number, number[]>();
  for (const { prefix, record } of places) byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), record]);
  while (writer.next() <= last) await writer.append(byPrefix.get(writer.next()) ?? []);
  await writer.finish();
  return file;
}

const LEAKED = ['correct horse battery staple', 'trois petits chats', 'motdepasse élémentaire'];
const alix = { loginName: 'alix' };
const answer = (file: string, password: string): Promise<string> =>
  refusalOf(makePasswordRules(['La Hulotte'], makeIsBreached(file)).check(password, alix));

test('A66 a password known from leaks is refused with its reason, however its letters are composed; its neighbours are not', async () => {
  const file = await fileOf(
    'some',
    LEAKED.map((word) => normalizePassword(word) ?? ''),
  );
  for (const password of [...LEAKED, 'motdepasse e\u0301le\u0301mentaire'])
    expect([password, await answer(file, password)]).toEqual([password, 'password_breached']);
  for (const password of ['correct horse battery stapler', 'Trois petits chats', 'huit hiboux dorment'])
    expect([password, await answer(file, password)]).toEqual([password, 'fine']);
  expect(await breachedState(file)).toEqual({ kind: 'ready', next: PREFIXES, seen: 1, made: MADE, records: 3 });
});

test('A66 of a thousand known passwords all are found, and of a thousand others none', async () => {
  const known = Array.from({ length: 1000 }, (_, at) => `known ${at}`);
  const isBreached = makeIsBreached(await fileOf('thousand', known));
  const found = await Promise.all(known.map(isBreached));
  expect(found.every(Boolean)).toBe(true);
  const others = await Promise.all(known.map((word) => isBreached(`${word}!`)));
  expect(others.some(Boolean)).toBe(false);
});

test('A66 the first and the last hash that can be are found', async () => {
  const file = path.join(folder, 'edges');
  const writer = await openWriter(file, { seen: 1, now: MADE });
  await writer.append([0xffffffff, 0, 0]);
  while (writer.next() < PREFIXES - 1) await writer.append([]);
  await writer.append([5, 0xffffffff]);
  expect(await writer.finish()).toEqual({ records: 4 });
  await using handle = await open(file, 'r');
  const asked = ['0'.repeat(40), `00000${'f'.repeat(35)}`, 'f'.repeat(40), `fffff00000005${'0'.repeat(27)}`];
  for (const hash of asked) expect([hash, await holds(handle, placeOf(hash))]).toEqual([hash, true]);
  for (const hash of [`${'0'.repeat(12)}1`, `fffff00000004`])
    expect([hash, await holds(handle, placeOf(hash))]).toEqual([hash, false]);
});

test('a file that comes or is replaced counts at once, and none is needed', async () => {
  const file = path.join(folder, 'later');
  expect(await answer(file, LEAKED[0] ?? '')).toBe('fine');
  const rules = makePasswordRules([], makeIsBreached(file));
  await fileOf('later', LEAKED);
  expect(await refusalOf(rules.check(LEAKED[0] ?? '', alix))).toBe('password_breached');
  await fileOf('later', ['something else entirely']);
  expect(await refusalOf(rules.check(LEAKED[0] ?? '', alix))).toBe('fine');
  expect(await breachedState(path.join(folder, 'nowhere'))).toEqual({ kind: 'none' });
});

test('a damaged or unfinished file is told of, and keeps nobody from choosing a password', async () => {
  const good = await readFile(await fileOf('good', LEAKED));
  const file = path.join(folder, 'bad');
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['empty', () => Buffer.alloc(0)],
    ['another file', () => Buffer.from('no such thing'.repeat(10_000))],
    ['cut in its index', (bytes) => bytes.subarray(0, 100_000)],
    ['cut in its records', (bytes) => bytes.subarray(0, -3)],
    ['longer than it says', (bytes) => Buffer.concat([bytes, Buffer.alloc(8)])],
    [
      'an index that jumps',
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed.fill(0xff, 64, 64 + 4 * 1000);
        return changed;
      },
    ],
  ];
  for (const [what, damage] of damages) {
    await writeFile(file, damage(good));
    expect([what, (await breachedState(file)).kind]).toEqual([what, 'damaged']);
    for (const password of [...LEAKED, 'huit hiboux dorment'])
      expect([what, await answer(file, password)]).toEqual([
        what,
        expect.stringMatching(/^(fine|password_breached)$/u),
      ]);
  }
  const writer = await openWriter(file, { seen: 1, now: MADE });
  for (let number = 0; number < 1100; number += 1) await writer.append([number]);
  await writer.stop();
  await truncate(file, 0);
  await writeFile(file, await readFile(`${file}.part`));
  expect(await breachedState(file)).toMatchObject({ kind: 'unfinished', next: 1024, records: 1024 });
  expect(await answer(file, LEAKED[0] ?? '')).toBe('fine');
  // A folder where a file should be.
  expect((await breachedState(folder)).kind).toBe('damaged');
  expect(await answer(folder, LEAKED[0] ?? '')).toBe('fine');
});
