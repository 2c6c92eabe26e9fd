import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { dumped, type OtherSide, type Value } from './other-side.ts';

const MARIADB = ['mariadbd', '/usr/sbin/mariadbd'].find((path_) => spawnSync(path_, ['--version']).status === 0);

/** Whether MariaDB is here. */
export const hasMariadb = MARIADB !== undefined && spawnSync('mariadb', ['--version']).status === 0;
if (!hasMariadb) process.stderr.write('SKIPPED: there is no MariaDB, so files for applications on MySQL are not run\n');

/** A server of MariaDB, on which databases are opened one after the other. */
export type Mariadb = {
  readonly socket: string;
  /** What the client answers. */
  run(sql: string, options: readonly string[]): string;
  close(): Promise<void>;
};

/** Starts a server, which takes seconds. */
export async function openMariadb(): Promise<Mariadb> {
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
  return {
    socket,
    run: (sql, options) =>
      execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '--default-character-set=utf8mb4', ...options], {
        input: sql,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    async close() {
      server.kill('SIGTERM');
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
const plain = (value: string): string =>
  value.replaceAll(/&(?:lt|gt|quot|amp);/gu, (found) => ENTITIES[found] ?? found);

const constant = (value: Value): string => {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `_utf8mb4 X'${Buffer.from(value).toString('hex')}'` : String(Number(value));
};

/**
 * The tables of a file of this folder in one database, or in others that it makes besides; in a MariaDB of its own or in
 * `shared`, which must have none of another side.
 */
export async function openMysqlSide(
  schema: string,
  { database = 'other', shared }: { database?: string | undefined; shared?: Mariadb | undefined } = {},
): Promise<OtherSide> {
  const server = shared ?? (await openMariadb());
  /** One JSON object a row, which the server makes. */
  const query: OtherSide['query'] = async (sql, values = []) => {
    let next = 0;
    const filled = sql.replaceAll('?', () => constant(values[next++] ?? null));
    const answer = server.run(filled, ['--xml', database]);
    return [...answer.matchAll(/<row>(.*?)<\/row>/gsu)].map(([, row = '']) =>
      Object.fromEntries(
        [...row.matchAll(/<field name="([^"]*)"(?: xsi:nil="true" \/|>(.*?)<\/field)>/gsu)].map(
          ([, name = '', value]) => [name, value === undefined ? null : plain(value)],
        ),
      ),
    );
  };
  server.run(`CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`, []);
  server.run(await readFile(path.join(import.meta.dirname, schema), 'utf8'), [database]);
  const made = await query(`SELECT schema_name AS name FROM information_schema.schemata
    WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')`);
  const databases = made.map(({ name }) => String(name));
  const own = `table_schema IN (${databases.map((name) => `'${name}'`).join(', ')})`;
  return {
    address: server.socket,
    run: (sql, options = []) => server.run(sql, [...options, database]),
    query,
    async dump() {
      const layout = await query(
        `SELECT table_schema, table_name, column_name, column_type, column_default, is_nullable, collation_name
         FROM information_schema.columns WHERE ${own} ORDER BY 1, 2, 3`,
      );
      const indexes = await query(
        `SELECT table_schema, table_name, index_name, column_name, non_unique FROM information_schema.statistics
         WHERE ${own} ORDER BY 1, 2, 3, 4`,
      );
      const tables = new Set(
        layout.map((column) => `${String(column['table_schema'])}.${String(column['table_name'])}`),
      );
      return dumped(query, [...tables], [...layout, ...indexes]);
    },
    async close() {
      if (shared === undefined) return server.close();
      for (const name of databases) server.run(`DROP DATABASE ${name}`, []);
    },
  };
}
