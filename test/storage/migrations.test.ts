import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NewerDatabaseError } from '../../src/storage/migrate.ts';
import { openStorage } from '../../src/storage/open.ts';
import { defineTables } from '../../src/storage/tables.ts';
import { postgresKit, sqliteKit } from '../../src/storage/kit.ts';
import { newPostgresDatabase } from '../engines.ts';

let folder: string;
let postgres: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-migrations-'));
  postgres = await newPostgresDatabase();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs one statement on the database as it lies, whatever the program thinks of it. */
async function runRaw(engine: string, statement: string): Promise<void> {
  if (engine === 'sqlite') {
    const database = new Database(path.join(folder, 'aluco.sqlite'));
    database.exec(statement);
    database.close();
    return;
  }
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Opens the database in a process of its own. */
async function openElsewhere(address: string): Promise<number | null> {
  const script = `
    import { openStorage } from './src/storage/open.ts';
    const storage = await openStorage(process.argv[1], process.argv[2]);
    await storage.read.select().from(storage.tables.account);
    await storage.close();`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script, address, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  return status;
}

describe.each(['sqlite', 'postgres'] as const)('the migrations on %s', (engine) => {
  const address = (): string => (engine === 'sqlite' ? 'sqlite' : postgres);

  test('are applied once by nodes that start at the same moment', async () => {
    expect(await Promise.all([openElsewhere(address()), openElsewhere(address()), openElsewhere(address())])).toEqual([
      0, 0, 0,
    ]);
  });

  test('of a newer program are refused in words', async () => {
    await runRaw(engine, "INSERT INTO migration VALUES ('9999_from_the_future')");
    const refusal = openStorage(address(), folder);
    await expect(refusal).rejects.toThrow(NewerDatabaseError);
    await expect(refusal).rejects.toThrow(/newer version of Aluco \(9999_from_the_future\)/u);
    await runRaw(engine, "DELETE FROM migration WHERE name = '9999_from_the_future'");
    const storage = await openStorage(address(), folder);
    await storage.close();
  });

  test('make every table and column that the program names', async () => {
    const storage = await openStorage(address(), folder);
    const tables = defineTables(engine === 'sqlite' ? sqliteKit : postgresKit);
    for (const name of Object.keys(tables) as (keyof typeof tables)[]) {
      expect(await storage.read.select().from(storage.tables[name])).toBeInstanceOf(Array);
    }
    await storage.close();
  });
});

test('a migration on PostgreSQL may take as long as it needs, however little time a page has', async () => {
  const address = await newPostgresDatabase();
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  // Notes at each change of a table how long that statement could have taken.
  await client.query(`
    CREATE SCHEMA watch;
    CREATE TABLE watch.patience (value text);
    CREATE FUNCTION watch.note() RETURNS event_trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO watch.patience VALUES (current_setting('statement_timeout')); END $$;
    CREATE EVENT TRIGGER note ON ddl_command_start EXECUTE FUNCTION watch.note()`);
  await (await openStorage(address, folder)).close();
  const { rows } = await client.query('SELECT DISTINCT value FROM watch.patience');
  await client.end();
  expect(rows).toEqual([{ value: '0' }]);
});
