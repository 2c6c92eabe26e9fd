import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { expect, test } from 'vitest';
import { openGround } from '../engines.ts';

test('whoever writes much spares memory meanwhile, and takes nothing from the server for good', async () => {
  const { storage, close } = await openGround('sqlite');
  const cache = (): Promise<unknown> =>
    storage.write(async (tx) => (tx as unknown as BetterSQLite3Database).all(sql`pragma cache_size`));
  try {
    const usual = await cache();
    // Two applications may be imported at once.
    const [first, second] = [storage.sparing?.(), storage.sparing?.()];
    expect(await cache()).toEqual([{ cache_size: -2000 }]);
    first?.();
    second?.();
    expect(await cache()).toEqual(usual);
    expect(usual).not.toEqual([{ cache_size: -2000 }]);
  } finally {
    await close();
  }
});
