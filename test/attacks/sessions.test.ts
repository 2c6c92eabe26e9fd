import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { begin, openService, receive, signIn, walk, type Service } from '../application.ts';
import { codeAt, scan, STEP } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;

let house: House;
let blog: Service;
let photos: Service;
let alix: Account;
beforeAll(async () => {
  house = await openHouse();
  blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
  photos = await openService(house, 'Photos');
  await addPerson(house.parts, 'odile');
  alix = await addPerson(house.parts, 'alix');
  await addPerson(house.parts, 'bruno');
});
afterAll(async () => {
  await blog.close();
  await photos.close();
  await house.close();
});

const browser = (): Visitor => makeVisitor((url) => blog.isHome(url) || photos.isHome(url));

const PERSONAL = ['/', '/account', '/sessions', '/activity'];

/** The cookies of the signed-in session, as a thief would copy them. */
async function sessionCookies(visitor: Visitor): Promise<string> {
  const all = (await visitor.cookies(`${house.url}/`)).split('; ');
  return all.filter((pair) => /^aluco(\.sig)?=/u.test(pair)).join('; ');
}

/** Whom the portal greets by login name with these cookies, if anybody. */
async function greeted(cookie: string): Promise<string | undefined> {
  const answer = await fetch(`${house.url}/`, { headers: { cookie }, redirect: 'manual' });
  return /class="who">(\w+)</u.exec(await answer.text())?.[1];
}

/** Signs in to the portal, without any application. */
async function signInAtHome(visitor: Visitor, person: PersonName): Promise<Page> {
  const page = await visitor.get(`${house.url}/`);
  return visitor.submit(page, '/sign-in', { login: PEOPLE[person].loginName, password: PEOPLE[person].password });
}

describe("Alix's browser", () => {
  test('A57: has no session before she signs in, and what it had then opens nothing after', async () => {
    const visitor = browser();
    const attempt = await begin(blog);
    const first = await visitor.get(attempt.url);
    const before = await visitor.cookies(first.url.href);
    expect(await greeted(before)).toBeUndefined();
    await walk(visitor, blog, first, ALICE);
    expect(await greeted(await sessionCookies(visitor))).toBe('alix');
    expect(await greeted(before)).toBeUndefined();
  });

  test.each<[string, (visitor: Visitor) => Promise<unknown>]>([
    [
      'signs in again because an application asks for it',
      (visitor) => signIn(visitor, blog, ALICE, { prompt: 'login' }),
    ],
    [
      'shows another profile',
      (visitor) => signIn(visitor, blog, { person: 'alix', profile: 'charlie' }, { prompt: 'select_account' }),
    ],
    [
      'switches at the portal, and shows another profile then',
      async (visitor) => {
        const { profiles } = await house.parts.profiles.at(alix.id, blog.application);
        const alice = profiles.find(({ name }) => name === 'alice')?.id ?? '';
        await visitor.submit(await visitor.get(`${house.url}/profiles/${alice}`), '/switch');
        const { idToken } = await signIn(visitor, blog, { person: 'alix', profile: 'charlie' });
        expect(idToken['preferred_username']).toBe('charlie');
      },
    ],
    ['goes on to another application', (visitor) => signIn(visitor, photos, { person: 'alix', profile: 'alix' })],
    [
      'signs in on a page that she had left open',
      async (visitor) => {
        const other = makeVisitor();
        const page = await other.get(`${house.url}/account`);
        for (const cookie of await other.jar.getCookies(page.url.href))
          await visitor.jar.setCookie(cookie, page.url.href);
        await visitor.submit(page, '/sign-in', { login: 'alix', password: PEOPLE.alix.password });
      },
    ],
  ])('A57: gets a new session id when she %s, and the old one opens nothing', async (_, act) => {
    const visitor = browser();
    await signIn(visitor, blog, ALICE);
    const old = await sessionCookies(visitor);
    expect(await greeted(old)).toBe('alix');
    await act(visitor);
    const fresh = await sessionCookies(visitor);
    expect(fresh).not.toBe(old);
    expect(await greeted(fresh)).toBe('alix');
    expect(await greeted(old)).toBeUndefined();
    const silent = await begin(blog, { prompt: 'none' });
    const answer = await fetch(silent.url, { headers: { cookie: old }, redirect: 'manual' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
  });

  test('A57: gets a new session id with her second factor, set up or shown on the way, and the old one opens nothing', async () => {
    const who = { person: 'maud', profile: 'mauve' } as const;
    const maud = await addPerson(house.parts, 'maud');
    const visitor = browser();
    await signIn(visitor, blog, who);
    const old = [await sessionCookies(visitor)];
    expect(await greeted(old[0] ?? '')).toBe('maud');

    // An application asks for two.
    const stepUp = await begin(blog, { acr_values: 'urn:aluco:acr:two-factor' });
    const enrol = await visitor.get(stepUp.url);
    const secret = scan(enrol);
    await visitor.submit(enrol, '/enrol/app', { code: codeAt(secret, Date.now()), name: '' });
    const answer = await walk(visitor, blog, await visitor.get(enrol.url), who);
    expect((await receive(blog, stepUp, answer.url)).idToken['acr']).toBe('urn:aluco:acr:two-factor');
    const strong = await sessionCookies(visitor);
    expect(await greeted(strong)).toBe('maud');

    // It asks who she is once more: the password alone changes nothing yet.
    const again = await begin(blog, { prompt: 'login' });
    const { loginName: login, password } = PEOPLE.maud;
    const half = await visitor.submit(await visitor.get(again.url), '/sign-in', { login, password });
    expect(half.document.querySelector('input[name=code]')).not.toBeNull();
    old.push(strong, await sessionCookies(visitor));
    const shown = await visitor.submit(half, '/factor/code', { code: codeAt(secret, Date.now() + STEP) });
    await receive(blog, again, (await walk(visitor, blog, shown, who)).url);
    const fresh = await sessionCookies(visitor);
    expect(await greeted(fresh)).toBe('maud');
    for (const cookie of old) expect([cookie === fresh, await greeted(cookie)]).toEqual([false, undefined]);
    expect((await house.parts.accounts.find(maud.id))?.secondFactor).toBe(true);
  });

  test('A57: cannot be made to use a session that somebody else had before', async () => {
    const attacker = browser();
    await signInAtHome(attacker, 'bruno');
    const planted = await sessionCookies(attacker);
    const victim = browser();
    for (const pair of planted.split('; ')) await victim.jar.setCookie(`${pair}; Path=/`, house.url);
    const { idToken } = await signIn(victim, blog, ALICE, { prompt: 'login' });
    expect(idToken['preferred_username']).toBe('alice');
    expect(await greeted(await sessionCookies(victim))).toBe('alix');
    expect(await greeted(planted)).toBeUndefined();
  });

  test('A58: is not signed in by a session id without its signature, or with another one', async () => {
    const visitor = browser();
    await signInAtHome(visitor, 'alix');
    const whole = await sessionCookies(visitor);
    const [id = '', signature = ''] = whole.split('; ');
    expect(await greeted(whole)).toBe('alix');
    const other = browser();
    await signInAtHome(other, 'bruno');
    const [, otherSignature = ''] = (await sessionCookies(other)).split('; ');
    for (const planted of [id, `${id}; ${otherSignature}`, `${id}; ${signature}x`, `${id}; aluco.sig=`, signature]) {
      expect(await greeted(planted)).toBeUndefined();
    }
  });

  test('A60: opens nothing once she has signed out, whatever was copied before', async () => {
    for (const signOut of [
      async (visitor: Visitor) => visitor.submit(await visitor.get(`${house.url}/`), '/sign-out'),
      async (visitor: Visitor) =>
        visitor.submit(await visitor.get(`${house.url}/oidc/logout?client_id=${blog.client.id}`), '/leave'),
      async (visitor: Visitor) => visitor.submit(await visitor.get(`${house.url}/sessions`), '/sessions/end-all'),
    ]) {
      const visitor = browser();
      const { tokens } = await signIn(visitor, blog, ALICE);
      const copied = await sessionCookies(visitor);
      expect(await greeted(copied)).toBe('alix');
      await signOut(visitor);
      expect(await greeted(copied)).toBeUndefined();
      expect(await greeted(await sessionCookies(visitor))).toBeUndefined();
      const silent = await begin(blog, { prompt: 'none' });
      const answer = await fetch(silent.url, { headers: { cookie: copied }, redirect: 'manual' });
      expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
      const asked = await fetch(`${house.url}/oidc/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(asked.status).toBe(401);
    }
  });

  test('A60: keeps no page on the way: all of hers forbid it, so going back asks the server', async () => {
    const visitor = browser();
    const attempt = await begin(blog, { response_mode: 'form_post' });
    const pages: Page[] = [await visitor.get(attempt.url)];
    await signInAtHome(visitor, 'alix');
    const { profiles } = await house.parts.profiles.at(alix.id, blog.application);
    const mine = profiles.map(({ id }) => `/profiles/${id}`);
    expect(mine.length).toBeGreaterThan(0);
    for (const path of [...PERSONAL, ...mine, `${mine[0]}/retire`, `/applications/${blog.application.id}/new`]) {
      pages.push(await visitor.get(`${house.url}${path}`));
    }
    pages.push(await visitor.get((await begin(blog)).url));
    pages.push(await visitor.get(`${house.url}/oidc/logout`));
    pages.push(await visitor.get(`${house.url}/nothing-here`));
    await signIn(visitor, blog, ALICE);
    const answer = await visitor.get((await begin(blog, { response_mode: 'form_post' })).url);
    expect(answer.document.querySelector('input[name=code]')?.getAttribute('value')).toBeTruthy();
    pages.push(answer);
    for (const { url, headers } of pages) {
      expect(headers.get('cache-control'), url.pathname).toContain('no-store');
    }
  });
});

describe('Alix and Bruno on one browser', () => {
  test('A59: when Alix loses her cookie and Bruno signs in, the application hears of Bruno alone', async () => {
    const shared = browser();
    const hers = await signIn(shared, blog, ALICE);
    await shared.jar.removeAllCookies();
    const his = await signIn(shared, blog, { person: 'bruno' });
    expect(his.idToken['preferred_username']).toBe('bruno');
    expect(his.idToken.sub).not.toBe(hers.idToken.sub);
    expect(his.idToken['sid']).not.toBe(hers.idToken['sid']);
    expect(await greeted(await sessionCookies(shared))).toBe('bruno');
  });

  test('A59: when Bruno signs in at an application while her session stands, nothing of hers is left in the browser', async () => {
    const shared = browser();
    const hers = await signIn(shared, blog, ALICE);
    const elsewhere = await signIn(shared, photos, { person: 'alix', profile: 'alix' });
    const old = await sessionCookies(shared);

    const his = await signIn(shared, blog, { person: 'bruno' }, { prompt: 'login' });
    expect(his.idToken['preferred_username']).toBe('bruno');
    expect(his.idToken['sid']).not.toBe(hers.idToken['sid']);
    expect(await greeted(await sessionCookies(shared))).toBe('bruno');
    expect(await greeted(old)).toBeUndefined();
    for (const { tokens } of [hers, elsewhere]) {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      expect((await fetch(`${house.url}/oidc/userinfo`, { headers })).status).toBe(401);
    }
    const next = await signIn(shared, photos, { person: 'bruno' });
    expect(next.idToken['preferred_username']).toBe('bruno');
  });

  test('A59: when he signs in on a page from before she did, he is answered for and she is not', async () => {
    const shared = browser();
    const attempt = await begin(blog);
    const his = await shared.get(attempt.url);
    await signIn(shared, photos, { person: 'alix', profile: 'alix' });
    const old = await sessionCookies(shared);
    const page = await walk(shared, blog, his, { person: 'bruno' });
    const { idToken } = await receive(blog, attempt, page.url);
    expect(idToken['preferred_username']).toBe('bruno');
    expect(await greeted(await sessionCookies(shared))).toBe('bruno');
    expect(await greeted(old)).toBeUndefined();
  });

  test('A59: when he signs in on a page of the portal from before she did, her session is over', async () => {
    const shared = browser();
    const his = await shared.get(`${house.url}/account`);
    const hers = await signIn(shared, blog, ALICE);
    const old = await sessionCookies(shared);
    await shared.submit(his, '/sign-in', { login: 'bruno', password: PEOPLE.bruno.password });
    expect(await greeted(await sessionCookies(shared))).toBe('bruno');
    expect(await greeted(old)).toBeUndefined();
    const headers = { authorization: `Bearer ${hers.tokens.access_token}` };
    expect((await fetch(`${house.url}/oidc/userinfo`, { headers })).status).toBe(401);
    const next = await signIn(shared, blog, { person: 'bruno' });
    expect(next.idToken['preferred_username']).toBe('bruno');
  });
});
