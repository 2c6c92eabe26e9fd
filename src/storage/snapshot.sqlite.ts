import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { ROOT } from '../config.ts';
import { BackupError, isFlag, TABLE_NAMES } from './backup-format.ts';
import { databaseFile } from './copy.sqlite.ts';
import { knownMigrations, refuseNewer } from './migrate.ts';
import { ROWS_AT_ONCE, type Row, type Snapshot, type TableShape } from './rows.ts';
import type { Db } from './storage.ts';

/** The migrations a database has; none where it is new or another program's. */
export function migrationsOf(connection: Database.Database): string[] {
  const isThere = connection.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'").get();
  return isThere === undefined ? [] : (connection.prepare('SELECT name FROM migration').pluck().all() as string[]);
}

/** A table as this database has it; undefined where it has none of this name. */
export function shapeOf(connection: Database.Database, table: string): TableShape | undefined {
  const columns = connection.prepare('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid').all(table) as {
    name: string;
    type: string;
    pk: number;
  }[];
  if (columns.length === 0) return undefined;
  return {
    name: table,
    columns: columns.map(({ name, type }) => ({
      name,
      kind: type.toLowerCase() === 'text' ? 'text' : isFlag(table, name) ? 'flag' : 'number',
    })),
    key: columns
      .filter(({ pk }) => pk > 0)
      .toSorted((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
  };
}

/** Opens the SQLite file of a data folder at this moment: one read transaction on a connection of its own. */
export async function openSqliteSnapshot(folder: string): Promise<Snapshot> {
  const file = databaseFile(folder);
  if (!existsSync(file)) throw new BackupError(`There is no database in ${folder}.`);
  const connection = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    connection.exec('BEGIN');
    // The first statement that reads settles the moment.
    const applied = migrationsOf(connection);
    const known = knownMigrations(path.join(ROOT, 'migrations/sqlite'));
    refuseNewer(applied, known);
    if (applied.length === 0) throw new BackupError(`There is nothing of Aluco in ${file}.`);
    return {
      engine: 'sqlite',
      migrations: known.filter((name) => applied.includes(name)),
      missing: known.filter((name) => !applied.includes(name)),
      tables: TABLE_NAMES.map((name) => shapeOf(connection, name)).filter((shape) => shape !== undefined),
      rows: (table) => rowsOf(connection, table),
      read: drizzle(connection) as unknown as Db,
      async faults() {
        const said = connection.prepare('PRAGMA integrity_check(20)').pluck().all() as string[];
        return said.filter((line) => line !== 'ok');
      },
      async close() {
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function* rowsOf(connection: Database.Database, { name, columns, key }: TableShape): AsyncGenerator<Row[]> {
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  const order = key.map((column) => `"${column}" COLLATE BINARY`).join(', ');
  const flags = columns.flatMap(({ kind }, index) => (kind === 'flag' ? [index] : []));
  let batch: Row[] = [];
  const found = connection.prepare(`SELECT ${list} FROM "${name}" ORDER BY ${order}`).raw(true).iterate();
  for (const row of found as Iterable<(string | number | boolean | null)[]>) {
    for (const index of flags) row[index] = row[index] === null ? null : row[index] !== 0;
    batch.push(row);
    if (batch.length === ROWS_AT_ONCE) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}
