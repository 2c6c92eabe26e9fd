import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, linkSync, openSync, renameSync, rmSync, statSync, closeSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupError, FORMAT, isKeptFact, tablesOfBackup } from './backup-format.ts';
import { syncFile } from './copy.sqlite.ts';
import { enclose, type Lock } from './envelope.ts';
import { randomId } from './seal.ts';
import type { Row, Snapshot, TableShape } from './rows.ts';
import { codeOf } from './storage.ts';

/** Lines are given on when there is so much of them, in characters. */
const ENOUGH = 64 * 1024;

export type BackupOptions = {
  /** Where it goes; never over something that is there. */
  readonly to: string;
  readonly lock: Lock;
  /** The version of the program. */
  readonly version: string;
  /** When it is made. */
  readonly made: Date;
  /** Whether the register of connections goes with it. */
  readonly withRegister: boolean;
};

/** What was written: rows by table, and the size of the file in bytes. */
export type BackupSummary = { readonly rows: Readonly<Record<string, number>>; readonly bytes: number };

/** The lines of a backup: header, each table's rows in the order of its key, and an end that says what must be there. */
async function* linesOf(
  snapshot: Snapshot,
  { version, made, withRegister }: BackupOptions,
  rows: Record<string, number>,
): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  let pending = '';
  const flush = (): Buffer => {
    const chunk = Buffer.from(pending);
    pending = '';
    digest.update(chunk);
    return chunk;
  };
  const wanted = tablesOfBackup(withRegister);
  const tables = wanted.map((name) => snapshot.tables.find((table) => table.name === name)).filter(isThere);
  const header = {
    aluco: 'backup',
    format: FORMAT,
    version,
    made: made.toISOString(),
    migrations: snapshot.migrations,
    tables: tables.map(({ name, columns }) => ({ name, columns: columns.map((column) => [column.name, column.kind]) })),
  };
  pending = `${JSON.stringify(header)}\n`;
  for (const table of tables) {
    rows[table.name] = 0;
    pending += `${JSON.stringify({ table: table.name })}\n`;
    for await (const batch of snapshot.rows(table)) {
      for (const row of table.name === 'meta' ? keptFacts(table, batch) : batch) {
        pending += `${JSON.stringify(row)}\n`;
        rows[table.name] = (rows[table.name] ?? 0) + 1;
      }
      if (pending.length >= ENOUGH) yield flush();
    }
  }
  yield flush();
  yield Buffer.from(`${JSON.stringify({ end: true, rows, sha256: digest.digest('base64url') })}\n`);
}

function isThere(table: TableShape | undefined): table is TableShape {
  return table !== undefined;
}

function keptFacts({ columns }: TableShape, rows: readonly Row[]): Row[] {
  const key = columns.findIndex(({ name }) => name === 'key');
  return rows.filter((row) => isKeptFact(String(row[key])));
}

/** Gives a finished file its name, unless something has it. */
function settle(part: string, to: string): void {
  try {
    linkSync(part, to);
    rmSync(part);
  } catch (error) {
    // Some file systems of removable disks know no second name.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/u.test(codeOf(error))) throw error;
    if (existsSync(to)) throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
    renameSync(part, to);
  }
  syncFile(path.dirname(to));
}

function inWords(to: string, error: unknown): unknown {
  const code = codeOf(error);
  switch (code) {
    case 'EEXIST':
      return new BackupError(`${to} is there already: a backup never goes over another file.`);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new BackupError(`There is no room for the backup at ${to} (${code}). Nothing is left of it.`);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BackupError(`The backup cannot be written to ${to} (${code}).`);
    default:
      return error;
  }
}

/**
 * Writes a backup of the snapshot in constant memory: for its owner alone, on the disk when this returns, and under its
 * name only when it is whole.
 * @throws {BackupError}
 */
export async function writeBackup(snapshot: Snapshot, options: BackupOptions): Promise<BackupSummary> {
  const { to, lock } = options;
  const part = `${to}.${randomId()}.part`;
  const rows: Record<string, number> = {};
  try {
    if (existsSync(to)) throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
    // Made here, so that its mode is right from the first byte on and a wrong place is told before any work.
    closeSync(openSync(part, 'wx', 0o600));
    const enclosed = await enclose(linesOf(snapshot, options, rows), lock);
    await pipeline(enclosed, createWriteStream(part, { flags: 'r+', flush: true }));
    const { size } = statSync(part);
    settle(part, to);
    return { rows, bytes: size };
  } catch (error) {
    rmSync(part, { force: true });
    throw inWords(to, error);
  }
}
