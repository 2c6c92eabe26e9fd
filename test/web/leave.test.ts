import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe.each(['sqlite', 'postgres'] as const)('deleting one’s account, on %s', (engine) => {
  let time = Date.now();
  let house: House;
  let blog: Service;
  let alix: Account;
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => time });
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    await addPerson(house.parts, 'odile');
    alix = await addPerson(house.parts, 'alix');
    await addPerson(house.parts, 'bruno');
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const browser = (): Visitor => makeVisitor((url) => blog.isHome(url));
  const signInOn = (visitor: Visitor, page: Page, person: PersonName): Promise<Page> =>
    visitor.submit(page, '/sign-in', { login: PEOPLE[person].loginName, password: PEOPLE[person].password });
  const status = async (): Promise<string | undefined> => (await house.parts.accounts.find(alix.id))?.status;

  test('asks for a proof that is not old, on the page and on its form, and for the login name', async () => {
    const visitor = browser();
    const page = await signInOn(visitor, await visitor.get(`${house.url}/account/leave`), 'alix');
    expect(page.url.pathname).toBe('/account/leave');
    const wrong = await visitor.submit(page, '/account/leave', { confirm: 'bruno' });
    expect([wrong.status, await status()]).toEqual([422, 'active']);
    expect(wrong.document.querySelector('#confirm-error')).not.toBeNull();

    time += 11 * MINUTE;
    expect((await visitor.get(`${house.url}/account/leave`)).document.querySelector('[name=password]')).not.toBeNull();
    time += 10 * MINUTE;
    const late = await visitor.submit(page, '/account/leave', { confirm: 'alix' });
    expect(late.document.querySelector('[name=password]')).not.toBeNull();
    expect(await status()).toBe('active');
    const back = await signInOn(visitor, late, 'alix');
    expect([back.status, back.url.pathname]).toEqual([200, '/account/leave']);
    const forged = await visitor.post(`${house.url}/account/leave`, { confirm: 'alix' });
    expect([forged.status, await status()]).toEqual([403, 'active']);
  });

  test('ends her sessions and tokens at once; signing in leads to one page and no other, where she keeps it', async () => {
    const elsewhere = browser();
    const received = await signIn(elsewhere, blog, { person: 'alix', profile: 'alice' });
    const visitor = browser();
    const page = await signInOn(visitor, await visitor.get(`${house.url}/account/leave`), 'alix');
    const left = await visitor.submit(page, '/account/leave', { confirm: ' ALIX ' });
    expect([left.status, await status()]).toEqual([200, 'leaving']);
    const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(time + 14 * DAY);
    expect(textOf(left)).toContain(day);

    for (const one of [visitor, elsewhere])
      expect((await one.get(`${house.url}/account`)).document.querySelector('[name=password]')).not.toBeNull();
    const headers = { authorization: `Bearer ${received.tokens.access_token}` };
    expect((await fetch(`${house.url}/oidc/userinfo`, { headers })).status).toBe(401);
    const silent = await elsewhere.get((await begin(blog, { prompt: 'none' })).url);
    expect(silent.url.searchParams.get('error')).toBe('login_required');

    // Whichever way she comes, there is one page.
    for (const start of [`${house.url}/account`, `${house.url}/account/data`, (await begin(blog)).url.href]) {
      const one = browser();
      const asked = await signInOn(one, await one.get(start), 'alix');
      expect(textOf(asked)).toContain(day);
      const journey = asked.url.pathname;
      expect(journey).toMatch(/^\/journey\/[\w-]+$/u);
      for (const path of ['/new', '/profiles', '/keep', ''])
        expect(textOf(await one.get(house.url + journey + path)), path).toContain(day);
      for (const [path, fields] of [
        ['/profile', { profile: 'x' }],
        ['/create', { name: 'fresh' }],
      ] as const) {
        const csrf = asked.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
        const answer = await one.post(house.url + journey + path, { ...fields, csrf });
        expect(blog.isHome(answer.url), path).toBe(false);
      }
      expect((await one.get(`${house.url}/`)).document.querySelector('[name=password]')).not.toBeNull();
      expect(await status()).toBe('leaving');
    }

    // From another site nothing is kept.
    const returned = browser();
    const asked = await signInOn(returned, await returned.get((await begin(blog)).url), 'alix');
    expect((await returned.post(`${asked.url.href}/keep`, {})).status).toBe(403);
    expect(await status()).toBe('leaving');
    const kept = await returned.submit(asked, '/keep');
    expect(await status()).toBe('active');
    expect(kept.document.querySelector('[name=profile]')).not.toBeNull();
    const again = await signIn(returned, blog, { person: 'alix', profile: 'alice' });
    expect(again.idToken.sub).toBe(received.idToken.sub);
  });

  test('the last administrator is told so', async () => {
    const visitor = browser();
    const page = await signInOn(visitor, await visitor.get(`${house.url}/account/leave`), 'odile');
    const refused = await visitor.submit(page, '/account/leave', { confirm: 'odile' });
    expect(refused.status).toBe(422);
    expect(textOf(refused)).toContain('last administrator');
  });

  test('an administrator sees that an account is to be deleted, and can do nothing with it', async () => {
    const bruno = await house.parts.accounts.findByLogin('bruno');
    await house.parts.accounts.leave(bruno?.id ?? '');
    const visitor = browser();
    const address = `${house.url}/admin/accounts/${bruno?.id ?? ''}`;
    const page = await signInOn(visitor, await visitor.get(address), 'odile');
    expect(page.document.querySelector('main')?.textContent).toContain('To be deleted');
    expect(page.document.querySelectorAll('main form')).toEqual([]);
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    for (const form of ['role', 'groups', 'suspend', 'reinstate', 'end-sessions', 'link', 'unlink'])
      expect((await visitor.post(`${address}/${form}`, { csrf, role: 'administrator' })).status, form).toBe(422);
    expect((await house.parts.accounts.find(bruno?.id ?? ''))?.status).toBe('leaving');
  });
});
