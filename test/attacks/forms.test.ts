import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { rawOf, type Raw } from './asking.ts';

/** Where a browser says that a form was sent from, when it was not a page of ours. */
const ELSEWHERE: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.net' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'same-site', origin: 'https://sibling.example' },
  { 'sec-fetch-site': 'none' },
  { origin: 'https://evil.net' },
  { origin: 'null' },
  {},
];

type Layer = { route?: { path: string; methods: Record<string, boolean> }; handle: { stack?: Layer[] } };

/** The paths that take a POST, as the server itself lists them. */
function postPaths(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ route, handle }) => [
    ...(route?.methods['post'] === true ? [route.path] : []),
    ...(route === undefined ? postPaths(handle.stack ?? []) : []),
  ]);
}

/** Forms that carry no token of the session: what they do is harmless, or they have one of their own. */
const WITHOUT_TOKEN = [
  '/language',
  '/leave',
  '/signed-out/leave',
  '/first-run',
  '/link/:token',
  '/journey/:id/link/:token',
];

/**
 * Where applications send people with a form of their own, and programs for mail say that no more notices are wanted
 * (RFC 8058): across sites by design, and so without our cookies. With what each refuses
 * what says nothing to it.
 */
const ACROSS_SITES: Readonly<Record<string, readonly [status: number, error: string]>> = {
  '/saml/sso': [400, 'saml_message_invalid'],
  '/saml/slo': [400, 'saml_message_invalid'],
  '/old-account/unsubscribe/:token': [404, 'not_found'],
};

const csrfOf = (page: Page): string =>
  page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';

describe('a form that Odile never saw', () => {
  let house: House;
  let blog: Service;
  let odile: Account;
  let groupId: string;
  let paths: string[];
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    odile = await addPerson(house.parts, 'odile');
    await addPerson(house.parts, 'alix');
    const group = await house.parts.accounts.groups.create('Choir');
    groupId = group.id;
    await house.parts.accounts.delegates.name(groupId, odile.id);
    const all = postPaths((house.parts.app.router as unknown as { stack: Layer[] }).stack);
    paths = all.filter((path) => ACROSS_SITES[path] === undefined);
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  /** Signs Odile in and leaves her in the middle of a journey; the tokens are those of her own pages. */
  async function odileAtWork() {
    const odile = makeVisitor((url) => blog.isHome(url));
    const { loginName: login, password } = PEOPLE.odile;
    await odile.submit(await odile.get(`${house.url}/account`), '/sign-in', { login, password });
    const account = await odile.get(`${house.url}/account`);
    const journey = await odile.get((await begin(blog, { prompt: 'create' })).url);
    return { odile, portal: csrfOf(account), journey: journey.url.pathname, step: csrfOf(journey) };
  }

  type Work = Awaited<ReturnType<typeof odileAtWork>>;

  async function send(
    path: string,
    work: Work,
    csrf: string | undefined,
    headers: Record<string, string>,
  ): Promise<Raw> {
    const here = path.replace('/journey/:id', work.journey).replace('/groups/:group', `/groups/${groupId}`);
    const url = new URL(here.replace(/:(?:id|application)\b/u, blog.application.id), house.url);
    url.pathname = url.pathname.replaceAll(/:\w+/gu, blog.client.id);
    const cookie = await work.odile.cookies(url.href);
    const body = new URLSearchParams({ login: 'odile', password: 'x', name: 'forged', note: '', language: 'en' });
    if (csrf !== undefined) body.append('csrf', csrf);
    const all = { accept: 'application/json', cookie, ...headers };
    return rawOf(await fetch(url, { method: 'POST', body, headers: all, redirect: 'manual' }));
  }

  const isRefused = ({ status, text }: Raw): boolean => status === 403 && text === '{"error":"csrf"}';

  test('is taken nowhere else than on these addresses', () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(paths).toEqual(expect.arrayContaining(['/journey/:id/profile', '/journey/:id/sign-in', '/sign-out']));
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('A22: is refused at every address when it comes from another place, even with the right token', async () => {
    const work = await odileAtWork();
    for (const path of paths) {
      for (const headers of ELSEWHERE) {
        const token = path.startsWith('/journey/') ? work.step : work.portal;
        const answer = await send(path, work, token, headers);
        expect([path, headers, isRefused(answer)]).toEqual([path, headers, true]);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
  });

  test('A22: is refused at every address with no token or that of another page', async () => {
    const [work, other] = [await odileAtWork(), await odileAtWork()];
    const here = { 'sec-fetch-site': 'same-origin', origin: house.url };
    for (const path of paths.filter((each) => !WITHOUT_TOKEN.includes(each))) {
      const foreign = path.startsWith('/journey/')
        ? [other.step, work.portal, other.portal]
        : [other.portal, work.step, other.step];
      for (const token of [undefined, '', 'made-up', ...foreign]) {
        const answer = await send(path, work, token, here);
        expect([path, token, isRefused(answer)]).toEqual([path, token, true]);
      }
    }
  });

  test('A22: would have been taken from our own page', async () => {
    const here = { 'sec-fetch-site': 'same-origin', origin: house.url };
    for (const path of paths) {
      const work = await odileAtWork();
      const token = path.startsWith('/journey/') ? work.step : work.portal;
      expect([path, isRefused(await send(path, work, token, here))]).toEqual([path, false]);
    }
  });

  test('A22: does nothing with her cookies where applications send forms, and sets none', async () => {
    const work = await odileAtWork();
    for (const [path, [status, error]] of Object.entries(ACROSS_SITES)) {
      for (const headers of ELSEWHERE) {
        const answer = await send(path, work, work.portal, headers);
        expect([path, answer.status, answer.text]).toEqual([path, status, JSON.stringify({ error })]);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
    expect((await work.odile.get(`${house.url}/account`)).url.pathname).toBe('/account');
  });

  test('A22: signs nobody out with a made-up token', async () => {
    const { odile } = await odileAtWork();
    const made = await odile.post(`${house.url}/leave`, { token: 'made-up', scope: 'everything' });
    expect(made.status).toBe(410);
    expect((await odile.get(`${house.url}/account`)).url.pathname).toBe('/account');
  });

  test('A22: cannot be sent by a link, nor as another method', async () => {
    const work = await odileAtWork();
    const cookie = await work.odile.cookies(house.url + work.journey);
    const { accounts, applications, profiles } = house.parts;
    const state = async () =>
      JSON.stringify([
        await applications.list(),
        await applications.clientsOf(blog.application.id),
        await accounts.groups.list(),
        await profiles.at(odile.id, blog.application),
      ]);
    const before = await state();
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of paths) {
        const place = path.replace('/journey/:id', work.journey).replaceAll(/:\w+/gu, blog.application.id);
        const token = path.startsWith('/journey/') ? work.step : work.portal;
        const fields = new URLSearchParams({ csrf: token, name: 'forged', suggestion: 'forged', _method: 'POST' });
        const headers = { accept: 'application/json', cookie, 'sec-fetch-site': 'cross-site' };
        const answer = await rawOf(
          await fetch(`${house.url}${place}?${fields}`, { method, headers, redirect: 'manual' }),
        );
        expect(answer.headers.getSetCookie().filter((line) => /^aluco=/u.test(line))).toEqual([]);
        if (method !== 'GET' && method !== 'HEAD') expect([method, path, answer.status]).toEqual([method, path, 403]);
      }
    }
    expect(await state()).toBe(before);
    expect((await work.odile.get(`${house.url}/account`)).url.pathname).toBe('/account');
  });

  describe('A24: with which a stranger wants her to work as him', () => {
    const stranger = { login: PEOPLE.alix.loginName, password: PEOPLE.alix.password };
    const signedIn = async (visitor: Visitor): Promise<boolean> =>
      (await visitor.get(`${house.url}/account`)).url.pathname === '/account';

    test('is refused when it is sent from his page', async () => {
      const odile = makeVisitor();
      const page = await odile.get(`${house.url}/account`);
      for (const headers of ELSEWHERE) {
        const cookie = await odile.cookies(page.url.href);
        const body = new URLSearchParams({ ...stranger, csrf: csrfOf(page) });
        const url = `${page.url.href}/sign-in`;
        const answer = await rawOf(
          await fetch(url, { method: 'POST', body, redirect: 'manual', headers: { ...headers, cookie } }),
        );
        expect(answer.status).toBe(403);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      expect(await signedIn(odile)).toBe(false);
    });

    test('is refused with the token of his own journey, in hers and in his', async () => {
      const his = makeVisitor();
      const odile = makeVisitor();
      const hisPage = await his.get(`${house.url}/account`);
      const herPage = await odile.get(`${house.url}/account`);
      const fields = { ...stranger, csrf: csrfOf(hisPage) };
      expect((await odile.post(`${herPage.url.href}/sign-in`, fields)).status).toBe(403);
      expect((await odile.post(`${herPage.url.href}/sign-in`, stranger)).status).toBe(403);
      expect((await odile.post(`${hisPage.url.href}/sign-in`, fields)).status).toBe(410);
      expect((await odile.get(hisPage.url)).status).toBe(410);
      expect(await signedIn(odile)).toBe(false);
    });

    test('does not finish in her browser what he began in his', async () => {
      const his = makeVisitor((url) => blog.isHome(url));
      const odile = makeVisitor((url) => blog.isHome(url));
      await signIn(his, blog, { person: 'alix', profile: 'alice' });
      const page = await his.get((await begin(blog, { prompt: 'select_account' })).url);
      const id = page.url.pathname.split('/')[2] ?? '';
      expect((await odile.get(page.url)).status).toBe(410);
      const end = await odile.get(`${house.url}/oidc/authorize/${id}`);
      expect(end.status).toBe(400);
      expect(blog.isHome(end.url)).toBe(false);
    });
  });
});
