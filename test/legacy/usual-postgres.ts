import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { globSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { postgresSideAt, type OtherSide } from './other-side.ts';

/** Where Debian puts the server and its tools, the newest last. */
const [BIN] = globSync('/usr/lib/postgresql/*/bin/postgres')
  .map((file) => path.dirname(file))
  .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));

/** Whether PostgreSQL is here as Debian has it: a server whose databases its own pg_dump can copy. */
export const hasUsualPostgres = BIN !== undefined;
if (!hasUsualPostgres)
  process.stderr.write('SKIPPED: there is no PostgreSQL of Debian, so no weekend is rehearsed on a copy of it\n');

/** A server of its own, as an administrator has one beside the application. */
export type UsualPostgres = {
  /** With these in its environment each of PostgreSQL's tools finds the server by itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** A new database with the tables of a file of this folder. */
  open(database: string, schema: string): Promise<OtherSide>;
  /** The names of the databases that somebody made. */
  databases(): string[];
  close(): Promise<void>;
};

/** The server refuses to run as root: where the tests do, it runs as the user whom its package made. */
function runner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string): number => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts one in a folder of its own; it listens there and nowhere else. */
export async function openUsualPostgres(): Promise<UsualPostgres> {
  const bin = (name: string): string => path.join(BIN ?? '', name);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-usual-'));
  await chmod(folder, 0o755);
  const home = path.join(folder, 'server');
  await mkdir(home);
  const as = runner();
  if (as !== undefined) await chown(home, as.uid, as.gid);
  const data = path.join(home, 'data');
  const options = { cwd: home, ...as } as const;
  const setUp = ['--encoding=UTF8', '--locale=C', '--auth=trust', '--username=postgres', '--no-sync', data];
  execFileSync(bin('initdb'), setUp, { ...options, stdio: 'pipe' });
  const server = spawn(bin('postgres'), ['-D', data, '-k', home, '-c', 'listen_addresses=', '-F'], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(said)));
  });
  const environment = { PGHOST: home, PGUSER: 'postgres' };
  const sides: OtherSide[] = [];
  const tool = (name: string, ...words: string[]): string =>
    execFileSync(bin(name), words, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, ...environment } });
  return {
    environment,
    async open(database, schema) {
      tool('createdb', database);
      const address = `postgresql:///${database}?host=${encodeURIComponent(home)}&user=postgres`;
      const side = await postgresSideAt(address, schema);
      sides.push(side);
      return side;
    },
    databases: () =>
      tool('psql', '-X', '-A', '-t', 'postgres', '-c', 'SELECT datname FROM pg_database WHERE oid >= 16384 ORDER BY 1')
        .split('\n')
        .filter((name) => name !== ''),
    async close() {
      for (const side of sides) await side.close();
      server.kill('SIGINT');
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
