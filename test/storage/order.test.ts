import pg from 'pg';
import { expect, test } from 'vitest';
import { newPostgresDatabase } from '../engines.ts';
import { openStorage } from '../../src/storage/open.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A database like most that are not ours: its text is in the order of a language. */
async function inOrderOfALanguage(address: string): Promise<string> {
  const url = new URL(address);
  const name = `${url.pathname.slice(1)}_words`;
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  await client.query(
    `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR' LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

test('names are in one order, byte by byte, whatever the order of the database', async () => {
  const address = await inOrderOfALanguage(await newPostgresDatabase());
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-order-'));
  const storage = await openStorage(address, folder);
  const client = new pg.Client({ connectionString: address });
  try {
    await client.connect();
    const names = ['z', 'a_b', 'a-b', 'ab', 'é', 'b'];
    for (const [number, name] of names.entries())
      await client.query(
        `INSERT INTO profile (id, application_id, name, name_key, subject, alias_local, status, created_day, sealed)
         VALUES ($1, 'a', $2, $2, $1, $1, 'active', '2026-11-27', '')`,
        [`p${number}`, name],
      );
    const { rows } = await client.query<{ name_key: string }>('SELECT name_key FROM profile ORDER BY name_key');
    expect(rows.map((row) => row.name_key)).toEqual(['a-b', 'a_b', 'ab', 'b', 'z', 'é']);
    const usual = await client.query<{ name: string }>('SELECT name FROM profile ORDER BY name');
    expect(usual.rows.map(({ name }) => name)).not.toEqual(['a-b', 'a_b', 'ab', 'b', 'z', 'é']);
  } finally {
    await client.end();
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
});
