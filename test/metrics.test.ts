import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, openService, signIn, type Service } from './application.ts';
import { basic, post } from './attacks/exchange.ts';
import { openHouse, type House } from './house.ts';
import { addPerson, PEOPLE } from './people.ts';
import { makeVisitor } from './visitor.ts';

const TOKEN = 'only-for-the-one-who-counts-everything';
const MINUTE = 60_000;
const clock = { time: Date.UTC(2026, 10, 21, 9, 31) };

let house: House;
let meadow: Service;
let harbour: Service;
beforeAll(async () => {
  house = await openHouse({ now: () => clock.time, settings: { ALUCO_METRICS_TOKEN: TOKEN } });
  meadow = await openService(house, 'Meadow');
  harbour = await openService(house, 'Harbour');
  await addPerson(house.parts, 'alix');
});
afterAll(async () => {
  await meadow.close();
  await harbour.close();
  await house.close();
});

const read = (authorization?: string): Promise<Response> =>
  fetch(`${house.url}/metrics`, authorization === undefined ? {} : { headers: { authorization } });

/** The counters as Prometheus reads them, by name with labels. */
async function counters(): Promise<Map<string, number>> {
  const text = await (await read(`Bearer ${TOKEN}`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

test('without the token there is no such page', async () => {
  const { status: none } = await fetch(`${house.url}/nothing`);
  for (const wrong of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN} x`,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN.slice(0, -1)}`,
  ]) {
    const answer = await read(wrong);
    expect([wrong, answer.status]).toEqual([wrong, none]);
    expect(await answer.text()).not.toContain('aluco_');
  }
  const right = await read(`Bearer ${TOKEN}`);
  expect([right.status, right.headers.get('content-type'), right.headers.get('cache-control')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; version=0\.0\.4/u),
    'no-store',
  ]);
});

test('where no token is set there is no such page for anybody, and the library is never loaded', async () => {
  const silent = await openHouse();
  for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${TOKEN}`]) {
    expect((await fetch(`${silent.url}/metrics`, { headers: { authorization } })).status).toBe(404);
  }
  await silent.close();
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve: (name, context, next) => { if (name === 'prom-client') seen.push(name); return next(name, context); } });
    const { readConfig } = await import('./src/config.ts');
    const { makeParts } = await import('./src/parts.ts');
    const { makeLog } = await import('./src/log.ts');
    for (const more of [{}, { ALUCO_METRICS_TOKEN: 'a'.repeat(32) }]) {
      const parts = await makeParts(readConfig({ ...process.env, ...more }), { log: makeLog('silent'), now: Date.now });
      await parts.storage.close();
      console.log(seen.length);
    }
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    {
      env: { PATH: process.env['PATH'] ?? '', ALUCO_DATA: `${house.folder}/other` },
    },
  );
  expect(stdout.trim().split('\n')).toEqual(['0', '1']);
});

test('sign-ins, tokens, requests, hashes and writes are counted', async () => {
  const alix = makeVisitor((url) => meadow.isHome(url) || harbour.isHome(url));
  const form = await alix.get((await begin(meadow)).url);
  await alix.submit(form, '/sign-in', { login: 'alix', password: 'a very wrong guess' });
  await signIn(alix, meadow, { person: 'alix', profile: 'heron' });
  await post(`${house.url}/oidc/token`, { grant_type: 'authorization_code', code: 'stolen' }, basic(meadow));
  const before = await counters();
  expect(before.get('aluco_sign_ins_total{outcome="done"}')).toBe(1);
  expect(before.get('aluco_sign_ins_total{outcome="begun"}')).toBe(2);
  expect(before.get('aluco_sign_ins_total{outcome="refused"}')).toBe(1);
  expect(before.get('aluco_http_requests_total{route="token",status="2xx"}')).toBe(1);
  expect(before.get('aluco_http_requests_total{route="token",status="4xx"}')).toBe(1);
  expect(before.get('aluco_password_hashes_total{kind="verified"}')).toBe(2);
  expect(before.get('aluco_database_write_seconds_count')).toBeGreaterThan(5);
  expect(before.get('aluco_database_writes_waiting')).toBe(0);
  expect(before.get('aluco_logout_messages_waiting')).toBe(0);
  expect(before.get('aluco_database_lost')).toBe(0);
  for (const name of [
    'process_resident_memory_bytes',
    'process_open_fds',
    'nodejs_active_resources',
    'process_cpu_seconds_total',
  ]) {
    expect([name, before.get(name)]).toEqual([name, expect.any(Number)]);
    expect(before.get(name)).toBeGreaterThan(0);
  }
  // What was counted twice elsewhere is not added up again.
  expect((await counters()).get('aluco_password_hashes_total{kind="verified"}')).toBe(2);
});

test('P1 the counters of applications move together at whole ten minutes, whoever was where in between', async () => {
  const moving = async (): Promise<string[]> =>
    [...(await counters())]
      .filter(([name]) => name.startsWith('aluco_application_'))
      .map(([name, value]) => `${name} ${value}`);
  expect(await moving()).toEqual([]);
  const alix = makeVisitor((url) => meadow.isHome(url) || harbour.isHome(url));
  await signIn(alix, harbour, { person: 'alix', profile: 'sparrow' });
  clock.time += 8 * MINUTE;
  expect(await moving()).toEqual([]);
  clock.time += 2 * MINUTE;
  const [at, to] = [meadow.application.id, harbour.application.id];
  const shown = await moving();
  expect(shown).toEqual(
    expect.arrayContaining([
      `aluco_application_sign_ins_done_total{application="${at}"} 1`,
      `aluco_application_sign_ins_done_total{application="${to}"} 1`,
      `aluco_application_sign_ins_refused_total{application="${at}",code="credentials_wrong"} 1`,
      `aluco_application_tokens_total{application="${at}",grant="authorization_code"} 1`,
      `aluco_application_tokens_refused_total{application="${at}",code="invalid_grant"} 1`,
    ]),
  );
  await signIn(alix, meadow, { person: 'alix', profile: 'heron' });
  expect(await moving()).toEqual(shown);
});

test('whatever is asked, labels stay few, and nothing in them is a person’s', async () => {
  for (let number = 0; number < 60; number += 1) {
    await fetch(`${house.url}/${'x'.repeat(number)}${number}`);
    await fetch(`${house.url}/oidc/authorize?client_id=nobody${number}&scope=openid`);
    await post(`${house.url}/oidc/token`, { grant_type: `made-up-${number}`, code: 'x' }, basic(meadow));
  }
  clock.time += 10 * MINUTE;
  const all = await counters();
  expect(all.size).toBeLessThan(250);
  const text = [...all.keys()].join('\n');
  expect(text).not.toMatch(/made-up|nobody\d|heron|sparrow|xxx/u);
  for (const secret of [PEOPLE.alix.loginName, PEOPLE.alix.mailbox]) expect(text).not.toContain(secret);
  expect(text).toContain('aluco_application_sign_ins_refused_total{application="other"');
});
