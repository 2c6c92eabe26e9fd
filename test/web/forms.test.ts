import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { routesOf } from './routes.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'bruno');
});
afterAll(() => house.close());

test('a browser that hides its origin signs in all the same, when it says that the page was ours', async () => {
  const bruno = makeVisitor();
  const form = await bruno.get(`${house.url}/account`);
  const csrf = form.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
  const { loginName: login, password } = PEOPLE.bruno;
  const page = await bruno.post(`${form.url.href}/sign-in`, { csrf, login, password }, { origin: 'null' });
  expect([page.status, page.url.pathname]).toEqual([200, '/account']);
});

test('no page asks browsers to hide where our own forms come from, and none tells others where one was', async () => {
  const page = await makeVisitor().get(`${house.url}/signed-out`);
  expect(page.headers.get('referrer-policy')).toBe('same-origin');
  expect(page.document.querySelector('meta[name=referrer]')).toBeNull();
});

test('the address of a form, asked for as a page, leads to the page of the form', async () => {
  const bruno = makeVisitor();
  const form = await bruno.get(`${house.url}/account`);
  const { loginName: login, password } = PEOPLE.bruno;
  expect((await bruno.get(`${form.url.href}/sign-in`)).url.href).toBe(form.url.href);
  await bruno.submit(form, '/sign-in', { login, password });
  for (const [address, page] of [
    ['/account/language', '/account'],
    ['/account/mailbox/again', '/account/mailbox'],
    ['/sessions/end-all', '/sessions'],
    ['/leave', '/signed-out'],
  ]) {
    const shown = await bruno.get(`${house.url}${address}`);
    expect([address, shown.url.pathname, shown.status]).toEqual([address, page, 200]);
  }
  expect((await bruno.get(`${house.url}/account/nothing`)).status).toBe(404);
});

test('each address that takes a form and is no page leads whoever reloads it to a page that there is', async () => {
  const routes = routesOf(house.parts.app);
  const patterns = routes
    .filter(({ method, path }) => method === 'GET' && /^\/[a-z/:-]*$/u.test(path))
    .map(({ path }) => new RegExp(`^${path.replaceAll(/:\w+/gu, '[^/]+')}$`, 'u'));
  const isPage = (address: string): boolean => patterns.some((pattern) => pattern.test(address));
  const forms = routes
    .filter(({ method, path }) => method === 'POST' && !/^\/(?:saml|journey|oidc)\//u.test(path))
    .map(({ path }) => path.replaceAll(/:\w+/gu, '1'))
    // The two that show no page of theirs, whatever comes of them.
    .filter((address) => !isPage(address) && address !== '/language' && address !== '/sign-out');
  expect(forms.length).toBeGreaterThan(40);
  const lost: string[] = [];
  for (const address of forms) {
    let to = address;
    for (let steps = 0; steps < 2 && !isPage(to); steps += 1) {
      const { headers } = await fetch(`${house.url}${to}`, { redirect: 'manual' });
      to = headers.get('location')?.split('?')[0] ?? '';
    }
    if (!isPage(to)) lost.push(address);
  }
  expect(lost).toEqual([]);
});
