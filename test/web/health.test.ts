import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeReadiness } from '../../src/storage/readiness.ts';
import { makeWatch } from '../../src/storage/watch.ts';
import { makeLog } from '../../src/log.ts';
import { openHouse, type House } from '../house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('health and readiness answer a word, without cookies, and are kept by nobody', async () => {
  for (const path of ['/healthz', '/readyz']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(house.url + path, { method, headers: { cookie: 'aluco=x; aluco-language=fr' } });
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, method === 'GET' ? 'ok\n' : '']);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  }
});

/** The readiness of the house with its reads counted, and slowed or failing when a test says so. */
function watched(): {
  ask: () => Promise<string | undefined>;
  reads: () => number;
  state: { stopping: boolean; hangs: boolean };
} {
  const state = { stopping: false, hangs: false };
  let reads = 0;
  const { storage } = house.parts;
  const read = new Proxy(storage.read, {
    get(target, name, receiver) {
      if (name !== 'select') return Reflect.get(target, name, receiver) as unknown;
      reads += 1;
      if (state.hangs) return () => ({ from: () => ({ limit: () => new Promise(() => undefined) }) });
      return target.select.bind(target);
    },
  });
  const watch = makeWatch(makeLog('silent'), () => () => undefined);
  const { ask } = makeReadiness({ ...storage, read }, watch, () => state.stopping);
  return { ask, reads: () => reads, state };
}

test('readiness asked a hundred times at once looks once, and stops at once when the program is told to', async () => {
  const { ask, reads, state } = watched();
  expect(new Set(await Promise.all(Array.from({ length: 100 }, ask)))).toEqual(new Set([undefined]));
  await ask();
  expect(reads()).toBe(1);
  state.stopping = true;
  expect(await ask()).toBe('stopping');
});

test('readiness does not wait for a database that does not answer, and asks it only once', async () => {
  const { ask, reads, state } = watched();
  state.hangs = true;
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['database', 'database', 'database']);
  expect(await ask()).toBe('database');
  expect(reads()).toBe(1);
});
