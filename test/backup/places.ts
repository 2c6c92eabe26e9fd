import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';
import { inject } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { readConfig, ROOT } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts, type Parts } from '../../src/parts.ts';
import type { Row } from '../../src/storage/rows.ts';
import { openSnapshot } from '../../src/storage/snapshot.ts';
import { aluco as runBeside, type Said } from '../aluco.ts';
import { newPostgresDatabase } from '../engines.ts';
import { addApplication, addPerson } from '../people.ts';

export type Engine = 'sqlite' | 'postgres';

/** Where an instance lies: its settings, and the folder that holds all it writes. */
export type Place = { readonly folder: string; readonly environment: Record<string, string> };

/** An empty place with a master key of its own, or the one given (base64url). */
export async function newPlace(engine: Engine, masterKey = randomBytes(32).toString('base64url')): Promise<Place> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-place-'));
  const environment = {
    ALUCO_URL: 'http://localhost:8080',
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_DATABASE: engine === 'sqlite' ? 'sqlite' : await newPostgresDatabase(),
    ALUCO_MASTER_KEY: masterKey,
    ALUCO_LANGUAGE: 'en',
  };
  return { folder, environment };
}

export async function removePlace({ folder }: Place): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The parts of the instance at a place, for as long as `work` needs them. */
export async function withParts<T>({ environment }: Pick<Place, 'environment'>, work: (parts: Parts) => Promise<T>) {
  const parts = await makeParts(readConfig(environment), { log: makeLog('silent'), now: Date.now });
  try {
    return await work(parts);
  } finally {
    await parts.storage.close();
  }
}

/** Runs a command at a place, as an administrator would beside the server. */
export function aluco({ environment }: Pick<Place, 'environment'>, ...args: string[]): Promise<Said> {
  return runBeside(environment, args);
}

/** The words that run a command of the program in a process of its own. */
export const commandOf = (...args: string[]): string[] => [
  process.execPath,
  path.join(inject('program'), 'cli.js'),
  ...args,
];

/** A process at a place, for what cannot happen to this one. */
export function startProcess({ environment }: Pick<Place, 'environment'>, words: readonly string[]): ChildProcess {
  return spawn(words[0] ?? '', words.slice(1), {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a process and what it wrote. */
export async function ended(child: ChildProcess): Promise<{ status: number | null; wrote: string }> {
  let wrote = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (wrote += String(chunk)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, wrote };
}

/** All rows of all tables, in the order of their keys. */
export async function rowsOf({ environment }: Pick<Place, 'environment'>): Promise<Record<string, Row[]>> {
  const snapshot = await openSnapshot(environment['ALUCO_DATABASE'] ?? '', environment['ALUCO_DATA'] ?? '');
  const found: Record<string, Row[]> = {};
  for (const table of snapshot.tables) {
    const rows: Row[] = [];
    for await (const batch of snapshot.rows(table)) rows.push(...batch);
    found[table.name] = rows;
  }
  await snapshot.close();
  return found;
}

/** Alix with two profiles at Meadow and one at Harbour, Bruno with one, Maud in a group, Odile with none. */
export async function settle({ accounts, applications, profiles }: Parts): Promise<Application[]> {
  const parts = { accounts, applications };
  const meadow = await addApplication(parts, 'Meadow', 'https://meadow.example/');
  const harbour = await addApplication(parts, 'Harbour', 'https://harbour.example/');
  const [alix, bruno] = [await addPerson(parts, 'alix'), await addPerson(parts, 'bruno')];
  await addPerson(parts, 'odile');
  await addPerson(parts, 'maud');
  const group = await accounts.groups.create('gardeners');
  await accounts.groups.addMember(group.id, 'maud');
  const wanted = [
    [alix, meadow, 'heron'],
    [alix, meadow, 'sparrow'],
    [alix, harbour, 'magpie'],
    [bruno, harbour, 'swift'],
  ] as const;
  for (const [person, application, name] of wanted) {
    await profiles.create(person.id, application, { name, note: `${name} is mine` });
  }
  await accounts.timeline.record(alix.id, { kind: 'signed_in', at: Date.now() });
  return [meadow, harbour];
}

/** The lines of a backup that a recipient of ours opens. */
export async function linesOf(file: string, identity: string): Promise<string[]> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const plain = gunzipSync(await decrypter.decrypt(await readFile(file)));
  return plain.toString('utf8').split('\n').slice(0, -1);
}

/** Writes lines as a backup for a recipient: what somebody who knows the recipient could make. */
export async function forge(file: string, lines: readonly string[], recipient: string): Promise<void> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  await writeFile(file, await encrypter.encrypt(gzipSync(lines.map((line) => `${line}\n`).join(''))));
}
