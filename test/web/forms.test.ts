import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

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
