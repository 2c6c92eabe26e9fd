import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { isTaken } from '../../src/storage/storage.ts';
import { onBothEngines, openGround } from '../engines.ts';

onBothEngines('a write', (ground) => {
  test('rolls back alone when it throws, while the others of the same moment stay', async () => {
    const { storage } = ground();
    const { meta } = storage.tables;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, number) =>
        storage.write(async (tx) => {
          await tx.insert(meta).values({ key: `row ${number}`, value: '' });
          if (number % 2 === 1) throw new Error('changed my mind');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    const rows = await storage.read.select().from(meta);
    expect(
      rows
        .map(({ key }) => key)
        .filter((key) => key.startsWith('row '))
        .toSorted(),
    ).toEqual(Array.from({ length: 10 }, (_, number) => `row ${number * 2}`).toSorted());
  });

  test('inside a write is refused', async () => {
    const { storage } = ground();
    await expect(storage.write(() => storage.write(async () => 1))).rejects.toThrow('a write inside a write');
  });

  test('says that a value is taken', async () => {
    const { storage } = ground();
    const { meta } = storage.tables;
    const insert = () => storage.write(async (tx) => void (await tx.insert(meta).values({ key: 'same', value: '' })));
    await insert();
    expect(isTaken(await insert().catch((error: unknown) => error))).toBe(true);
    expect(isTaken(new Error('other'))).toBe(false);
  });

  test('is seen by the next read', async () => {
    const { storage } = ground();
    const { meta } = storage.tables;
    await storage.write(async (tx) => void (await tx.insert(meta).values({ key: 'seen', value: 'yes' })));
    expect(await storage.read.select().from(meta).where(eq(meta.key, 'seen'))).toEqual([{ key: 'seen', value: 'yes' }]);
  });
});

test('while another process writes, a write of this one waits for it, and everything else goes on', async () => {
  const ground = await openGround('sqlite');
  const { storage } = ground;
  const { meta } = storage.tables;
  const other = new Database(path.join(ground.folder, 'aluco.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  let isThrough = false;
  const written = storage
    .write(async (tx) => void (await tx.insert(meta).values({ key: 'late', value: '' })))
    .then(() => (isThrough = true));
  let turns = 0;
  const until = performance.now() + 300;
  while (performance.now() < until) {
    await pause(5);
    turns += 1;
  }
  expect(isThrough).toBe(false);
  // Asleep with the engine, there would be one.
  expect(turns).toBeGreaterThan(5);
  other.exec('COMMIT');
  await written;
  expect(await storage.read.select().from(meta).where(eq(meta.key, 'late'))).toHaveLength(1);
  other.close();
  await ground.close();
});
