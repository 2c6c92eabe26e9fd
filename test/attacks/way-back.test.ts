import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { openWire } from './wire.ts';

const HOSTILE = [
  '//evil.net',
  '///evil.net',
  '/\\evil.net',
  '\\\\evil.net',
  '\\/evil.net/',
  'https:evil.net',
  'https://evil.net/',
  'https:/evil.net',
  '/\t/evil.net',
  '\t//evil.net',
  ' //evil.net',
  '/\r\n/evil.net',
  '/ok\r\nLocation: https://evil.net',
  '/.//evil.net',
  '/..//evil.net',
  '/%2f/evil.net',
  '@evil.net',
  '.evil.net',
  ':80@evil.net',
  'javascript:alert(1)',
  'data:text/html,x',
  '/\u3002evil.net',
  '',
];

describe('the way back', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
    await addPerson(house.parts, 'alix');
  });
  afterAll(() => house.close());

  test.each(HOSTILE)('after a change of language stays here: %j', async (back) => {
    const visitor = makeVisitor();
    await visitor.get(`${house.url}/signed-out`);
    const answer = await fetch(`${house.url}/language`, {
      method: 'POST',
      body: new URLSearchParams({ language: 'en', back }),
      headers: { origin: house.url },
      redirect: 'manual',
    });
    expect(answer.status).toBe(303);
    expect(new URL(answer.headers.get('location') ?? '//evil.net', house.url).origin).toBe(house.url);
  });

  /** Asks for a target that no client library would send as it stands. */
  async function getRaw(target: string): Promise<{ location: string | undefined; cookies: string[] }> {
    const text = await openWire(house).send(`GET ${target} HTTP/1.1\r\nHost: evil.net\r\nX-Forwarded-Host: evil.net`);
    return {
      location: /^location: (.*)\r$/imu.exec(text)?.[1],
      cookies: [...text.matchAll(/^set-cookie: (.*)\r$/gimu)].flatMap(([, line]) => line ?? []),
    };
  }

  test.each([
    ['/account', true],
    ['/account?next=//evil.net', true],
    ['/profiles/..%2f..%2fevil.net', true],
    ['http://evil.net/account', true],
    ['http://evil.net//account', false],
    ['//evil.net/account', false],
    ['//evil.net/', false],
    ['/\\evil.net/account', false],
    ['/.//evil.net/account', false],
  ])('after a sign-in stays here: %s', async (target, isPage) => {
    const { location, cookies } = await getRaw(target);
    expect(location?.startsWith('/journey/')).toBe(isPage ? true : undefined);
    if (location === undefined) return;
    const alix = makeVisitor((url) => url.origin !== house.url);
    const start = new URL(location, house.url);
    for (const line of cookies) await alix.jar.setCookie(line, start.href);
    const { loginName: login, password } = PEOPLE.alix;
    await alix.submit(await alix.get(start), '/sign-in', { login, password });
    expect(alix.trail.length).toBeGreaterThan(2);
    for (const { origin } of alix.trail) expect(origin).toBe(house.url);
  });
});
