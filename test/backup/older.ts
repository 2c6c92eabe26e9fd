import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { ROOT } from '../../src/config.ts';
import { knownMigrations } from '../../src/storage/migrate.ts';
import { rowsOf, type Place } from './places.ts';
import { openSnapshot } from '../../src/storage/snapshot.ts';

/** The migration that the version before this one ended with. */
export const OLDER = '0000_first';

/** The migrations that came since, in order. */
export const SINCE = knownMigrations(path.join(ROOT, 'migrations/sqlite')).filter((name) => name > OLDER);

function statementsOf(engine: 'sqlite' | 'postgres'): string[] {
  const text = readFileSync(path.join(ROOT, `migrations/${engine}/${OLDER}.sql`), 'utf8');
  return text.split('--> statement-breakpoint');
}

/** Makes at `older` the database that the first version would have at `now`: its tables, its columns, all its rows. */
export async function makeOlder(now: Place, older: Place): Promise<void> {
  const address = older.environment['ALUCO_DATABASE'] ?? '';
  const engine = address === 'sqlite' ? 'sqlite' : 'postgres';
  const snapshot = await openSnapshot(now.environment['ALUCO_DATABASE'] ?? '', now.environment['ALUCO_DATA'] ?? '');
  const names = new Map(snapshot.tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
  await snapshot.close();
  const rows = await rowsOf(now);
  const run = engine === 'sqlite' ? await openSqlite(older) : await openPostgres(address);
  for (const statement of statementsOf(engine)) await run.run(statement, []);
  await run.run(`CREATE TABLE migration (name TEXT PRIMARY KEY)${engine === 'sqlite' ? ' WITHOUT ROWID' : ''}`, []);
  await run.run(`INSERT INTO migration VALUES ('${OLDER}')`, []);
  for (const [table, found] of Object.entries(rows)) {
    const known = await run.columns(table);
    const places = (names.get(table) ?? []).flatMap((name, index) => (known.includes(name) ? [{ name, index }] : []));
    if (places.length === 0) continue;
    const list = places.map(({ name }) => `"${name}"`).join(', ');
    for (const row of found) {
      const values = places.map(({ index }) => row[index] ?? null);
      const marks = values.map((_, index) => (engine === 'sqlite' ? '?' : `$${index + 1}`)).join(', ');
      await run.run(`INSERT INTO "${table}" (${list}) VALUES (${marks})`, values);
    }
  }
  await run.close();
}

type Runner = {
  run(statement: string, values: readonly unknown[]): Promise<void>;
  columns(table: string): Promise<string[]>;
  close(): Promise<void>;
};

async function openSqlite({ environment }: Place): Promise<Runner> {
  const folder = environment['ALUCO_DATA'] ?? '';
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = new Database(path.join(folder, 'aluco.sqlite'));
  database.pragma('journal_mode = WAL');
  return {
    run: async (statement, values) =>
      void database.prepare(statement).run(values.map((value) => (typeof value === 'boolean' ? Number(value) : value))),
    columns: async (table) => database.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[],
    close: async () => void database.close(),
  };
}

async function openPostgres(address: string): Promise<Runner> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  return {
    run: async (statement, values) => void (await client.query(statement, [...values])),
    async columns(table) {
      const { rows } = await client.query<{ name: string }>(
        'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1',
        [table],
      );
      return rows.map(({ name }) => name);
    },
    close: () => client.end(),
  };
}
