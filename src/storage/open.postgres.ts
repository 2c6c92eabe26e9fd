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

async function applyMigrations(pool: pg.Pool): Promise<void> {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    await connection.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await connection.query('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)');
    await migrate(path.join(ROOT, 'migrations/postgres'), {
      run: async (statement) => void (await connection.query(statement)),
      applied: async () =>
        (await connection.query<{ name: string }>('SELECT name FROM migration')).rows.map((row) => row.name),
      record: async (name) => void (await connection.query('INSERT INTO migration VALUES ($1)', [name])),
    });
    await connection.query('COMMIT');
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
  try {
    await applyMigrations(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const db = drizzle(pool);
  const inside = new AsyncLocalStorage<true>();
  return {
    engine: 'postgres',
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
