import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Engine, Linked, LinkOptions, Script, Source } from '../../src/legacy/sources/source.ts';
import type { Town } from './towns.ts';
import { hasMariadb, hasPsql, openMysqlSide, openPostgresSide, type OtherSide } from './other-side.ts';

/** Whether the client of SQLite is here. */
export const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;
if (!hasSqlite) process.stderr.write('SKIPPED: there is no sqlite3, so files for applications on SQLite are not run\n');

/** Whether files for this kind of database can be run here. */
export const isHere: Readonly<Record<Engine, boolean>> = {
  postgres: hasPsql,
  mysql: hasMariadb,
  sqlite: hasSqlite,
};

/** The options with which an administrator reads rows out of each kind of database. */
export const READING: Readonly<Record<Engine, readonly string[]>> = {
  postgres: ['--csv'],
  mysql: ['--batch', '--raw', '--skip-column-names'],
  sqlite: ['-csv', '-header'],
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

const OPEN: Readonly<Record<Engine, (schema: string) => Promise<OtherSide>>> = {
  postgres: openPostgresSide,
  mysql: openMysqlSide,
  sqlite: openSqliteSide,
};

/** The database of an application as its own program makes it, with a handful of people. */
export async function openSide({ id }: Source, engine: Engine): Promise<OtherSide> {
  const side = await OPEN[engine](`fixtures/${id}.${engine}.sql`);
  const people = await readFile(path.join(import.meta.dirname, `fixtures/${id}.people.sql`), 'utf8').catch(() => '');
  const quotes = engine === 'mysql' ? "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');\n" : '';
  if (people !== '') side.run(quotes + people);
  return side;
}

/** What administrators get out of the application's database with the statement of its source. */
export function exported({ exports }: Source, engine: Engine, side: OtherSide): string {
  const statement = exports[engine];
  if (statement === undefined) throw new Error('there is no such statement');
  return side.run(statement, READING[engine]);
}

/** A whole file as it is written for some people. */
export const written = ({ begin, row, end }: Script, people: readonly Linked[], options: LinkOptions): string =>
  [...begin(options), ...people.flatMap((person) => row(person, options)), ...end(options), ''].join('\n');

/** Runs a file in the database of a town that it is meant for. */
export const runAt = (side: OtherSide, { database }: Pick<Town, 'database'>, text: string): string =>
  side.run(database === undefined ? text : `USE ${database};\n${text}`);

/** All that stands in the application's database; where it has two, in what is written to. */
export const contentsOf = async (side: OtherSide, { database }: Pick<Town, 'database'>): Promise<string> =>
  database === undefined
    ? side.dump()
    : JSON.stringify([
        await side.query(`SELECT * FROM ${database}.social_auth_usersocialauth ORDER BY id`),
        await side.query(
          `SELECT table_name FROM information_schema.tables WHERE table_schema = '${database}' ORDER BY 1`,
        ),
      ]);
