import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, openService, receive, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

let house: House;
let blog: Service;
beforeAll(async () => {
  house = await openHouse();
  blog = await openService(house, 'Blog');
  await addPerson(house.parts, 'alix');
});
afterAll(async () => {
  await blog.close();
  await house.close();
});

/** Posts a form from a page of the application, as its button would. */
function postFromBlog(visitor: Visitor, place: string, fields: URLSearchParams): Promise<Page> {
  const headers = { origin: blog.url, 'sec-fetch-site': 'cross-site' };
  return visitor.post(`${house.url}${place}`, Object.fromEntries(fields), headers);
}

test('a request for sign-in may come as a posted form, and keeps the session that stands', async () => {
  const alix = makeVisitor((url) => blog.isHome(url));
  const first = await begin(blog);
  const page = await walk(alix, blog, await postFromBlog(alix, '/oidc/authorize', first.url.searchParams), {
    person: 'alix',
    profile: 'alice',
  });
  expect((await receive(blog, first, page.url)).idToken['preferred_username']).toBe('alice');

  const second = await begin(blog);
  const silent = await postFromBlog(alix, '/oidc/authorize', second.url.searchParams);
  expect((await receive(blog, second, silent.url)).idToken['preferred_username']).toBe('alice');
});

test('a request for logout may come as a posted form', async () => {
  const page = await postFromBlog(
    makeVisitor((url) => blog.isHome(url)),
    '/oidc/logout',
    new URLSearchParams({ client_id: blog.client.id, post_logout_redirect_uri: `${blog.url}/bye`, state: 'x y&z' }),
  );
  expect(page.url.href).toBe(`${blog.url}/bye?state=x+y%26z`);
});

test('a posted form that is too long, or no form, is refused without a redirection', async () => {
  const long = await fetch(`${house.url}/oidc/authorize`, {
    method: 'POST',
    body: new URLSearchParams({ state: 'x'.repeat(20_000) }),
    redirect: 'manual',
  });
  expect(long.status).toBe(404);
  const json = await fetch(`${house.url}/oidc/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    redirect: 'manual',
  });
  expect(json.status).toBe(404);
  const hostile = await fetch(`${house.url}/oidc/logout`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'state=a\r\nset-cookie: planted=1',
    redirect: 'manual',
  });
  expect(hostile.headers.get('set-cookie') ?? '').not.toContain('planted');
  expect(hostile.status).toBe(404);
});
