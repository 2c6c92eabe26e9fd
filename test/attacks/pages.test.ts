import { parse } from 'node-html-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { ask, rawOf, request, type Raw } from './asking.ts';

/** The sources of one directive of an answer's Content-Security-Policy. */
function sources(headers: Headers, directive: string): string[] {
  const policies = (headers.get('content-security-policy') ?? '').split(';').map((part) => part.trim().split(/\s+/u));
  return policies.find(([name]) => name === directive)?.slice(1) ?? [];
}

/** No script but our own and those whose very text is named by its hash; nothing guessed from the content. */
function expectNoForeignScript({ headers }: Pick<Raw, 'headers'>): void {
  expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8/u);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(sources(headers, 'default-src')).toEqual(["'none'"]);
  expect(sources(headers, 'base-uri')).toEqual(["'none'"]);
  for (const source of sources(headers, 'script-src')) expect(source).toMatch(/^'self'$|^'sha256-[\w+/]+=*'$/u);
}

describe('the pages', () => {
  let house: House;
  let blog: Service;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    await addPerson(house.parts, 'odile');
    alix = makeVisitor((url) => blog.isHome(url));
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const markup = `"'><script>alert(1)</script><form action=https://evil.net><!--\r\n\u2028&quot;é`;

  test.each([
    ['a code', {}, 200, 'code'],
    ['an error', { max_age: '-1' }, 400, 'error'],
  ] as const)(
    'A09: that hand over %s by a form keep markup as text and run nothing',
    async (_what, more, status, field) => {
      const params = { ...request(blog), ...more, state: markup, response_mode: 'form_post' };
      const answer = await ask(house, params, await alix.cookies(house.url));
      expect(answer.status).toBe(status);
      expectNoForeignScript(answer);

      const page = parse(answer.text);
      const actions = page.querySelectorAll('form').map((form) => form.getAttribute('action'));
      expect(actions.toSorted()).toEqual(['/language', blog.redirectUri]);
      for (const script of page.querySelectorAll('script')) {
        expect(script.getAttribute('src')).toMatch(/^\/assets\/\w+\.js/u);
        expect(script.textContent).toBe('');
      }
      const values = new Map(
        page.querySelectorAll('main input').map((input) => [input.getAttribute('name'), input.getAttribute('value')]),
      );
      expect(values.get('state')).toBe(markup);
      expect(values.get('iss')).toBe(house.url);
      expect(values.get(field)).toMatch(/./u);
      expect(answer.text).not.toContain('<script>alert');
      expect(answer.text).not.toContain('<form action=https');
    },
  );

  test('A09: that hand over by a form may send it to the application, and nowhere else', async () => {
    for (const more of [{}, { max_age: '-1' }]) {
      const params = { ...request(blog), ...more, response_mode: 'form_post' };
      const { headers } = await ask(house, params, await alix.cookies(house.url));
      expect(sources(headers, 'form-action').toSorted()).toEqual(["'self'", blog.url].toSorted());
    }
  });

  test('A09: that hand over by a form after the sign-in do the same', async () => {
    const bare = makeVisitor((url) => blog.isHome(url));
    const attempt = await begin(blog, { response_mode: 'form_post', state: markup });
    const page = await handedOver(bare, attempt.url);
    expect(page.status).toBe(200);
    expectNoForeignScript(page);
    expect(page.document.querySelector('input[name=state]')?.getAttribute('value')).toBe(markup);
    expect(sources(page.headers, 'form-action').toSorted()).toEqual(["'self'", blog.url].toSorted());
  });

  /** Signs Alix in up to the page with the form. */
  async function handedOver(visitor: Visitor, url: URL): Promise<Page> {
    const reached = { ...blog, isHome: (address: URL) => /^\/oidc\/authorize\/./u.test(address.pathname) };
    return walk(visitor, reached, await visitor.get(url), { person: 'alix' });
  }

  test('A21: cannot be shown in a frame, whatever they are', async () => {
    const stranger = makeVisitor();
    const odile = makeVisitor();
    const admin = await odile.get(`${house.url}/admin/applications`);
    await odile.submit(admin, '/sign-in', { login: 'odile', password: 'nine winters by the mill' });
    const fresh = makeVisitor();
    const choosing = await alix.get((await begin(blog, { prompt: 'select_account' })).url);
    const seen: Page[] = [
      await stranger.get((await begin(blog)).url),
      choosing,
      await alix.get(`${choosing.url.href}/new`),
      await alix.get(`${house.url}/oidc/logout?client_id=${blog.client.id}`),
      await fresh.get(`${house.url}/oidc/logout`),
      await stranger.get(`${house.url}/oidc/authorize?client_id=nobody`),
      await stranger.get(`${house.url}/journey/none`),
      await stranger.get(`${house.url}/nowhere`),
      await stranger.get(`${house.url}/signed-out`),
      await stranger.post(`${house.url}/sign-out`, {}, { origin: 'https://evil.net' }),
      ...(await Promise.all(['/', '/account', '/sessions', '/activity'].map((path) => alix.get(house.url + path)))),
      ...(await Promise.all(['/admin/applications', '/admin/groups'].map((path) => odile.get(house.url + path)))),
    ];
    expect(seen.map(({ status }) => status)).toEqual([
      ...Array<number>(5).fill(200),
      400,
      410,
      404,
      200,
      403,
      ...Array<number>(6).fill(200),
    ]);
    const params = { ...request(blog), response_mode: 'form_post' };
    const posting = await ask(house, params, await alix.cookies(house.url));
    const sending = await ask(house, request(blog));
    const owl = await rawOf(await fetch(`${house.url}/assets/owl.svg`));
    for (const { headers } of [...seen, posting, sending, owl]) {
      expect(sources(headers, 'frame-ancestors')).toEqual(["'none'"]);
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });
});
