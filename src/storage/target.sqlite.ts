import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { BackupError } from './backup-format.ts';
import { databaseFile, makePrivateFile, syncFile } from './copy.sqlite.ts';
import { migrateSqlite } from './open.sqlite.ts';
import { fit, type Column, type Row, type TableShape, type Target } from './rows.ts';
import { randomId } from './seal.ts';
import { shapeOf } from './snapshot.sqlite.ts';
import { codeOf } from './storage.ts';

/** What must not be there when a backup comes. */
export const PRECIOUS = ['account', 'application', 'profile'] as const;

/** How long to wait for whoever has the file open, in milliseconds. */
const PATIENCE = 2000;

const UNFINISHED = /^aluco\.restoring-[\w-]+\.sqlite/u;

function contentOf(connection: Database.Database): string[] {
  return PRECIOUS.filter(
    (table) =>
      shapeOf(connection, table) !== undefined &&
      connection.prepare(`SELECT 1 FROM "${table}" LIMIT 1`).get() !== undefined,
  );
}

/** Which of the tables that matter have rows. */
export function sqliteContent(folder: string): string[] {
  const file = databaseFile(folder);
  if (!existsSync(file)) return [];
  const connection = openThere(file, { readonly: true });
  try {
    return contentOf(connection);
  } catch (error) {
    throw explain(error, file);
  } finally {
    connection.close();
  }
}

function openThere(file: string, options: Database.Options): Database.Database {
  try {
    return new Database(file, { ...options, fileMustExist: true, timeout: PATIENCE });
  } catch (error) {
    throw explain(error, file);
  }
}

function explain(error: unknown, file: string): unknown {
  if (error instanceof BackupError) return error;
  const code = codeOf(error);
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    return new BackupError(`${file} is not a database: move it away first. Nothing was changed.`, { cause: error });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return new BackupError(`${file} is in use: stop Aluco first. Nothing was changed.`, { cause: error });
  }
  if (/^(SQLITE_(FULL|IOERR)|ENOSPC|EFBIG|EDQUOT)/u.test(code)) {
    return new BackupError(`There is no room for the backup in ${path.dirname(file)} (${code}). Nothing was changed.`, {
      cause: error,
    });
  }
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|SQLITE_(READONLY|CANTOPEN))/u.test(code)) {
    return new BackupError(`${path.dirname(file)} cannot be written (${code}). Nothing was changed.`, { cause: error });
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new BackupError(`The backup is broken: its rows contradict one another (${code}). Nothing was changed.`, {
      cause: error,
    });
  }
  return error;
}

/**
 * Fills a file of its own beside the place of the database, without a journal: should the program end in the middle, it
 * is a file that nothing opens, and the next restore removes it. Whole and on the disk, it takes the place at once.
 */
export async function openSqliteTarget(
  folder: string,
  until: string,
  refuseContent: (found: readonly string[]) => void,
): Promise<Target> {
  const final = databaseFile(folder);
  const part = path.join(folder, `aluco.restoring-${randomId()}.sqlite`);
  let connection: Database.Database | undefined;

  const abandon = async (): Promise<void> => {
    connection?.close();
    rmSync(part, { force: true });
  };

  /** Runs a step; what fails is told in words. */
  async function step<T>(work: (connection: Database.Database) => T | Promise<T>): Promise<T> {
    try {
      if (connection === undefined) throw new Error('the file is closed');
      return await work(connection);
    } catch (error) {
      throw explain(error, final);
    }
  }

  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (UNFINISHED.test(name)) rmSync(path.join(folder, name), { force: true });
    makePrivateFile(part);
    connection = new Database(part, { timeout: PATIENCE });
    for (const pragma of ['journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE', 'cache_size = -65536'])
      connection.pragma(pragma);
    connection.exec('BEGIN EXCLUSIVE');
    await migrateSqlite(connection, { until });
  } catch (error) {
    await abandon();
    throw explain(error, final);
  }

  const shapes = new Map<string, TableShape | undefined>();
  const statements = new Map<string, Database.Statement>();

  function statementFor(connection: Database.Database, { name }: TableShape, columns: readonly Column[]) {
    const id = `${name} ${columns.map((column) => column.name).join(' ')}`;
    let statement = statements.get(id);
    if (statement === undefined) {
      const list = columns.map((column) => `"${column.name}"`).join(', ');
      const places = columns.map(() => '?').join(', ');
      statement = connection.prepare(`INSERT INTO "${name}" (${list}) VALUES (${places})`);
      statements.set(id, statement);
    }
    return statement;
  }

  return {
    shape: (table) =>
      step((open) => {
        if (!shapes.has(table)) shapes.set(table, shapeOf(open, table));
        return shapes.get(table);
      }),

    insert: (table, columns, rows) =>
      step((open) => {
        const statement = statementFor(open, table, columns);
        const kinds = columns.map(({ name }) => table.columns.find((column) => column.name === name)?.kind ?? 'text');
        for (const row of rows) statement.run(valuesOf(row, kinds));
      }),

    finish: () =>
      step(async (open) => {
        await migrateSqlite(open);
        open.exec('COMMIT');
        open.close();
        connection = undefined;
        syncFile(part);
        takePlace(part, folder, refuseContent);
      }),

    abandon,
  };
}

function valuesOf(row: Row, kinds: readonly Column['kind'][]): (string | number | null)[] {
  return row.map((value, index) => {
    const fitted = fit(value, kinds[index] ?? 'text');
    return typeof fitted === 'boolean' ? Number(fitted) : fitted;
  });
}

/** Puts the finished file where the database belongs, if nobody has the empty one open and it still is empty. */
function takePlace(part: string, folder: string, refuseContent: (found: readonly string[]) => void): void {
  const final = databaseFile(folder);
  if (existsSync(final)) {
    const before = openThere(final, {});
    try {
      // Leaving the write-ahead log needs the file for oneself: it fails while anybody has it open.
      if (before.pragma('journal_mode = DELETE', { simple: true }) !== 'delete') {
        throw Object.assign(new Error('the file is in use'), { code: 'SQLITE_BUSY' });
      }
      before.exec('BEGIN EXCLUSIVE');
      refuseContent(contentOf(before));
      renameSync(part, final);
    } finally {
      before.close();
    }
  } else {
    // What a former database left would be taken for this one's.
    for (const end of ['-wal', '-shm', '-journal']) rmSync(`${final}${end}`, { force: true });
    renameSync(part, final);
  }
  syncFile(folder);
}
