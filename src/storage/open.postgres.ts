import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { ROOT } from '../config.ts';
import { UserError } from '../errors.ts';
import { migrate, NewerDatabaseError } from './migrate.ts';
import { connectAlone } from './snapshot.postgres.ts';
import { defineTables } from './tables.ts';
import { postgresKit } from './kit.ts';
import {
  codeOf,
  isRetryable,
  isUnavailable,
  OpeningError,
  UnavailableError,
  UNOBSERVED,
  type Db,
  type Observer,
  type Storage,
} from './storage.ts';

/** Any number, as long as every node uses the same one. */
const MIGRATION_LOCK = 4_207_091;
const RETRIES = 10;
const CONNECTIONS = 10;
const STATEMENT_PATIENCE = 30_000;

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

/** On a connection of its own: a change of large tables, and waiting for another node’s, takes as long as it takes. */
async function applyMigrations(address: string): Promise<string[]> {
  const connection = await connectAlone(address);
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
    await connection.end();
  }
}

/** Codes of the system and of TLS. Here nothing but the database is spoken to, so each of them means the same. */
const SYSTEM_FAULT = /^(E(?!RR_)[A-Z_]+|ERR_(?:SSL|TLS)_[A-Z_]+|CERT_[A-Z_]+|DEPTH_ZERO_[A-Z_]+|UNABLE_TO_[A-Z_]+)$/u;
/** What the driver says, without a code, of connections that were cut or never came about. */
const CONNECTION_FAULT =
  /connection (error|terminated|ended)|timeout (exceeded|expired)|read timeout|not queryable|client was closed|does not support SSL/iu;

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError || error instanceof UnavailableError) return error;
  const code = codeOf(error);
  const isLost =
    isUnavailable(error) || SYSTEM_FAULT.test(code) || (code === '' && CONNECTION_FAULT.test(error.message));
  return isLost ? new UnavailableError(error.message, { cause: error }) : error;
}

/** Where the server is, for messages: the address without name and password. */
export function placeOf(address: string): string {
  if (!URL.canParse(address)) return 'the address in ALUCO_DATABASE';
  const { hostname, port } = new URL(address);
  return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? '5432' : port}`;
}

/** What is wrong, in words, where PostgreSQL does not let us in. Never the address: it holds the password. */
export function explainPostgres(error: unknown, address: string): unknown {
  const place = placeOf(address);
  const say = (message: string, lasting: boolean) => new OpeningError(message, lasting, { cause: error });
  const code = codeOf(error);
  if (code === '28P01' || code === '28000')
    return say(`PostgreSQL at ${place} refuses the name or the password in ALUCO_DATABASE.`, true);
  if (code === '3D000')
    return say(`PostgreSQL at ${place} has no database of the name in ALUCO_DATABASE: make it with createdb.`, true);
  if (code === '42501')
    return say('The user in ALUCO_DATABASE may not make tables there: make it the owner of the database.', true);
  if (!(asUnavailable(error) instanceof UnavailableError)) return error;
  const why = code === '' ? 'no answer' : code;
  return say(
    `PostgreSQL cannot be reached at ${place} (${why}). Is it running, and is the address in ALUCO_DATABASE right?`,
    false,
  );
}

/**
 * Connects to PostgreSQL. A lost connection fails the queries under way with `UnavailableError` and is replaced by the
 * next one.
 * @throws {NewerDatabaseError} when a newer program changed the database.
 * @throws {OpeningError} when it cannot be reached, or does not let us in.
 */
export async function openPostgres(address: string, observer: Observer = UNOBSERVED): Promise<Storage> {
  let applied: string[];
  try {
    applied = await applyMigrations(address);
  } catch (error) {
    throw error instanceof NewerDatabaseError ? error : explainPostgres(error, address);
  }
  const pool = new pg.Pool({
    connectionString: address,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    statement_timeout: STATEMENT_PATIENCE,
    idle_in_transaction_session_timeout: STATEMENT_PATIENCE,
    // The server ends a statement in time; where it is gone without a word, we do.
    query_timeout: STATEMENT_PATIENCE + 5000,
  });
  // An idle connection that dies must not end the program; whoever asks next gets a new one or an error.
  pool.on('error', () => undefined);
  // Nor one that dies in the middle of a transaction: the query under way fails by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const fail = (use: 'reading' | 'writing', error: unknown): unknown => {
    const told = asUnavailable(error);
    if (told instanceof UnavailableError) observer.lost(use, error);
    return told;
  };

  const query = pool.query.bind(pool) as (...words: unknown[]) => Promise<unknown>;
  const read = async (...words: unknown[]): Promise<unknown> => {
    try {
      const answer = await query(...words);
      observer.works('reading');
      return answer;
    } catch (error) {
      throw fail('reading', error);
    }
  };
  pool.query = read as typeof pool.query;

  /** One transaction on a connection of its own, which goes back only in good health. */
  async function transact<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const value = await work(drizzle(client));
      await client.query('COMMIT');
      return value;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const inside = new AsyncLocalStorage<true>();
  return {
    engine: 'postgres',
    applied,
    copy: undefined,
    tables: defineTables(postgresKit),
    read: drizzle(pool),
    async write(work) {
      if (inside.getStore() === true) throw new Error('a write inside a write');
      for (let attempt = 1; ; attempt += 1) {
        try {
          const value = await inside.run(true, () => transact(work));
          observer.works('writing');
          return value;
        } catch (error) {
          if (!isRetryable(error) || attempt === RETRIES) throw fail('writing', error);
        }
      }
    },
    close: () => pool.end(),
  };
}
