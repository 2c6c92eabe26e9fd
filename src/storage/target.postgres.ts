import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { ROOT } from '../config.ts';
import { BackupError, TABLE_NAMES } from './backup-format.ts';
import { knownMigrations, refuseNewer } from './migrate.ts';
import { lockMigrations, migratePostgres } from './open.postgres.ts';
import { fit, ROWS_AT_ONCE, type Column, type Kind, type Row, type TableShape, type Target } from './rows.ts';
import { connectAlone, migrationsOf, shapeOf } from './snapshot.postgres.ts';
import { codeOf } from './storage.ts';
import { PRECIOUS } from './target.sqlite.ts';

/** How long to wait for whoever uses the tables, in milliseconds. */
const PATIENCE = 5000;
const PAUSE = 200;

const CASTS: Readonly<Record<Kind, string>> = { text: '', number: '::bigint', flag: '::boolean' };

async function contentOf(client: pg.ClientBase): Promise<string[]> {
  const found: string[] = [];
  for (const table of PRECIOUS) {
    if ((await shapeOf(client, table)) === undefined) continue;
    const { rows } = await client.query(`SELECT 1 FROM "${table}" LIMIT 1`);
    if (rows.length > 0) found.push(table);
  }
  return found;
}

/** Which of the tables that matter have rows. */
export async function postgresContent(address: string): Promise<string[]> {
  const client = await connectAlone(address);
  try {
    return await contentOf(client);
  } finally {
    await client.end();
  }
}

function explain(error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const code = codeOf(error);
  if (code === '55P03') {
    return new BackupError('The database is in use: stop Aluco first. Nothing was changed.', { cause: error });
  }
  if (/^(53...|ENOSPC)$/u.test(code)) {
    return new BackupError(`PostgreSQL has no room for the backup (${code}). Nothing was changed.`, { cause: error });
  }
  if (/^(22|23)...$/u.test(code)) {
    return new BackupError(`The backup is broken: its rows contradict one another (${code}). Nothing was changed.`, {
      cause: error,
    });
  }
  return error;
}

/**
 * Waits a little until nobody else of this user is connected: a running Aluco would not notice the change, while one that
 * was killed is soon gone.
 * @throws {BackupError} when somebody stays.
 */
async function refuseOthers(client: pg.ClientBase): Promise<void> {
  for (let waited = 0; ; waited += PAUSE) {
    const { rows } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
       AND backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`,
    );
    if (rows.length === 0) return;
    if (waited >= PATIENCE) {
      throw new BackupError('Something else is connected to the database: stop Aluco first. Nothing was changed.');
    }
    await pause(PAUSE);
  }
}

/** Fills the database in one transaction, the making of its tables included: ended in the middle, nothing was done. */
export async function openPostgresTarget(
  address: string,
  until: string,
  refuseContent: (found: readonly string[]) => void,
): Promise<Target> {
  const client = await connectAlone(address);
  const shapes = new Map<string, TableShape | undefined>();
  let waiting: { table: TableShape; columns: readonly Column[]; rows: Row[] } | undefined;
  /** The rows under way: the next ones are read meanwhile. */
  let underWay: Promise<unknown> = Promise.resolve();

  async function step<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    }
  }

  async function flush(): Promise<void> {
    await underWay;
    if (waiting === undefined) return;
    const { table, columns, rows } = waiting;
    waiting = undefined;
    const kinds = columns.map(({ name }) => table.columns.find((column) => column.name === name)?.kind ?? 'text');
    const list = columns.map(({ name }) => `"${name}"`).join(', ');
    const values = kinds.map((kind, index) => `(row ->> ${index})${CASTS[kind]}`).join(', ');
    const fitted = rows.map((row) => row.map((value, index) => fit(value, kinds[index] ?? 'text')));
    underWay = client.query({
      name: `restore_${table.name}`,
      text: `INSERT INTO "${table.name}" (${list}) SELECT ${values} FROM jsonb_array_elements($1::jsonb) AS rows (row)`,
      values: [JSON.stringify(fitted)],
    });
    // Whoever comes next is told; until then nobody may have asked.
    underWay.catch(() => undefined);
  }

  const abandon = async (): Promise<void> => {
    await client.query('ROLLBACK').catch(() => undefined);
    await client.end();
  };

  try {
    await refuseOthers(client);
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${PATIENCE}`);
    await lockMigrations(client);
    refuseNewer(await migrationsOf(client), knownMigrations(path.join(ROOT, 'migrations/postgres')));
    refuseContent(await contentOf(client));
    // An instance that was started and never used has its tables, which may be newer than the backup's.
    for (const name of [...TABLE_NAMES, 'migration']) await client.query(`DROP TABLE IF EXISTS "${name}"`);
    await migratePostgres(client, until);
  } catch (error) {
    await abandon();
    throw explain(error);
  }

  return {
    async shape(table) {
      if (!shapes.has(table)) {
        await step(flush);
        await step(() => underWay);
        shapes.set(table, await shapeOf(client, table));
      }
      return shapes.get(table);
    },

    insert: (table, columns, rows) =>
      step(async () => {
        if (waiting !== undefined && (waiting.table !== table || waiting.columns !== columns)) await flush();
        waiting ??= { table, columns, rows: [] };
        waiting.rows.push(...rows);
        if (waiting.rows.length >= ROWS_AT_ONCE) await flush();
      }),

    finish: () =>
      step(async () => {
        await flush();
        await underWay;
        await migratePostgres(client);
        await client.query('ANALYZE');
        await client.query('COMMIT');
        await client.end();
      }),

    abandon,
  };
}
