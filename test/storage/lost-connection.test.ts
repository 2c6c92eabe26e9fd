import pg from 'pg';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGround, type Ground } from '../engines.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround('postgres');
});
afterAll(() => ground.close());

test('a connection that is cut inside a transaction fails that write and nothing else', async () => {
  const { storage, address } = ground;
  const other = new pg.Client({ connectionString: address });
  await other.connect();
  const cut = storage.write(async (tx) => {
    const answer = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await other.query('select pg_terminate_backend($1)', [answer.rows[0]?.pid]);
    await tx.insert(storage.tables.meta).values({ key: 'lost', value: '' });
  });
  await expect(cut).rejects.toThrow();
  await other.end();
  await storage.write(async (tx) => void (await tx.insert(storage.tables.meta).values({ key: 'kept', value: '' })));
  expect((await storage.read.select().from(storage.tables.meta)).map(({ key }) => key)).toEqual(['kept']);
});

test.each(['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE'])(
  'a fault of ours inside a write (%s) is no lost database',
  async (code) => {
    const fault = Object.assign(new TypeError('a fault of ours'), { code });
    const failed = ground.storage.write(() => Promise.reject(fault));
    await expect(failed).rejects.toBe(fault);
  },
);
