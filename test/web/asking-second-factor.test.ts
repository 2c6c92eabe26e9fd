import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, openService, receive, signIn, walk, type Service } from '../application.ts';
import { ask, expectToldTo, request } from '../attacks/asking.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { strengthen } from '../second-factor.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

let house: House;
let blog: Service;
let odile: Visitor;
beforeAll(async () => {
  house = await openHouse();
  for (const name of ['odile', 'alix', 'bruno'] as const) await addPerson(house.parts, name);
  blog = await openService(house, 'Blog');
  odile = await signedIn('odile');
});
afterAll(async () => {
  await blog.close();
  await house.close();
});

async function signedIn(person: PersonName): Promise<Visitor> {
  const visitor = makeVisitor((url) => blog.isHome(url));
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
  return visitor;
}

const isTicked = ({ document }: Page): boolean =>
  document.querySelector('input[name=secondFactor]')?.hasAttribute('checked') === true;

/** Whether a page of one's own is open, or leads to a journey first. */
async function opens(visitor: Visitor): Promise<boolean> {
  return (await visitor.get(`${house.url}/account`)).url.pathname === '/account';
}

test('a group whose members must have a second factor says so on its page, and holds for them alone', async () => {
  const { id } = await house.parts.accounts.groups.create('Treasury');
  await house.parts.accounts.groups.addMember(id, 'alix');
  const alix = await signedIn('alix');
  const other = await signedIn('alix');
  const bruno = await signedIn('bruno');
  const address = `${house.url}/admin/groups/${id}`;
  const page = await odile.get(address);
  expect(isTicked(page)).toBe(false);
  const saved = await odile.submit(page, '/factor', { secondFactor: 'on' });
  expect([saved.status, saved.url.pathname, isTicked(saved)]).toEqual([200, `/admin/groups/${id}`, true]);
  expect([await opens(alix), await opens(bruno)]).toEqual([false, true]);
  await strengthen(house, alix, 'alix');
  expect(await opens(alix)).toBe(true);
  // A reload of the form leads back to its page.
  expect((await odile.get(`${address}/factor`)).url.pathname).toBe(`/admin/groups/${id}`);

  expect(await opens(other)).toBe(false);
  const csrf = saved.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
  const off = await odile.post(`${address}/factor`, { csrf });
  expect(isTicked(off)).toBe(false);
  expect(await opens(other)).toBe(true);
  expect((await odile.post(`${house.url}/admin/groups/${'x'.repeat(22)}/factor`, { csrf })).status).toBe(404);
  expect((await bruno.post(`${address}/factor`, { csrf, secondFactor: 'on' })).status).toBe(403);
});

test('an application that asks for a second factor gets nobody without, and only there', async () => {
  const alix = await signedIn('alix');
  await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  const path = `/admin/applications/${blog.application.id}`;
  const page = await odile.get(`${house.url}${path}`);
  expect(isTicked(page)).toBe(false);
  const saved = await odile.submit(page, path, { secondFactor: 'on' });
  expect([saved.status, isTicked(saved)]).toEqual([200, true]);
  expect((await house.parts.applications.get(blog.application.id)).secondFactor).toBe(true);
  const tried = await odile.get(`${house.url}${path}/try`);
  expect(tried.document.querySelector('main')?.textContent).toContain('People prove a second factor before they enter');

  const silent = await ask(house, { ...request(blog), prompt: 'none' }, await alix.cookies(house.url));
  expectToldTo(blog, house, silent, 'login_required');
  const attempt = await begin(blog);
  const held = await alix.get(attempt.url);
  expect([held.url.origin, await opens(alix)]).toEqual([house.url, true]);
  await strengthen(house, alix, 'alix');
  const answer = await walk(alix, blog, await alix.get(held.url), { person: 'alix', profile: 'alice' });
  // That it was asked for by a rule of ours is told to nobody.
  expect((await receive(blog, attempt, answer.url)).idToken['acr']).toBeUndefined();

  // Other changes leave it as it is.
  await odile.submit(saved, path, { quota: '4' });
  expect(await house.parts.applications.get(blog.application.id)).toMatchObject({ quota: 4, secondFactor: true });
});
