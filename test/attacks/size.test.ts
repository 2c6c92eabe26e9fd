import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, receive, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { liveMemory } from '../live-memory.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { ask, expectToldTo, request } from './asking.ts';
import { basic, post } from './exchange.ts';
import { failures, keepLog } from './logbook.ts';
import { openWire, type Wire } from './wire.ts';

const MEGABYTE = 1024 * 1024;
/** Of the 320 MB that are sent. */
const KEPT = 100 * MEGABYTE;
/** Generous: a process that unpacked what it was sent would grow by far more. */
const GROWTH = 200 * MEGABYTE;

describe('a request that is too large', () => {
  const { log, lines } = keepLog();
  let house: House;
  let blog: Service;
  let wire: Wire;
  let places: string[];
  beforeAll(async () => {
    house = await openHouse({ log });
    wire = openWire(house);
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    const page = await makeVisitor().get((await begin(blog)).url);
    places = ['/language', '/sign-out', '/leave', `${page.url.pathname}/sign-in`];
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const PROTOCOL = ['/oidc/token', '/oidc/par', '/oidc/introspect', '/oidc/revoke'];

  test('A25: by a state of 13 KB or 20 KB is refused, one of 8 KB comes back whole', async () => {
    const visitor = makeVisitor((url) => blog.isHome(url));
    const attempt = await begin(blog, { state: 'x'.repeat(8192) });
    const page = await walk(visitor, blog, await visitor.get(attempt.url), { person: 'alix', profile: 'alice' });
    const received = await receive(blog, { ...attempt, state: 'x'.repeat(8192) }, page.url);
    expect(received.idToken['preferred_username']).toBe('alice');
    expect((await ask(house, { ...request(blog), state: 'x'.repeat(13_000) })).status).toBe(400);
    expect((await ask(house, { ...request(blog), state: 'x'.repeat(20_000) })).status).toBe(431);
  });

  test('A25: by a body of a megabyte is refused everywhere and not kept', async () => {
    const before = liveMemory();
    const junk = `a=${'x'.repeat(MEGABYTE)}`;
    for (let round = 0; round < 40; round += 1) {
      const statuses = await Promise.all([...PROTOCOL, ...places].map((path) => wire.post(path, junk)));
      for (const status of statuses) expect([400, 413]).toContain(status);
    }
    expect(liveMemory() - before).toBeLessThan(KEPT);
    expect(failures(lines)).toEqual([]);
  });

  test('A25: only once it is unpacked is refused and not unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(64 * MEGABYTE, 'a'));
    const before = process.memoryUsage().rss;
    for (const path of [...PROTOCOL, ...places, ...places, ...places]) {
      expect([400, 401, 413, 415]).toContain(await wire.post(path, packed, 'Content-Encoding: gzip'));
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH);
    expect(failures(lines)).toEqual([]);
  });

  test.each([
    ['different', (index: number) => `p${index}=1`],
    ['equal', () => 'state=1'],
    ['empty', () => 'parameter'],
  ])('A25: by ten thousand %s parameters is refused', async (_what, pair) => {
    const many = Array.from({ length: 10_000 }, (_, index) => pair(index)).join('&');
    for (const path of places) expect(await wire.post(path, many)).toBe(413);
    expect(await wire.get(`/oidc/authorize?${many}`)).toBe(431);
    expect(await wire.get(`/oidc/authorize?${'a&'.repeat(6500)}`)).toBe(400);
    for (const fields of [
      `${many}&${new URLSearchParams(request(blog))}`,
      `${new URLSearchParams(request(blog))}&${many}`,
    ]) {
      const pushed = await post(`${house.url}/oidc/par`, new URLSearchParams(fields), basic(blog));
      expect([400, 413]).toContain(pushed.status);
    }
    expect(failures(lines)).toEqual([]);
  });

  test('A25: is forgotten: the next one is answered as ever', async () => {
    expectToldTo(blog, house, await ask(house, { ...request(blog), prompt: 'none' }), 'login_required');
  });
});
