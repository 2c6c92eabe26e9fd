import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { randomId, makeSeals, type Seals } from '../src/storage/seal.ts';
import { openStorage } from '../src/storage/open.ts';
import type { Storage } from '../src/storage/storage.ts';
import { quickFolder } from './quick-folder.ts';

/** A database of its own, and the address and folder another process would open it with. */
export type Ground = {
  storage: Storage;
  seals: Seals;
  masterKey: Buffer;
  address: string;
  folder: string;
  close(): Promise<void>;
};

/**
 * Makes a database on the run's PostgreSQL server and returns its address. It is empty, or has all tables already, as
 * the program would have made them.
 */
export async function newPostgresDatabase(tables: 'none' | 'all' = 'none'): Promise<string> {
  const server = inject('postgres');
  const name = `t_${randomId().replace(/\W/gu, '').toLowerCase()}`;
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  const like = tables === 'all' ? ` TEMPLATE ${inject('postgresTemplate')}` : '';
  await client.query(`CREATE DATABASE ${name}${like}`);
  await client.end();
  return `${server}/${name}`;
}

/** Opens a fresh database of the engine, with all tables and a random master key. */
export async function openGround(engine: 'sqlite' | 'postgres'): Promise<Ground> {
  const folder = await quickFolder('aluco-test-');
  const address = engine === 'sqlite' ? 'sqlite' : await newPostgresDatabase('all');
  const masterKey = Buffer.from(randomId() + randomId()).subarray(0, 32);
  const storage = await openStorage(address, folder);
  return {
    storage,
    seals: makeSeals([masterKey]),
    masterKey,
    address,
    folder,
    async close() {
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the same tests on both engines, each with a database of its own. */
export function onBothEngines(name: string, tests: (ground: () => Ground) => void): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} on %s`, (engine) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await openGround(engine);
    });
    afterAll(() => ground.close());
    tests(() => ground);
  });
}
