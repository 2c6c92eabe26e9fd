import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadSeals, MasterKeyError } from '../../src/storage/keys.ts';
import { openStorage } from '../../src/storage/open.ts';
import { makeSeals, SealError } from '../../src/storage/seal.ts';
import type { Storage } from '../../src/storage/storage.ts';

let folder: string;
let storage: Storage;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-keys-'));
});
beforeEach(async () => {
  const place = await mkdtemp(path.join(folder, 'house-'));
  file = path.join(place, 'data.key');
  storage = await openStorage('sqlite', path.join(place, 'data'));
});
afterEach(() => storage.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

const other = Buffer.alloc(32, 9).toString('base64url');

test('a master key is made beside the data folder at the first start, for its owner alone', async () => {
  const seals = await loadSeals(storage, [], file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(Buffer.from((await readFile(file, 'utf8')).trim(), 'base64url')).toHaveLength(32);
  const again = await loadSeals(storage, [], file);
  expect(again.open('check', 'here', seals.seal('check', 'here', 'hello'))).toBe('hello');
});

test('a database whose key is gone is refused, and no new key is made', async () => {
  await loadSeals(storage, [], file);
  await rm(file);
  await expect(loadSeals(storage, [], file)).rejects.toThrow(/master key of this database is missing/u);
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test('a wrong key is refused before anything is read or written', async () => {
  await loadSeals(storage, [], file);
  await expect(loadSeals(storage, [other], file)).rejects.toThrow(/does not belong to this database/u);
});

test('a key that others can read is refused', async () => {
  await loadSeals(storage, [], file);
  await chmod(file, 0o644);
  await expect(loadSeals(storage, [], file)).rejects.toThrow(MasterKeyError);
});

test('a damaged key file is refused by name', async () => {
  await writeFile(file, 'not a key\n', { mode: 0o600 });
  await expect(loadSeals(storage, [], file)).rejects.toThrow(/does not hold 32 bytes/u);
});

test('a new master key in front opens what the former one sealed', async () => {
  const former = await loadSeals(storage, [], file);
  const sealed = former.seal('profile', 'row', 'a note');
  const key = (await readFile(file, 'utf8')).trim();
  const both = await loadSeals(storage, [other, key], file);
  expect(both.open('profile', 'row', sealed)).toBe('a note');
  expect(both.tags('login', 'alix')).toEqual([both.tag('login', 'alix'), former.tag('login', 'alix')]);
  expect(both.seal('profile', 'row', 'x').split('.', 1)[0]).not.toBe(sealed.split('.', 1)[0]);
});

test('a sealed value opens for its purpose, its row and its key alone, and not when edited', () => {
  const seals = makeSeals([Buffer.alloc(32, 1)]);
  const sealed = seals.seal('profile', 'row', 'secret');
  expect(seals.open('profile', 'row', sealed)).toBe('secret');
  expect(() => seals.open('account', 'row', sealed)).toThrow(SealError);
  expect(() => seals.open('profile', 'other row', sealed)).toThrow(SealError);
  expect(() => makeSeals([Buffer.alloc(32, 2)]).open('profile', 'row', sealed)).toThrow(SealError);
  expect(() => seals.open('profile', 'row', sealed.slice(0, 20))).toThrow(SealError);
  const edited = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(() => seals.open('profile', 'row', edited)).toThrow(SealError);
});

test('tags of different purposes or parts never agree', () => {
  const seals = makeSeals([Buffer.alloc(32, 1)]);
  expect(seals.tag('login', 'ab', 'c')).not.toBe(seals.tag('login', 'a', 'bc'));
  expect(seals.tag('login', 'a')).not.toBe(seals.tag('mailbox', 'a'));
});
