import { randomBytes } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import Database from 'better-sqlite3';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf, beginSignIn, sendPassword } from './logins.ts';
import { measureCommand, type Effort } from './process.ts';

const LETTERS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SYLLABLES = 'ba ke li mo nu ra se ti vo da fe gi ho ju pa'.split(' ');

/** Somebody's name as a host of thousands has them: in no order, some of them long. */
function nameOf(bytes: Buffer, number: number): string {
  const parts = [...bytes.subarray(0, 3)].map((byte) => SYLLABLES[byte % SYLLABLES.length]);
  return `${parts.join('')}${number.toString(36)}`;
}

/** Writes a user table: each with a bcrypt hash and an address. */
export async function writeTable(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('key,name,hash,address,confirmed,disabled,second_factor\n');
  let text = '';
  for (let number = 1; number <= rows; number += 1) {
    const bytes = randomBytes(60);
    const name = nameOf(bytes, number);
    const hash = [...bytes.subarray(7)].map((byte) => LETTERS[byte % 64]).join('');
    text += `${number},${name},$2a$10$${hash},${name}@mail${number % 50}.example,t,f,f\n`;
    if (text.length < 1_000_000 && number < rows) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end();
  await once(out, 'finish');
}

/** Processor seconds of writing rows of the same size and keys with nothing else done, in transactions of 500. */
export function bareInserts(folder: string, rows: number): number {
  const file = path.join(folder, 'bare.sqlite');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE old (a TEXT NOT NULL, k TEXT NOT NULL, name TEXT, b TEXT, status TEXT, tag TEXT, day TEXT, sealed TEXT, PRIMARY KEY (a, k)) WITHOUT ROWID; CREATE INDEX old_b ON old (b, status); CREATE INDEX old_tag ON old (tag); CREATE TABLE taken (a TEXT NOT NULL, k TEXT NOT NULL, PRIMARY KEY (a, k)) WITHOUT ROWID',
  );
  const old = database.prepare("INSERT INTO old VALUES (?, ?, ?, ?, 'free', ?, NULL, ?)");
  const taken = database.prepare('INSERT INTO taken VALUES (?, ?)');
  const id = 'a'.repeat(22);
  const before = process.cpuUsage();
  const store = database.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      const bytes = randomBytes(300);
      const name = nameOf(bytes, number);
      taken.run(id, name);
      old.run(id, name, name, id, bytes.toString('base64url', 0, 37), bytes.toString('base64url', 12, 296));
    }
  });
  for (let from = 0; from < rows; from += 500) store(from, Math.min(rows, from + 500));
  const { user, system } = process.cpuUsage(before);
  database.close();
  rmSync(file);
  return (user + system) / 1_000_000;
}

/** The commands an administrator runs beside the server. */
export async function importTable(
  environment: Record<string, string>,
  applicationId: string,
  file: string,
): Promise<{ check: Effort; work: Effort }> {
  const run = (verb: string) =>
    measureCommand(['dist/cli.js', 'legacy', verb, '--application', applicationId, file], environment);
  return { check: await run('check'), work: await run('import') };
}

/** What an administrator does with an import later: forgets it, and undoes it. */
export async function forgetAndUndo(environment: Record<string, string>): Promise<{ forget: Effort; undo: Effort }> {
  const database = new Database(path.join(environment['ALUCO_DATA'] ?? '', 'aluco.sqlite'), { readonly: true });
  const { id } = database.prepare('SELECT id FROM legacy_batch').get() as { id: string };
  database.close();
  const forget = await measureCommand(['dist/cli.js', 'legacy', 'forget', '--sure', id], environment);
  const undo = await measureCommand(['dist/cli.js', 'legacy', 'undo', '--reverse-run', id], environment);
  return { forget, undo };
}

/** Signs in again and again until told to stop; returns what each answer to a password took, in milliseconds. */
export async function signInsUntil(url: string, people: readonly string[], isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let number = 0; !isOver(); number += 1) {
    const begun = await beginSignIn(url, addressOf(number % 50_000));
    const before = performance.now();
    const { status } = await sendPassword(url, begun, people[number % people.length] ?? '');
    if (status !== 303) throw new Error(`a sign-in was answered with ${status}`);
    times.push(performance.now() - before);
    await pause(50);
  }
  return times;
}
