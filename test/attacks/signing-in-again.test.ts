import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { begin, openService, receive, signIn, walk, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { ask, expectToldTo, request } from './asking.ts';

const SIGNED_IN = Date.parse('2031-05-04T12:07:30Z');
/** What an application learns of that moment later: the ten minutes it fell in. */
const FLOORED = Date.parse('2031-05-04T12:00:00Z') / 1000;

/** Moves the clock of everything here: the house, its library, the application and the browser. */
const passTime = (seconds: number): unknown => vi.setSystemTime(Date.now() + seconds * 1000);
const clock = (): number => Math.floor(Date.now() / 1000);

describe('Alix signed in at half past seven minutes', () => {
  let house: House;
  let blog: Service;
  let account: Account;
  let alix: Visitor;
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: SIGNED_IN });
    house = await openHouse({ now: () => Date.now() });
    blog = await openService(house, 'Blog');
    account = await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    vi.useRealTimers();
    await blog.close();
    await house.close();
  });
  beforeEach(async () => {
    vi.setSystemTime(SIGNED_IN);
    alix = makeVisitor((url) => blog.isHome(url));
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    alix.trail.length = 0;
  });

  const open = async (params: Record<string, string>): Promise<Page> => alix.get((await begin(blog, params)).url);
  const asksPassword = (page: Page): boolean => page.document.querySelector('input[name=password]') !== null;
  const typedPassword = (): boolean => alix.trail.some(({ pathname }) => pathname.endsWith('/sign-in'));

  /** What a later request hears of when she signed in. It causes no sign-in itself. */
  async function heardLater(): Promise<unknown> {
    alix.trail.length = 0;
    const received = await signIn(alix, blog, { person: 'alix' }, { max_age: '86400' });
    expect(typedPassword()).toBe(false);
    return received.idToken.auth_time;
  }

  const atService = (page: Page): boolean => blog.isHome(page.url);

  describe('A17: asked to prove who she is again', () => {
    beforeEach(() => void passTime(3600));

    test('she goes away: nothing was answered, nothing is newer', async () => {
      expect(asksPassword(await open({ prompt: 'login' }))).toBe(true);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she goes back and is asked again', async () => {
      const attempt = await begin(blog, { prompt: 'login' });
      const first = await alix.get(attempt.url);
      expect(asksPassword(await alix.get(first.url))).toBe(true);
      expect(asksPassword(await alix.get(attempt.url))).toBe(true);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she jumps to the address after the pages: no code', async () => {
      const page = await open({ prompt: 'login' });
      const id = page.url.pathname.split('/')[2] ?? '';
      const jumped = await alix.get(`${house.url}/oidc/authorize/${id}`);
      expect(atService(jumped)).toBe(false);
      expect(asksPassword(jumped)).toBe(true);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she asks for the pages behind the password: no code, no profile', async () => {
      const page = await open({ prompt: 'login' });
      for (const place of ['', '/new', '/profiles', '/other']) {
        const other = await alix.get(`${page.url.href}${place}`);
        expect(asksPassword(other)).toBe(true);
        expect(other.text).not.toContain('alice');
      }
      const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
      const [alice] = (await house.parts.profiles.all(account.id, [blog.application.id])).map(({ id }) => id);
      for (const [place, fields] of [
        ['/profile', { csrf, profile: alice ?? '' }],
        ['/create', { csrf, name: 'third' }],
      ] as const)
        expect(asksPassword(await alix.post(`${page.url.href}${place}`, fields))).toBe(true);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she mistypes: no code', async () => {
      const page = await open({ prompt: 'login' });
      const again = await alix.submit(page, '/sign-in', { login: 'alix', password: 'mistyped by far' });
      expect(asksPassword(again)).toBe(true);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she types it, then cancels at the next page: access_denied, nothing is newer', async () => {
      const page = await open({ prompt: 'login select_account' });
      const { loginName: login, password } = PEOPLE.alix;
      const picker = await alix.submit(page, '/sign-in', { login, password });
      expect(picker.text).toContain('alice');
      const csrf = picker.document.querySelector('form[action$="/profile"] input[name=csrf]')?.getAttribute('value');
      const answered = await alix.post(`${page.url.href}/profile`, { csrf: csrf ?? '', cancel: 'yes' });
      expect(atService(answered)).toBe(true);
      expect(answered.url.searchParams.get('error')).toBe('access_denied');
      expect(answered.url.searchParams.has('code')).toBe(false);
      expect((await alix.get(page.url)).status).toBe(410);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she types it, then jumps to the end instead of choosing: nothing is answered', async () => {
      const page = await open({ prompt: 'login select_account' });
      const { loginName: login, password } = PEOPLE.alix;
      await alix.submit(page, '/sign-in', { login, password });
      const id = page.url.pathname.split('/')[2] ?? '';
      const jumped = await alix.get(`${house.url}/oidc/authorize/${id}`);
      expect(atService(jumped)).toBe(false);
      expect(await heardLater()).toBe(FLOORED);
    });

    test('she does it: the application hears when, to the second', async () => {
      const received = await signIn(alix, blog, { person: 'alix' }, { prompt: 'login' });
      expect(typedPassword()).toBe(true);
      expect(received.idToken.auth_time).toBe(clock());
    });
  });

  describe('A18: asked not to have signed in long ago', () => {
    /** A sign-in with `max_age`, checked as the application would, and whether she had to type her password. */
    async function within(maxAge: number): Promise<Received & { typed: boolean }> {
      alix.trail.length = 0;
      const params = { max_age: String(maxAge) };
      const attempt = await begin(blog, params);
      const page = await walk(alix, blog, await alix.get(attempt.url), { person: 'alix' });
      return { ...(await receive(blog, attempt, page.url, maxAge)), typed: typedPassword() };
    }

    test.each([
      [0, 0],
      [0, 5],
      [1, 5],
      [1, 1],
      [300, 60],
      [509, 60],
    ])('she proves it again: at most %i s, %i s after', async (maxAge, after) => {
      passTime(after);
      const silent = { ...request(blog), prompt: 'none', max_age: String(maxAge) };
      expectToldTo(blog, house, await ask(house, silent, await alix.cookies(house.url)), 'login_required');
      const { typed, idToken } = await within(maxAge);
      expect(typed).toBe(true);
      expect(idToken.auth_time).toBe(clock());
    });

    test.each([
      [510, 60],
      [600, 60],
      [86_400, 7200],
    ])('she goes through, and ten minutes are all that is said: at most %i s, %i s after', async (maxAge, after) => {
      passTime(after);
      const { typed, idToken } = await within(maxAge);
      expect(typed).toBe(false);
      expect(idToken.auth_time).toBe(FLOORED);
    });

    test('having proven it again, the exact time is said once', async () => {
      passTime(3600);
      const first = await within(10);
      expect(first.idToken.auth_time).toBe(clock());
      passTime(5);
      const second = await within(3600);
      expect(second.typed).toBe(false);
      expect(second.idToken.auth_time).toBe(FLOORED + 3600);
    });

    test('unasked, nothing is said of it', async () => {
      const received = await signIn(alix, blog, { person: 'alix' });
      expect(received.idToken).not.toHaveProperty('auth_time');
      expect(received.userinfo).not.toHaveProperty('auth_time');
    });
  });
});
