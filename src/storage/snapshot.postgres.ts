import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { ROOT } from '../config.ts';
import { BackupError, TABLE_NAMES } from './backup-format.ts';
import { knownMigrations, refuseNewer } from './migrate.ts';
import { ROWS_AT_ONCE, type Kind, type Row, type Snapshot, type TableShape } from './rows.ts';

const KINDS: Readonly<Record<string, Kind>> = { text: 'text', bigint: 'number', boolean: 'flag' };

/** Connects with one connection of its own, which may take as long as it needs. */
export async function connectAlone(address: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: address,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  });
  // A connection that dies fails the query under way, and must not end the program before it has said so.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The migrations a database has; none where it is new or another program's. */
export async function migrationsOf(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ there: string | null }>("SELECT to_regclass('migration')::text AS there");
  if (rows[0]?.there === null) return [];
  return (await client.query<{ name: string }>('SELECT name FROM migration')).rows.map(({ name }) => name);
}

/** A table as this database has it; undefined where it has none of this name. */
export async function shapeOf(client: pg.ClientBase, table: string): Promise<TableShape | undefined> {
  const { rows } = await client.query<{ name: string; type: string; place: number | null }>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, array_position(i.indkey::int[], a.attnum::int) AS place
     FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [`"${table}"`],
  );
  if (rows.length === 0) return undefined;
  return {
    name: table,
    columns: rows.map(({ name, type }) => ({ name, kind: KINDS[type] ?? 'text' })),
    key: rows
      .filter(({ place }) => place !== null)
      .toSorted((a, b) => Number(a.place) - Number(b.place))
      .map(({ name }) => name),
  };
}

/** Opens a PostgreSQL database at this moment: one repeatable-read transaction on a connection of its own. */
export async function openPostgresSnapshot(address: string): Promise<Snapshot> {
  const client = await connectAlone(address);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Every row will be read: not a plan for the first few.
    await client.query('SET LOCAL cursor_tuple_fraction = 1');
    const applied = await migrationsOf(client);
    const known = knownMigrations(path.join(ROOT, 'migrations/postgres'));
    refuseNewer(applied, known);
    if (applied.length === 0) throw new BackupError('There is nothing of Aluco in this database.');
    const tables: TableShape[] = [];
    for (const name of TABLE_NAMES) {
      const shape = await shapeOf(client, name);
      if (shape !== undefined) tables.push(shape);
    }
    return {
      engine: 'postgres',
      migrations: known.filter((name) => applied.includes(name)),
      missing: known.filter((name) => !applied.includes(name)),
      tables,
      rows: (table) => rowsOf(client, table),
      read: drizzle(client),
      faults: async () => [],
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Reads through a cursor, so that neither side holds more than some rows. */
async function* rowsOf(client: pg.Client, { name, columns, key }: TableShape): AsyncGenerator<Row[]> {
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  const kinds = new Map(columns.map((column) => [column.name, column.kind]));
  // Whatever the database sorts by: bytes, as SQLite does.
  const order = key.map((column) => (kinds.get(column) === 'text' ? `"${column}" COLLATE "C"` : `"${column}"`));
  const numbers = columns.flatMap(({ kind }, index) => (kind === 'number' ? [index] : []));
  await client.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${list} FROM "${name}" ORDER BY ${order.join(', ')}`);
  try {
    for (;;) {
      const { rows } = await client.query<(string | boolean | null)[]>({
        text: `FETCH ${ROWS_AT_ONCE} FROM backup`,
        rowMode: 'array',
      });
      yield rows.map((row) => {
        // The driver gives large numbers as text.
        const values: (string | number | boolean | null)[] = row;
        for (const index of numbers) values[index] = row[index] === null ? null : Number(row[index]);
        return values;
      });
      if (rows.length < ROWS_AT_ONCE) break;
    }
  } finally {
    // Whoever reads may stop early; where the connection is gone, so is the cursor.
    await client.query('CLOSE backup').catch(() => undefined);
  }
}
