import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { UpgradeError } from './migrate.ts';
import { codeOf } from './storage.ts';

/** So many copies are kept, the one just made among them. */
const KEPT = 2;
/** So long, in milliseconds: what people had us delete is still in them. */
const KEPT_FOR = 14 * 86_400_000;

/** Copies, and files that a copy or a restore which was killed left behind. */
const COPIES = /^aluco\.(before-.+\.sqlite(\.part)?|restoring-[\w-]+\.sqlite)$/u;

/** The database of a data folder. */
export function databaseFile(folder: string): string {
  return path.join(folder, 'aluco.sqlite');
}

/** Has what was written to a file, or the entries of a folder, on the disk. */
export function syncFile(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes an empty file that only its owner may read. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
}

/**
 * Copies the database beside itself before it is changed: all of it or none, on the disk when this returns, in the order
 * of keys and without the remains of deleted rows. Older copies go, but for the last one.
 * @returns the path of the copy.
 * @throws {UpgradeError} when it cannot be written.
 */
export function copyBefore(folder: string, missing: string): string {
  const copy = path.join(folder, `aluco.before-${missing}.sqlite`);
  const part = `${copy}.part`;
  try {
    rmSync(part, { force: true });
    makePrivateFile(part);
    const reader = new Database(databaseFile(folder), { readonly: true });
    try {
      reader.prepare('VACUUM INTO ?').run(part);
    } finally {
      reader.close();
    }
    syncFile(part);
    renameSync(part, copy);
    syncFile(folder);
  } catch (error) {
    rmSync(part, { force: true });
    const room = Math.ceil(statSync(databaseFile(folder)).size / 1_000_000);
    throw new UpgradeError(
      `This version must change the database, and the copy that is made before could not be written (${codeOf(error)}). ` +
        `Make room for ${room} MB in ${folder} and start again. Nothing was changed.`,
      { cause: error },
    );
  }
  const others = readdirSync(folder).filter((name) => /^aluco\.before-.*\.sqlite$/u.test(name));
  const old = others
    .filter((name) => name !== path.basename(copy))
    .toSorted()
    .toReversed()
    .slice(KEPT - 1);
  for (const name of old) rmSync(path.join(folder, name), { force: true });
  return copy;
}

/** Removes copies that are too old to go back to. */
export function forgetCopies(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((file) => COPIES.test(file))) {
    const file = path.join(folder, name);
    if (statSync(file).mtimeMs < now - KEPT_FOR) rmSync(file, { force: true });
  }
}
