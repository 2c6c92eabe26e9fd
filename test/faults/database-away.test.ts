import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startClock } from '../../src/jobs/clock.ts';
import { keepLog } from '../attacks/logbook.ts';
import { basic, codeFields, obtainCode, post } from '../attacks/exchange.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { newPostgresDatabase } from '../engines.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, textOf } from '../visitor.ts';
import { makeRelay, type Relay } from './relay.ts';

const { log, lines } = keepLog();
const count = (event: string): number => lines.filter((line) => line['event'] === event).length;

let relay: Relay;
let house: House;
let meadow: Service;
beforeAll(async () => {
  relay = await makeRelay(await newPostgresDatabase());
  house = await openHouse({ log, settings: { ALUCO_DATABASE: relay.address } });
  meadow = await openService(house, 'Meadow', { client: { refreshTokens: true } });
  await addPerson(house.parts, 'alix');
});
afterAll(async () => {
  await relay.mend();
  await meadow.close();
  await house.close();
});

const ready = async (): Promise<string> => {
  const answer = await fetch(`${house.url}/readyz`);
  return `${answer.status} ${(await answer.text()).trim()}`;
};

test('while PostgreSQL is away everybody is told to come back, in their own words, and then all goes on', async () => {
  const alix = makeVisitor((url) => meadow.isHome(url));
  await signIn(alix, meadow, { person: 'alix', profile: 'heron' });
  const home = await alix.get(`${house.url}/account`);
  const code = await obtainCode(alix, meadow, { person: 'alix', profile: 'heron' });
  expect(await ready()).toBe('200 ok');

  await relay.cut();
  for (const [what, page] of [
    ['a page of hers', await alix.get(`${house.url}/`)],
    ['a sign-in', await alix.get((await begin(meadow, { prompt: 'login' })).url)],
    ['a form', await alix.submit(home, '/language', { language: 'fr' })],
  ] as const) {
    expect([what, page.status, page.headers.get('retry-after')]).toEqual([what, 503, '10']);
    expect([what, textOf(page)]).toEqual([what, expect.stringMatching(/cannot work right now/u)]);
  }
  const asJson = await fetch(`${house.url}/account`, {
    headers: { accept: 'application/json', cookie: await alix.cookies(house.url) },
  });
  expect([asJson.status, await asJson.json()]).toEqual([503, { error: 'unavailable' }]);
  for (const path of ['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/par']) {
    const told = await post(house.url + path, { ...codeFields(meadow, code), token: 'x' }, basic(meadow));
    expect([path, told.status, told.body['error'], told.headers.get('retry-after')]).toEqual([
      path,
      503,
      'temporarily_unavailable',
      '10',
    ]);
  }
  expect((await fetch(`${house.url}/.well-known/openid-configuration`)).status).toBe(200);
  expect((await fetch(`${house.url}/oidc/jwks`)).status).toBe(200);
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${house.url}/assets/owl.svg`)).status).toBe(200);
  await vi.waitUntil(async () => (await ready()) === '503 database', { timeout: 60_000 });
  expect(count('internal')).toBe(0);
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${house.url}/account`)));
  const lost = lines.filter((line) => line['event'] === 'database_lost').map((line) => line['use']);
  expect(lost.toSorted()).toEqual(['reading', 'writing']);

  await relay.mend();
  const clock = startClock(house.parts.jobs, log);
  await vi.waitUntil(async () => (await ready()) === '200 ok', { timeout: 60_000 });
  // The code was not used up while it could not be answered.
  const answer = await post(`${house.url}/oidc/token`, codeFields(meadow, code), basic(meadow));
  expect([answer.status, typeof answer.body['id_token']]).toEqual([200, 'string']);
  expect((await alix.get(`${house.url}/account`)).status).toBe(200);
  await vi.waitUntil(() => count('database_back') === 2, { timeout: 60_000 });
  await clock.stop();
});

test('cuts in the middle of writes use up no connection', async () => {
  const { storage } = house.parts;
  const { meta } = storage.tables;
  for (let round = 0; round < 15; round += 1) {
    const writes = Array.from({ length: 10 }, (_, number) =>
      storage
        .write(async (tx) => void (await tx.insert(meta).values({ key: `${round} ${number}`, value: '' })))
        .catch(() => undefined),
    );
    await relay.cut();
    await Promise.all(writes);
    await relay.mend();
  }
  await storage.write(async (tx) => void (await tx.insert(meta).values({ key: 'at last', value: '' })));
  const alix = makeVisitor((url) => meadow.isHome(url));
  await signIn(alix, meadow, { person: 'alix', profile: 'heron' });
});

test('jobs that meet no database fail quietly and go on', async () => {
  const clock = startClock(
    house.parts.jobs.map((job) => ({ ...job, everyMilliseconds: 20 })),
    log,
  );
  await relay.cut();
  await vi.waitUntil(async () => (await ready()) === '503 database', { timeout: 60_000 });
  await relay.mend();
  await vi.waitUntil(async () => (await ready()) === '200 ok', { timeout: 60_000 });
  await clock.stop();
  expect(lines.filter((line) => line['event'] === 'job_failed')).toEqual([]);
});
