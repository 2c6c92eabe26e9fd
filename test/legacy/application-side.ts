import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Engine, Linked, LinkOptions, Script } from '../../src/legacy/sources/source.ts';
import type { Town } from './towns.ts';
import { hasMariadb, openMysqlSide, type Mariadb } from './mariadb-side.ts';
import { hasPsql, openPostgresSide, type OtherSide } from './other-side.ts';

/** Whether the client of SQLite is here. */
export const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;
if (!hasSqlite) process.stderr.write('SKIPPED: there is no sqlite3, so files for applications on SQLite are not run\n');

/** Whether files for this kind of database can be run here. */
export const isHere: Readonly<Record<Engine, boolean>> = {
  postgres: hasPsql,
  mysql: hasMariadb,
  sqlite: hasSqlite,
};

/** A database in SQLite with the tables of a file of this folder. */
async function openSqliteSide(schema: string): Promise<OtherSide> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-sqlite-'));
  const file = path.join(folder, 'application.db');
  const database = new Database(file);
  database.exec(await readFile(path.join(import.meta.dirname, schema), 'utf8'));
  return {
    address: file,
    run: (sql, options = []) =>
      execFileSync('sqlite3', ['-bail', ...options, file], { input: sql, encoding: 'utf8', stdio: 'pipe' }),
    query: async (sql, values = []) => database.prepare<unknown[], Record<string, unknown>>(sql).all(...values),
    async dump() {
      const layout = database
        .prepare<[], { name: string; type: string; sql: string }>(
          "SELECT name, type, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name",
        )
        .all();
      const rows = layout
        .filter(({ type }) => type === 'table')
        .map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()]);
      return JSON.stringify({ layout, rows }, undefined, 1);
    },
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The database of an application as its own program makes it, with a handful of people. `shared`: a running MariaDB
 * without anything else in it.
 */
export async function openSide(
  { source: { id }, engine, database }: Pick<Town, 'source' | 'engine' | 'database'>,
  shared?: Mariadb,
): Promise<OtherSide> {
  const schema = `fixtures/${id}.${engine}.sql`;
  const open = {
    postgres: openPostgresSide,
    mysql: (file: string) => openMysqlSide(file, { shared, database }),
    sqlite: openSqliteSide,
  };
  const side = await open[engine](schema);
  const people = await readFile(path.join(import.meta.dirname, `fixtures/${id}.people.sql`), 'utf8').catch(() => '');
  const quotes = engine === 'mysql' ? "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');\n" : '';
  if (people !== '') side.run(quotes + people);
  return side;
}

/** A whole file as it is written for some people. */
export const written = ({ begin, row, end }: Script, people: readonly Linked[], options: LinkOptions): string =>
  [
    ...begin(options),
    ...(row === undefined ? [] : people.flatMap((person) => row(person, options))),
    ...end(options),
    '',
  ].join('\n');
