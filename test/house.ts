import { createServer, type Server } from 'node:http';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Hasher } from '../src/accounts/hashing.ts';
import { readConfig } from '../src/config.ts';
import { makeLog, type Log } from '../src/log.ts';
import { makeParts, type Parts } from '../src/parts.ts';
import { newPostgresDatabase } from './engines.ts';
import { freePort } from './free-port.ts';
import { quickFolder } from './quick-folder.ts';

/** A whole running instance on loopback. */
export type House = {
  readonly parts: Parts;
  readonly url: string;
  readonly address: string;
  readonly folder: string;
  readonly environment: Record<string, string>;
  /** Takes up settings of the house that were changed. */
  renew(): Promise<void>;
  close(): Promise<void>;
};

type Options = {
  engine?: 'sqlite' | 'postgres';
  now?: () => number;
  log?: Log;
  settings?: Record<string, string>;
  /** The address to listen on. */
  host?: string;
  /** Settings that the environment does not give. */
  without?: readonly string[];
  /** Hashes passwords; without it, at the usual cost. */
  hasher?: Hasher;
};

/** Starts an instance with an empty database, on the engine asked for. */
export async function openHouse({
  engine = 'sqlite',
  now = Date.now,
  log,
  settings = {},
  host = 'localhost',
  without = [],
  hasher,
}: Options = {}): Promise<House> {
  const folder = await quickFolder('aluco-house-');
  const port = settings['ALUCO_PORT'] === undefined ? await freePort() : Number(settings['ALUCO_PORT']);
  const url = `http://localhost:${port}`;
  // Whoever reads the log reads of the tables too, when they are made.
  const tables = log === undefined ? 'all' : 'none';
  const database = engine === 'sqlite' ? 'sqlite' : await newPostgresDatabase(tables);
  const all: Record<string, string> = {
    ALUCO_URL: url,
    ALUCO_PORT: String(port),
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_DATABASE: database,
    ALUCO_PRIVATE_NETWORKS: '127.0.0.0/8 ::1/128',
    ALUCO_ALIAS_DOMAIN: 'relay.example',
    ALUCO_LANGUAGE: 'en',
    ...settings,
  };
  const environment = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
  const onHouseChanged = async (): Promise<void> => {
    parts = await parts.again();
  };
  let parts = await makeParts(readConfig(environment), {
    log: log ?? makeLog('silent'),
    now,
    onHouseChanged,
    ...(hasher === undefined ? {} : { hasher }),
  });
  const server = await listen(() => parts, port, host);
  return {
    get parts() {
      return parts;
    },
    url,
    address: database,
    folder,
    environment,
    renew: onHouseChanged,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await parts.storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function listen(parts: () => Parts, port: number, host: string): Promise<Server> {
  // No connection is ended for having been idle: a busy process might write to one that is being ended.
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => parts().app(req, res));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
