import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { ROOT } from '../config.ts';
import { migrate } from './migrate.ts';
import { defineTables } from './tables.ts';
import { postgresKit } from './kit.ts';
import { isRetryable, type Storage } from './storage.ts';

/** Any number, as long as every node uses the same one. */
const MIGRATION_LOCK = 4_207_091;
const RETRIES = 10;
const CONNECTIONS = 10;

/** Waits until no other node changes the tables; holds until the transaction ends. */
export async function lockMigrations(connection: pg.ClientBase): Promise<void> {
  await connection.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
}

/** Applies migrations inside the caller's transaction, which holds the lock, up to and with `until` where it is given. */
export async function migratePostgres(connection: pg.ClientBase, until?: string): Promise<string[]> {
  await connection.query('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)');
  const runner = {
    run: async (statement: string) => void (await connection.query(statement)),
    applied: async () =>
      (await connection.query<{ name: string }>('SELECT name FROM migration')).rows.map((row) => row.name),
    record: async (name: string) => void (await connection.query('INSERT INTO migration VALUES ($1)', [name])),
  };
  return migrate(path.join(ROOT, 'migrations/postgres'), runner, until);
}

async function applyMigrations(pool: pg.Pool): Promise<string[]> {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    await lockMigrations(connection);
    const applied = await migratePostgres(connection);
    await connection.query('COMMIT');
    return applied;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
}

/**
 * Connects to PostgreSQL. A lost connection fails the queries under way and is replaced by the next one.
 * @throws {NewerDatabaseError} when a newer program changed the database.
 */
export async function openPostgres(address: string): Promise<Storage> {
  const pool = new pg.Pool({
    connectionString: address,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
  });
  // An idle connection that dies must not end the program; whoever asks next gets a new one or an error.
  pool.on('error', () => undefined);
  // Nor one that dies in the middle of a transaction: the query under way fails by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));
  let applied: string[];
  try {
    applied = await applyMigrations(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const db = drizzle(pool);
  const inside = new AsyncLocalStorage<true>();
  return {
    engine: 'postgres',
    applied,
    copy: undefined,
    tables: defineTables(postgresKit),
    read: db,
    async write(work) {
      if (inside.getStore() === true) throw new Error('a write inside a write');
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await inside.run(true, () => db.transaction(work));
        } catch (error) {
          if (!isRetryable(error) || attempt === RETRIES) throw error;
        }
      }
    },
    close: () => pool.end(),
  };
}
