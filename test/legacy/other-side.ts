import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { newPostgresDatabase } from '../engines.ts';

const HERE = import.meta.dirname;
const HAS_PSQL = spawnSync('psql', ['--version']).status === 0;
const MARIADB = ['mariadbd', '/usr/sbin/mariadbd'].find((path_) => spawnSync(path_, ['--version']).status === 0);

/** Whether the client of PostgreSQL is here, which administrators run files with. */
export const hasPsql = HAS_PSQL;
/** Whether MariaDB is here. */
export const hasMariadb = MARIADB !== undefined && spawnSync('mariadb', ['--version']).status === 0;

if (!hasPsql) process.stderr.write('SKIPPED: there is no psql, so files for applications on PostgreSQL are not run\n');
if (!hasMariadb) process.stderr.write('SKIPPED: there is no MariaDB, so files for applications on MySQL are not run\n');

export type Value = string | number | boolean | null;

/** The database of an application, which administrators reach by its own client. */
export type OtherSide = {
  /** How its client reaches it. */
  readonly address: string;
  /** What the client answers to a file; throws where it ends with a mistake. `options`: of the client. */
  run(sql: string, options?: readonly string[]): string;
  /** Rows, by what is asked with constants in their places (`$1` or `?`). */
  query(sql: string, values?: readonly Value[]): Promise<Record<string, unknown>[]>;
  /** All that stands in it and how it is laid out, but for where its counters stand: rows that were there count on. */
  dump(): Promise<string>;
  close(): Promise<void>;
};

/** Everything of a database, each table in the order of its first column. */
async function dumped(
  query: OtherSide['query'],
  tables: readonly string[],
  layout: Record<string, unknown>[],
): Promise<string> {
  const rows = [];
  for (const table of tables) rows.push([table, await query(`SELECT * FROM ${table} ORDER BY 1`)]);
  return JSON.stringify({ layout, rows }, undefined, 1);
}

/** A database in PostgreSQL with the tables of a file of this folder. */
export async function openPostgresSide(schema: string): Promise<OtherSide> {
  return postgresSideAt(await newPostgresDatabase(), schema);
}

/** An empty database in PostgreSQL at this address, and the tables of a file of this folder in it. */
export async function postgresSideAt(address: string, schema: string): Promise<OtherSide> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  await client.query(await readFile(path.join(HERE, schema), 'utf8'));
  const query: OtherSide['query'] = async (sql, values = []) =>
    (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  return {
    address,
    run: (sql, options = []) =>
      execFileSync('psql', ['-X', ...options, address], { input: sql, encoding: 'utf8', stdio: 'pipe' }),
    query,
    async dump() {
      const layout = await query(
        `SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY 1, 2`,
      );
      const indexes = await query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1");
      const tables = new Set(layout.map((column) => String(column['table_name'])));
      return dumped(query, [...tables], [...layout, ...indexes]);
    },
    close: () => client.end(),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
const plain = (value: string): string =>
  value.replaceAll(/&(?:lt|gt|quot|amp);/gu, (found) => ENTITIES[found] ?? found);

/** A MariaDB of its own, with the tables of a file of this folder in one database. */
export async function openMysqlSide(schema: string, database = 'other'): Promise<OtherSide> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-mariadb-'));
  const data = path.join(folder, 'data');
  const socket = path.join(folder, 'socket');
  const user = os.userInfo().username;
  const install = ['--no-defaults', `--datadir=${data}`, `--user=${user}`, '--auth-root-authentication-method=normal'];
  execFileSync('mariadb-install-db', [...install, '--skip-test-db'], { stdio: 'pipe' });
  const small = ['--innodb-buffer-pool-size=16M', '--innodb-log-file-size=8M', '--performance-schema=off'];
  const server = spawn(
    MARIADB ?? '',
    ['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, `--user=${user}`, '--skip-networking', ...small],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ready = new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('ready for connections')) resolve();
    });
    server.once('exit', () => reject(new Error(said)));
  });
  await ready;
  const call = (sql: string, options: readonly string[]): string =>
    execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--default-character-set=utf8mb4', ...options], {
      input: sql,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  call(`CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`, []);
  const constant = (value: Value): string => {
    if (value === null) return 'NULL';
    return typeof value === 'string' ? `_utf8mb4 X'${Buffer.from(value).toString('hex')}'` : String(Number(value));
  };
  /** One JSON object a row, which the server makes. */
  const query: OtherSide['query'] = async (sql, values = []) => {
    let next = 0;
    const filled = sql.replaceAll('?', () => constant(values[next++] ?? null));
    const answer = call(filled, ['--xml', database]);
    return [...answer.matchAll(/<row>(.*?)<\/row>/gsu)].map(([, row = '']) =>
      Object.fromEntries(
        [...row.matchAll(/<field name="([^"]*)"(?: xsi:nil="true" \/|>(.*?)<\/field)>/gsu)].map(
          ([, name = '', value]) => [name, value === undefined ? null : plain(value)],
        ),
      ),
    );
  };
  call(await readFile(path.join(HERE, schema), 'utf8'), [database]);
  return {
    address: socket,
    run: (sql, options = []) => call(sql, [...options, database]),
    query,
    async dump() {
      const layout = await query(
        `SELECT table_name, column_name, column_type, column_default, is_nullable, collation_name
         FROM information_schema.columns WHERE table_schema = '${database}' ORDER BY 1, 2`,
      );
      const indexes = await query(
        `SELECT table_name, index_name, column_name, non_unique FROM information_schema.statistics
         WHERE table_schema = '${database}' ORDER BY 1, 2, 3`,
      );
      const tables = new Set(layout.map((column) => String(column['table_name'])));
      return dumped(query, [...tables], [...layout, ...indexes]);
    },
    async close() {
      server.kill('SIGTERM');
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
