import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../config.ts';
import { knownMigrations } from './migrate.ts';
import { explainSqlite } from './open.sqlite.ts';
import { defineTables } from './tables.ts';
import { postgresKit, sqliteKit } from './kit.ts';
import type { Db, Storage } from './storage.ts';

/** A database as it lies, opened without changing anything: neither migrated nor made. */
export type Inspection = {
  /** Engine and version, in words. */
  readonly version: string;
  /** Migrations of this program that it lacks, and those it has that this program does not know. */
  readonly pending: readonly string[];
  readonly unknown: readonly string[];
  /** Bytes it takes on the disk. */
  readonly size: number;
  /** For reading, where nothing is pending or unknown. Writing throws. */
  readonly storage: Storage;
  /** The time of the database's own clock, in milliseconds; undefined where it has none. */
  readonly time: number | undefined;
  /** What the engine finds wrong with its file; undefined where it was not looked for. */
  integrity(): string | undefined;
  close(): Promise<void>;
};

/** Larger files are not read through for a check that somebody waits for. */
const CHECKED = 512 * 1024 * 1024;

function compare(kind: 'sqlite' | 'postgres', applied: readonly string[]): Pick<Inspection, 'pending' | 'unknown'> {
  const known = knownMigrations(path.join(ROOT, 'migrations', kind));
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

const refuseToWrite = async (): Promise<never> => {
  throw new Error('opened for reading only');
};

async function inspectSqlite(folder: string): Promise<Inspection | undefined> {
  const file = path.join(folder, 'aluco.sqlite');
  if (!existsSync(file)) return undefined;
  const [{ default: Database }, { drizzle }] = await Promise.all([
    import('better-sqlite3'),
    import('drizzle-orm/better-sqlite3'),
  ]);
  let database: InstanceType<typeof Database> | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 5000 });
    const opened = database;
    const pragma = (name: string): number => Number(opened.pragma(name, { simple: true }));
    const isMigrated = opened.prepare("SELECT 1 FROM sqlite_master WHERE name = 'migration'").get() !== undefined;
    const applied = isMigrated ? (opened.prepare('SELECT name FROM migration').pluck().all() as string[]) : [];
    const size = pragma('page_count') * pragma('page_size');
    return {
      version: `SQLite ${String(opened.prepare('SELECT sqlite_version()').pluck().get())}`,
      ...compare('sqlite', applied),
      size,
      storage: {
        engine: 'sqlite',
        applied: [],
        copy: undefined,
        tables: defineTables(sqliteKit),
        read: drizzle(opened) as unknown as Db,
        write: refuseToWrite,
        close: async () => void opened.close(),
      },
      time: undefined,
      integrity: () => (size > CHECKED ? undefined : String(opened.pragma('quick_check(1)', { simple: true }))),
      close: async () => void opened.close(),
    };
  } catch (error) {
    database?.close();
    throw explainSqlite(error, folder);
  }
}

async function inspectPostgres(address: string): Promise<Inspection | undefined> {
  const [{ default: pg }, { drizzle }, { explainPostgres }] = await Promise.all([
    import('pg'),
    import('drizzle-orm/node-postgres'),
    import('./open.postgres.ts'),
  ]);
  const client = new pg.Client({
    connectionString: address,
    connectionTimeoutMillis: 5000,
    statement_timeout: 10_000,
    query_timeout: 15_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SET default_transaction_read_only = on');
    const one = async (sql: string): Promise<unknown> =>
      Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
    const isMigrated = (await one("SELECT to_regclass('migration') IS NOT NULL")) === true;
    const rows = isMigrated ? (await client.query<{ name: string }>('SELECT name FROM migration')).rows : [];
    const applied = rows.map(({ name }) => name);
    if (applied.length === 0) {
      await client.end();
      return undefined;
    }
    return {
      version: `PostgreSQL ${String(await one('SHOW server_version'))}`,
      ...compare('postgres', applied),
      size: Number(await one('SELECT pg_database_size(current_database())')),
      storage: {
        engine: 'postgres',
        applied: [],
        copy: undefined,
        tables: defineTables(postgresKit),
        read: drizzle(client),
        write: refuseToWrite,
        close: () => client.end(),
      },
      time: Number(await one('SELECT extract(epoch FROM clock_timestamp()) * 1000')),
      integrity: () => undefined,
      close: () => client.end(),
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw explainPostgres(error, address);
  }
}

/**
 * Looks at the database that `address` names, without changing it.
 * @returns undefined where there is none yet: it is made at the first start.
 * @throws {OpeningError} when it cannot be opened.
 */
export function inspectDatabase(address: string, folder: string): Promise<Inspection | undefined> {
  return address === 'sqlite' ? inspectSqlite(folder) : inspectPostgres(address);
}
