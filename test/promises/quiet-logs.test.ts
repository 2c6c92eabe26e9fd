import { Writable } from 'node:stream';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeLog, describeError } from '../../src/log.ts';
import { startClock } from '../../src/jobs/clock.ts';
import { makeTimekeeper } from '../../src/jobs/time.ts';
import { makeWatch } from '../../src/storage/watch.ts';
import { openService, signIn, type Service } from '../application.ts';
import { freePort } from '../free-port.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { openWiki } from '../service-provider.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { liveAsNewcomer, openMoodyHost, type MoodyHost } from './account-troubles.ts';
import { breakDownWithSaml, hangUpOnSaml, liveWithSaml, stumbleWithSaml } from './saml-troubles.ts';
import { ADDRESS, breakDown, hangUp, stumble, WRONG } from './troubles.ts';

const YEAR = 365 * 86_400_000;
/** Longer than any line may be. */
const LONGEST = 2000;

/** Where the log's lines go instead of standard output. */
function collector(): { lines: string[]; stream: Writable } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  return { lines, stream };
}

describe.each(['sqlite', 'postgres'] as const)('the log of a whole life on %s', (engine) => {
  const { lines, stream } = collector();
  /** What else was printed, past the log. */
  const printed: string[] = [];
  /** Values that must stand in no line. */
  const secrets = new Map<string, string>();
  /** Values of an account, and values of its profiles: never both in one line. */
  const ofAccounts = new Set<string>();
  const ofProfiles = new Set<string>();
  let house: House;
  let meadow: Service;
  let host: MoodyHost;
  /** By how much the clock of the house runs ahead, in milliseconds. */
  let ahead = 0;

  function keepSecret(what: string, value: unknown): void {
    if (typeof value === 'string' && value !== '') secrets.set(`${what} ${secrets.size}`, value);
  }

  async function live(visitor: Visitor): Promise<void> {
    const lasting = { scope: 'openid profile email groups offline_access' };
    for (const profile of ['heron_lakeside', 'sparrow_downtown']) {
      const received = await signIn(
        visitor,
        meadow,
        { person: 'alix', profile },
        { prompt: 'select_account', ...lasting },
      );
      keepSecret('code', received.answer.searchParams.get('code'));
      const { access_token: access, refresh_token: refresh, id_token: idToken } = received.tokens;
      for (const [what, token] of Object.entries({ access, refresh, idToken })) keepSecret(`${what} token`, token);
      ofProfiles.add(received.idToken.sub).add(profile);
      keepSecret('alias', received.idToken['email']);
      const renewed = await client.refreshTokenGrant(meadow.configuration, refresh ?? '');
      keepSecret('renewed token', renewed.access_token);
      keepSecret('renewed refresh token', renewed.refresh_token);
      // Used twice: refused, and everything of it ended.
      await client.refreshTokenGrant(meadow.configuration, refresh ?? '').catch(() => undefined);
      await client.tokenIntrospection(meadow.configuration, access);
      await client.fetchUserInfo(meadow.configuration, access, received.idToken.sub).catch(() => undefined);
    }
  }

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation(
        (...words: unknown[]) => void printed.push(words.map(String).join(' ')),
      );
    }
    host = await openMoodyHost();
    const houseNow = (): number => Date.now() + ahead;
    house = await openHouse({
      engine,
      log: makeLog('trace', stream),
      now: houseNow,
      settings: {
        ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1/128',
        ALUCO_SMTP: host.catcher.smtp,
        ALUCO_MAIL_FROM: 'aluco@example.org',
        ALUCO_SIGN_UP: 'open',
      },
    });
    meadow = await openService(house, 'Meadow', { client: { refreshTokens: true } });
    await addPerson(house.parts, 'odile');
    const alix = await addPerson(house.parts, 'alix');
    ofAccounts.add(alix.id).add(PEOPLE.alix.loginName);
    keepSecret('mailbox', PEOPLE.alix.mailbox);
    keepSecret('password', PEOPLE.alix.password);
    keepSecret('wrong password', WRONG);
    keepSecret('client secret', meadow.secret);
    keepSecret('network address', ADDRESS);
    const visitor = makeVisitor((url) => meadow.isHome(url));
    await live(visitor);
    const [token = '', refreshToken = ''] = [...secrets.values()].slice(-2);
    for (const trouble of [stumble, hangUp, breakDown]) {
      await trouble({ house, service: meadow, visitor, token, refreshToken });
    }
    const wiki = await openWiki(house, 'Wiki');
    const withSaml = { house, wiki, visitor: makeVisitor((url) => wiki.isHome(url)), keep: keepSecret };
    ofProfiles.add(await liveWithSaml(withSaml));
    for (const trouble of [stumbleWithSaml, hangUpOnSaml, breakDownWithSaml]) await trouble(withSaml);
    for (const cookie of await withSaml.visitor.jar.getCookies(house.url)) keepSecret('cookie', cookie.value);
    for (const application of [meadow.application, wiki.application])
      for (const { id } of (await house.parts.profiles.at(alix.id, application)).profiles) ofProfiles.add(id);
    for (const cookie of await visitor.jar.getCookies(house.url)) keepSecret('cookie', cookie.value);

    // A logout token that nobody takes, and a job that fails.
    await house.parts.applications.changeClient(meadow.client.id, {
      ...meadow.client,
      backchannelLogoutUri: `http://localhost:${await freePort()}/`,
    });
    await house.parts.oidc.endings.endAccount(alix.id);
    const failing = {
      name: 'failing',
      everyMilliseconds: 1,
      run: () => fetch('http://127.0.0.1:1/').then(() => undefined),
    };
    const clock = startClock(
      [
        failing,
        {
          ...failing,
          name: 'failing too',
          run: () => Promise.reject(new Error(`connect ECONNREFUSED ${ADDRESS}:5432`)),
        },
      ],
      makeLog('trace', stream),
    );
    // The database goes away and comes back, and the clock jumps.
    const log = makeLog('trace', stream);
    const watch = makeWatch(log, () => () => undefined);
    for (let time = 0; time < 3; time += 1) watch.lost('reading', new Error(`connect ECONNREFUSED ${ADDRESS}:5432`));
    watch.works('reading');
    let now = Date.UTC(2026, 10, 21);
    const time = makeTimekeeper({ storage: house.parts.storage, log, now: () => now, uptime: () => 0 });
    for (const jump of [0, YEAR, -YEAR]) {
      now += jump;
      await time.remember();
    }
    await vi.waitUntil(() => lines.filter((line) => line.includes('job_failed')).length > 1, { timeout: 60_000 });
    await clock.stop();

    const pass = (by: number): void => void (ahead += by);
    const newcomer = { house, host, application: meadow.application, pass, now: houseNow, keep: keepSecret };
    const { ofAccount, ofProfile } = await liveAsNewcomer(newcomer);
    for (const value of ofAccount) ofAccounts.add(value);
    for (const value of ofProfile) ofProfiles.add(value);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await meadow.close();
    await house.close();
    await host.catcher.close();
  });

  test('has something to say of each kind', () => {
    const events = new Set(lines.map((line) => (JSON.parse(line) as { event: string }).event));
    expect([...events].toSorted()).toEqual([
      'clock_behind',
      'clock_jumped',
      'database_back',
      'database_lost',
      'database_upgraded',
      'internal',
      'job_failed',
      'letter_put_off',
      'letter_refused',
      'refused',
      'sign_in_refused',
      'smart_host_away',
      'smart_host_back',
    ]);
    expect(lines.filter((line) => line.includes('"internal"')).length).toBeGreaterThan(4);
  });

  test('A92: holds no mailbox, password, token, code, cookie, secret or network address, nor what SAML carries', () => {
    for (const line of lines) {
      for (const [what, secret] of secrets) expect(line.includes(secret), `${what} in ${line}`).toBe(false);
      expect(line).not.toMatch(/[\w.+-]+@[\w-]+\.\w/u);
      expect(line).not.toMatch(/\b\d{1,3}(\.\d{1,3}){3}\b/u);
    }
  });

  test('names no account together with a profile or a NameID', () => {
    const names = (line: string, words: Set<string>) =>
      [...words].some((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`, 'u').test(line));
    expect(lines.filter((line) => names(line, ofAccounts) && names(line, ofProfiles))).toEqual([]);
  });

  test('has no long line, whatever is reported', () => {
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(LONGEST);
  });

  test('is all that is printed', () => {
    expect(printed).toEqual([]);
  });
});

test('what is said of an error is its first line and where it happened, whatever stands in it', () => {
  const nested = new Error(
    `Failed query: select 1\nparams: x\n    at alix@home.example,token\n${'more\n'.repeat(1000)}`,
  );
  const { message, at } = describeError(nested);
  expect(message).toBe('Failed query: select 1');
  expect(at).not.toContain('alix');
  expect(at).toContain('quiet-logs.test.ts');
  expect(describeError(new Error('mail to alix@home.example from 203.0.113.77 or [2001:db8::17]:25')).message).toBe(
    'mail to … from … or …',
  );
  expect(JSON.stringify(describeError(new Error('x'.repeat(100_000)))).length).toBeLessThan(LONGEST);
});
