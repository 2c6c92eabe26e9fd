import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

type Layer = {
  readonly route?: { readonly path: unknown; readonly methods: Record<string, boolean> };
  readonly handle?: { readonly stack?: readonly Layer[] };
};

/** What says nothing of anybody, and is the same for all: files, keys, health, and addresses of the protocols. */
const PUBLIC = /^\/(?:assets|brand|look|favicon|health|ready|metrics|saml|\.well-known|oidc|doctor|colours|logo)/u;

let house: House;
const odile: Visitor = makeVisitor();
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'odile');
  const page = await odile.get(`${house.url}/`);
  await odile.submit(page, '/sign-in', { login: PEOPLE.odile.loginName, password: PEOPLE.odile.password });
});
afterAll(() => house.close());

/** The addresses of all pages that there are, from the table by which requests are answered. */
function pagesOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ route, handle }) => {
    if (route !== undefined) return typeof route.path === 'string' && route.methods['get'] === true ? [route.path] : [];
    return handle?.stack === undefined ? [] : pagesOf(handle.stack);
  });
}

test('A60: every page that there is forbids keeping it, whoever asks and whatever comes of it', async () => {
  const { stack } = house.parts.app.router as unknown as { stack: readonly Layer[] };
  const pages = [...new Set(pagesOf(stack))].filter((path) => !PUBLIC.test(path));
  for (const known of ['/', '/account', '/account/data', '/account/leave', '/sessions', '/activity', '/journey/:id'])
    expect(pages).toContain(known);
  expect(pages.length).toBeGreaterThan(40);
  for (const path of pages) {
    const address = house.url + path.replaceAll(/:\w+/gu, 'AAAAAAAAAAAAAAAAAAAAAA').replaceAll(/[{}]/gu, '');
    for (const cookie of ['', await odile.cookies(house.url)]) {
      const answer = await fetch(address, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
      expect([path, answer.headers.get('cache-control')]).toEqual([path, expect.stringContaining('no-store')]);
    }
  }
});
