import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { newPostgresDatabase } from '../engines.ts';

const HERE = import.meta.dirname;
const HAS_PSQL = spawnSync('psql', ['--version']).status === 0;

/** Whether the client of PostgreSQL is here, which administrators run files with. */
export const hasPsql = HAS_PSQL;

if (!hasPsql) process.stderr.write('SKIPPED: there is no psql, so files for applications on PostgreSQL are not run\n');

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
export async function dumped(
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
      // Between quotes: `user` alone would be whoever asks.
      const tables = new Set(layout.map((column) => `"${String(column['table_name'])}"`));
      return dumped(query, [...tables], [...layout, ...indexes]);
    },
    close: () => client.end(),
  };
}
