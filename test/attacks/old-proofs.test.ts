import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

let house: House;
let blog: Service;
let now = Date.now();
beforeAll(async () => {
  house = await openHouse({ now: () => now });
  blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
});
afterAll(async () => {
  await blog.close();
  await house.close();
});

const newBrowser = (): Visitor => makeVisitor((url) => blog.isHome(url));

/** Signs in as Alix and stops in front of the choice of a profile. */
async function waitAtTheChoice(visitor: Visitor): Promise<Page> {
  const page = await visitor.get((await begin(blog, { prompt: 'select_account' })).url);
  const choice = await visitor.submit(page, '/sign-in', {
    login: PEOPLE.alix.loginName,
    password: PEOPLE.alix.password,
  });
  expect(choice.document.querySelector('[name=profile]')).not.toBeNull();
  return choice;
}

async function choose(visitor: Visitor, choice: Page): Promise<Page> {
  const profile = choice.document.querySelector('[name=profile]')?.getAttribute('value') ?? '';
  return visitor.submit(choice, '/profile', { profile });
}

test('A31 a sign-in that waits at the choice comes to nothing once everything was ended', async () => {
  const alix = newBrowser();
  await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  const thief = newBrowser();
  const choice = await waitAtTheChoice(thief);

  now += 2000;
  const account = await house.parts.accounts.findByLogin('alix');
  await house.parts.oidc.endings.endAccount(account?.id ?? '');

  const after = await choose(thief, choice);
  expect(after.url.searchParams.get('code')).toBeNull();
  expect(after.document.querySelector('input[name=password]'), textOf(after)).not.toBeNull();
  const portal = await thief.get(house.url);
  expect(portal.document.querySelector('input[name=password]')).not.toBeNull();
});

test('A31 a sign-in that waits in front of its last redirection comes to nothing once the password has changed', async () => {
  const thief = makeVisitor((url) => blog.isHome(url) || /^\/oidc\/authorize\/./u.test(url.pathname));
  const waiting = await choose(thief, await waitAtTheChoice(thief));
  expect(waiting.url.pathname).toMatch(/^\/oidc\/authorize\//u);

  now += 2000;
  const account = await house.parts.accounts.findByLogin('alix');
  const next = 'eleven geese over the weir';
  await house.parts.accounts.changePassword(account?.id ?? '', { current: PEOPLE.alix.password, next });

  const cookie = await thief.cookies(waiting.url.href);
  const answer = await fetch(waiting.url, { headers: { cookie }, redirect: 'manual' });
  expect(answer.headers.get('location') ?? '').not.toContain('code=');
  const session = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const portal = await fetch(house.url, { headers: { cookie: `${cookie}; ${session}` }, redirect: 'manual' });
  expect(portal.status).toBe(303);
});

test('the browser in which the password was changed stays signed in', async () => {
  const alix = newBrowser();
  const page = await alix.get(house.url);
  const password = 'eleven geese over the weir';
  await alix.submit(page, '/sign-in', { login: 'alix', password });
  now += 2000;
  const account = await alix.get(`${house.url}/account/password`);
  const next = 'twelve drums in the fog';
  const done = await alix.submit(account, '/account/password', { current: password, password: next });
  expect(done.url.pathname).toBe('/account');
  expect((await alix.get(house.url)).document.querySelector('input[name=password]')).toBeNull();
});
