import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../src/accounts/attempts.ts';
import { makeTimekeeper } from '../../src/jobs/time.ts';
import { makeParts } from '../../src/parts.ts';
import { readConfig, ROOT } from '../../src/config.ts';
import { keepLog } from '../attacks/logbook.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf } from '../visitor.ts';
import { signInOn } from '../working.ts';
import { addByCommand, makePlace, startProgram } from './program.ts';

const run = promisify(execFile);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const { alix } = PEOPLE;

describe.each(['sqlite', 'postgres'] as const)('a clock that jumps, on %s', (engine) => {
  let time = Date.now();
  let house: House;
  let meadow: Service;
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => time });
    meadow = await openService(house, 'Meadow');
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await meadow.close();
    await house.close();
  });

  const attempt = (password: string, network = '192.0.2.1'): Promise<string> =>
    house.parts.accounts.signIn({ identifier: 'alix', password, network }).then(
      () => 'in',
      (error: { code: string }) => error.code,
    );

  test.each([
    ['an hour', HOUR],
    ['a year', YEAR],
  ])('%s ahead and back again keeps nobody waiting for the attempts made meanwhile', async (_what, jump) => {
    time += jump;
    for (let number = 0; number < 40; number += 1) await attempt('wrong', '192.0.2.9');
    expect(await attempt(alix.password, '192.0.2.9')).toBe('try_later');
    time -= jump;
    expect(await attempt(alix.password, '192.0.2.9')).toBe('in');
    // And they count as ever from now on.
    for (let number = 0; number <= LIMITS['identity-network'].free; number += 1) await attempt('wrong', '192.0.2.9');
    expect(await attempt(alix.password, '192.0.2.9')).toBe('try_later');
    time += HOUR;
  });

  test('a password changed while it was a year ahead lets its owner in afterwards', async () => {
    const { accounts } = house.parts;
    const account = await accounts.findByLogin('alix');
    time += YEAR;
    await accounts.endProofs(account?.id ?? '');
    time -= YEAR;
    const received = await signIn(
      makeVisitor((url) => meadow.isHome(url)),
      meadow,
      { person: 'alix', profile: 'heron' },
    );
    expect(received.idToken.sub).toBeDefined();
    const browser = makeVisitor();
    const form = await browser.get(`${house.url}/account`);
    const page = await signInOn(browser, form, 'alix', alix.password);
    expect([page.status, page.url.pathname]).toEqual([200, '/account']);
  });

  test('a session from a day that has not come proves nothing to an application', async () => {
    const browser = makeVisitor((url) => meadow.isHome(url));
    time += YEAR;
    const form = await browser.get(`${house.url}/account`);
    await browser.submit(form, '/sign-in', { login: 'alix', password: alix.password });
    time -= YEAR;
    const page = await browser.get((await begin(meadow)).url);
    expect(textOf(page)).toMatch(/Password/u);
  });

  test('signing keys made a year ahead do not put the next ones off, and one signs at all times', async () => {
    const { oidc, storage } = house.parts;
    const published = async (): Promise<number> =>
      ((await (await fetch(`${house.url}/oidc/jwks`)).json()) as { keys: unknown[] }).keys.length;
    const rows = async (): Promise<number> => (await storage.read.select().from(storage.tables.signingKey)).length;
    expect(await published()).toBe(3);
    time += YEAR;
    await oidc.maintainKeys();
    expect(await rows()).toBe(6);
    time -= YEAR;
    await oidc.maintainKeys();
    expect(await rows()).toBe(6);
    time += 91 * DAY;
    await oidc.maintainKeys();
    expect(await rows()).toBe(9);
    for (const jump of [-2 * YEAR, 2 * YEAR]) {
      time += jump;
      await oidc.maintainKeys(false);
      expect(await published()).toBeGreaterThanOrEqual(3);
    }
  });

  test('logout messages queued a year ahead leave all the same', async () => {
    const { oidc, storage } = house.parts;
    const browser = makeVisitor((url) => meadow.isHome(url));
    time += YEAR;
    await signIn(browser, meadow, { person: 'alix', profile: 'heron' });
    const account = await house.parts.accounts.findByLogin('alix');
    await oidc.endings.endAccount(account?.id ?? '');
    time -= YEAR;
    expect(await oidc.logoutsWaiting()).toBeGreaterThan(0);
    await oidc.deliverLogouts();
    expect(await oidc.logoutsWaiting()).toBe(0);
    expect(meadow.logoutTokens.length).toBeGreaterThan(0);
    expect(await storage.read.select().from(storage.tables.logoutMessage)).toEqual([]);
  });
});

test('nothing is forgotten on the day after a jump, and what is due is forgotten afterwards', async () => {
  const { log, lines } = keepLog();
  const house = await openHouse();
  const real = Date.now();
  const at = { now: real, uptime: 0 };
  const parts = await makeParts(readConfig(house.environment), { log, now: () => at.now, uptime: () => at.uptime });
  const { transient } = parts.storage.tables;
  const row = { idHash: 'x', model: 'Test', consumed: false, sealed: '', expiresHour: real + DAY };
  await parts.storage.write(async (tx) => void (await tx.insert(transient).values(row)));
  const sweep = async (): Promise<number> => {
    for (const name of ['what has run out', 'deleted profiles'])
      await parts.jobs.find((job) => job.name === name)?.run();
    return (await parts.storage.read.select().from(transient)).length;
  };
  const pass = (milliseconds: number): void => {
    at.now += milliseconds;
    at.uptime += milliseconds;
  };
  pass(HOUR);
  at.now += YEAR;
  expect(await sweep()).toBe(1);
  pass(20 * HOUR);
  expect(await sweep()).toBe(1);
  pass(5 * HOUR);
  expect(await sweep()).toBe(0);
  expect(lines.filter(({ event }) => event === 'clock_jumped').map(({ seconds }) => seconds)).toEqual([YEAR / 1000]);
  await parts.storage.close();
  await house.close();
});

test('a machine that was asleep has not jumped: the time it slept really went by', async (context) => {
  // The kernel’s two clocks differ by the time asleep; a namespace of time lets them differ as much.
  const asleep = ['--user', '--map-root-user', '--time', '--boottime', String(DAY / 1000)];
  const script = `import { uptime } from './src/jobs/time.ts'; console.log(uptime());`;
  const ask = async (...wrapped: string[]): Promise<number> => {
    const words = [...wrapped, process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script];
    return Number((await run('env', words, { cwd: ROOT })).stdout);
  };
  if (!(await run('unshare', [...asleep, 'true']).then(Boolean, () => false))) {
    console.warn('skipped: no namespaces of time here');
    context.skip();
  }
  const before = await ask();
  expect((await ask('unshare', ...asleep)) - before).toBeGreaterThan(DAY - HOUR);
});

test('a time that lies behind the one remembered is told once', async () => {
  const { log, lines } = keepLog();
  const house = await openHouse();
  const start = (now: number) => makeTimekeeper({ storage: house.parts.storage, log, now: () => now, uptime: () => 0 });
  const now = Date.now();
  await start(now).remember();
  await start(now - 30_000).remember();
  expect(lines).toEqual([]);
  await start(now + HOUR).remember();
  await start(now).remember();
  expect(lines.map(({ event, seconds }) => [event, seconds])).toEqual([['clock_behind', 3600]]);
  await house.close();
});

const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((file) => existsSync(file));

describe.skipIf(FAKETIME === undefined)(
  'with the clock of a real process (skipped where libfaketime is absent)',
  () => {
    test('a year ahead and back again lets people sign in at each time', async () => {
      const place = await makePlace();
      const clock = path.join(place.folder, 'clock');
      await writeFile(clock, '+0');
      const environment = place.environment;
      const program = startProgram({
        ...environment,
        LD_PRELOAD: FAKETIME ?? '',
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_NO_CACHE: '1',
      });
      await program.logged('listening');
      await addByCommand(environment, 'alix');
      const yearOf = async (): Promise<number> =>
        new Date((await fetch(`${place.url}/healthz`)).headers.get('date') ?? '').getUTCFullYear();
      const present = await yearOf();
      for (const [jump, years] of [
        ['+0', 0],
        ['+1y', 1],
        ['+0', 0],
        ['-1y', -1],
        ['+0', 0],
        ['+1h', 0],
        ['-1h', 0],
      ] as const) {
        await writeFile(clock, jump);
        // Node remembers the date of its answers for up to a second.
        await vi.waitUntil(async () => (await yearOf()) - present === years, { timeout: 60_000, interval: 100 });
        const browser = makeVisitor();
        const form = await browser.get(`${place.url}/account`);
        const wrong = await browser.submit(form, '/sign-in', { login: 'alix', password: 'a very wrong guess' });
        const page = await browser.submit(wrong, '/sign-in', { login: 'alix', password: alix.password });
        // A server far behind gives cookies that browsers find too old to keep: then only its answers are looked at.
        expect([jump, page.status]).toEqual([jump, 200]);
        if (years >= 0) expect([jump, page.url.pathname]).toEqual([jump, '/account']);
        expect((await fetch(`${place.url}/readyz`)).status).toBe(200);
      }
      expect(program.count('internal')).toBe(0);
      expect(await program.stop()).toBe(0);
      await place.remove();
    });
  },
);
