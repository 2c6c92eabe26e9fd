import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { ask, openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const ALICE = { person: 'alix', profile: 'alice' } as const;

describe.each(['sqlite', 'postgres'] as const)("Alix's session, on %s", (engine) => {
  let time = Date.now();
  let house: House;
  let blog: Service;
  let wiki: Wiki;
  let visitor: Visitor;
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => time });
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    wiki = await openWiki(house, 'Wiki');
    await addPerson(house.parts, 'odile');
    await addPerson(house.parts, 'alix');
  });
  beforeEach(async () => {
    await lasts('', '');
    visitor = makeVisitor((url) => blog.isHome(url) || wiki.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  /** Sets how long sessions last, in days; empty for what is usual: 14 without use, 30 at most. */
  async function lasts(idle: string, longest: string): Promise<void> {
    await house.parts.house.change({ ALUCO_SESSION_IDLE_DAYS: idle, ALUCO_SESSION_DAYS: longest });
    await house.renew();
  }

  async function signInEverywhere(): Promise<Received> {
    const received = await signIn(visitor, blog, ALICE);
    await signInAt(visitor, wiki, { person: 'alix', profile: 'chouette' }, { at: time });
    return received;
  }

  const portal = async (): Promise<string> => (await visitor.get(`${house.url}/account`)).url.pathname;
  const silent = async (): Promise<string> => {
    const { url } = await visitor.get((await begin(blog, { prompt: 'none' })).url);
    return url.searchParams.get('error') ?? 'answered';
  };
  const asksPassword = async (url: string | URL): Promise<boolean> =>
    (await visitor.get(url)).document.querySelector('input[name=password]') !== null;
  const refresh = async ({ tokens }: Received): Promise<string> =>
    client.refreshTokenGrant(blog.configuration, tokens.refresh_token ?? '').then(
      () => 'renewed',
      (error: { error: string }) => error.error,
    );
  const userinfo = async ({ tokens }: Received): Promise<number> => {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    return (await fetch(`${house.url}/oidc/userinfo`, { headers })).status;
  };

  test('is over when it was not used for too long: on pages, for applications of both kinds, and for their tokens', async () => {
    const received = await signInEverywhere();
    time += 14 * DAY - HOUR;
    expect(await portal()).toBe('/account');
    time += 14 * DAY + MINUTE;
    expect(await silent()).toBe('login_required');
    expect(await refresh(received)).toBe('invalid_grant');
    expect(await asksPassword((await begin(blog)).url)).toBe(true);
    expect(await asksPassword(ask(wiki, { at: time }).url)).toBe(true);
    expect(await portal()).toMatch(/^\/journey\//u);
  });

  test('is over so many days after the last full proof, however much it is used', async () => {
    await signInEverywhere();
    for (let day = 1; day < 30; day += 1) {
      time += DAY;
      expect([await portal(), await silent()], `day ${day}`).toEqual(['/account', 'answered']);
    }
    time += DAY + MINUTE;
    expect(await silent()).toBe('login_required');
    expect(await asksPassword(ask(wiki, { at: time }).url)).toBe(true);
    expect(await portal()).toMatch(/^\/journey\//u);

    // Once the password was given again, the days count anew.
    await signIn(visitor, blog, ALICE);
    time += 13 * DAY;
    expect(await silent()).toBe('answered');
  });

  test('is measured by the settings of today: it ends when they are shortened, its tokens with it', async () => {
    const received = await signInEverywhere();
    time += 2 * MINUTE;
    expect(await userinfo(received)).toBe(200);
    const { accounts } = house.parts;
    const alix = await accounts.findByLogin('alix');
    const open = async (): Promise<number> => (await house.parts.oidc.browsers(alix?.id ?? '')).length;
    time += 2 * DAY;
    const before = await open();
    expect([await silent(), await refresh(received)]).toEqual(['answered', 'renewed']);
    await lasts('', '1');
    expect(await open()).toBeLessThan(before);
    expect([await silent(), await refresh(received)]).toEqual(['login_required', 'invalid_grant']);
    expect(await asksPassword(ask(wiki, { at: time }).url)).toBe(true);
    expect(await portal()).toMatch(/^\/journey\//u);

    // The other limit alone, and a session that is used under it goes on.
    const again = await signIn(visitor, blog, ALICE);
    await lasts('1', '');
    for (let half = 0; half < 6; half += 1) {
      time += DAY / 2;
      expect(await silent(), `${half} half days`).toBe('answered');
    }
    time += DAY + MINUTE;
    expect([await silent(), await refresh(again)]).toEqual(['login_required', 'invalid_grant']);
  });

  test('ends access at userinfo at the same moment', async () => {
    const received = await signIn(visitor, blog, ALICE);
    expect(await userinfo(received)).toBe(200);
    await lasts('1', '1');
    time += 5 * MINUTE;
    expect(await userinfo(received)).toBe(200);
    // A proof that counts no more, while the token itself is still good.
    const { sessions } = house.parts;
    const alix = await house.parts.accounts.findByLogin('alix');
    for (const { handle } of await sessions.ofAccount(alix?.id ?? '')) {
      await sessions.change(handle, (body) => {
        const payload = body['payload'] as { loginTs: number };
        return { ...body, payload: { ...payload, loginTs: payload.loginTs - 2 * 86_400 } };
      });
    }
    expect(await userinfo(received)).toBe(401);
  });

  test('has a cookie and a row that end with it', async () => {
    await lasts('20', '3');
    await visitor.submit(await visitor.get(`${house.url}/`), '/sign-in', {
      login: 'alix',
      password: PEOPLE.alix.password,
    });
    const ends = async (): Promise<number> => {
      const cookies = await visitor.jar.getCookies(`${house.url}/`);
      return new Date(cookies.find(({ key }) => key === 'aluco')?.expires ?? 0).getTime();
    };
    expect(Math.abs((await ends()) - (time + 3 * DAY))).toBeLessThan(5 * MINUTE);
    const { session } = house.parts.storage.tables;
    const rows = await house.parts.storage.read.select({ hour: session.expiresHour }).from(session);
    expect(rows.filter(({ hour }) => Math.abs(hour - (time + 3 * DAY)) <= HOUR).length).toBe(1);
  });

  test('that was begun while the clock ran ahead is none, and one that was only used then lives on to its end', async () => {
    await visitor.submit(await visitor.get(`${house.url}/`), '/sign-in', {
      login: 'alix',
      password: PEOPLE.alix.password,
    });
    time += 9 * DAY;
    expect(await portal()).toBe('/account');
    time -= 9 * DAY;
    expect(await portal()).toBe('/account');
    time += 30 * DAY + MINUTE;
    expect(await portal()).toMatch(/^\/journey\//u);

    time += 365 * DAY;
    await visitor.submit(await visitor.get(`${house.url}/`), '/sign-in', {
      login: 'alix',
      password: PEOPLE.alix.password,
    });
    expect(await portal()).toBe('/account');
    time -= 365 * DAY;
    expect(await portal()).toMatch(/^\/journey\//u);
  });
});
