import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { ask, expectRefusedHere, expectToldTo, request, type Raw } from './asking.ts';
import { basic, post } from './exchange.ts';

const RACES = 20;

describe.each(['sqlite', 'postgres'] as const)('a pushed request on %s', (engine) => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let ahead = 0;
  let cookie: string;
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => Date.now() + ahead });
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'alix');
    const alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    cookie = await alix.cookies(house.url);
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  /** Pushes a request of the blog and returns its reference. */
  async function push(): Promise<string> {
    const answer = await post(`${house.url}/oidc/par`, request(blog), basic(blog));
    expect(answer.status).toBe(201);
    return String(answer.body['request_uri']);
  }

  const use = (uri: string, more: Record<string, string> = {}): Promise<Raw> =>
    ask(house, { client_id: blog.client.id, request_uri: uri, ...more }, cookie);

  const hasCode = ({ location }: Raw): boolean => location?.searchParams.has('code') === true;

  test('A12: gives one code, and is refused when it is played again', async () => {
    const uri = await push();
    const first = await use(uri);
    expect(first.location?.href.startsWith(`${blog.redirectUri}?code=`)).toBe(true);
    for (const more of [{}, { redirect_uri: blog.redirectUri }, { prompt: 'none' }])
      expectToldTo(blog, house, await use(uri, more), 'invalid_request_uri');
  });

  test(`A12: gives one code when it is used five times at once, ${RACES} times`, async () => {
    for (let round = 0; round < RACES; round += 1) {
      const uri = await push();
      const answers = await Promise.all(Array.from({ length: 5 }, () => use(uri)));
      expect(answers.filter(hasCode)).toHaveLength(1);
      for (const answer of answers.filter((each) => !hasCode(each)))
        expectToldTo(blog, house, answer, 'invalid_request_uri');
    }
  });

  test('A12: is refused for another application, and still good for its own', async () => {
    const uri = await push();
    const stolen = await use(uri, { client_id: photos.client.id });
    expectToldTo(photos, house, stolen, 'invalid_request_object');
    const bent = await use(uri, { client_id: photos.client.id, redirect_uri: 'https://evil.net/cb' });
    expectRefusedHere(bent, 'evil.net');
    expect(hasCode(await use(uri))).toBe(true);
  });

  test('A12: cannot be bent by what stands beside it', async () => {
    const bent = { redirect_uri: 'https://evil.net/cb', state: 'other', scope: 'openid email', nonce: 'other' };
    const { location } = await use(await push(), bent);
    expect(location?.href.startsWith(`${blog.redirectUri}?code=`)).toBe(true);
    expect(location?.searchParams.get('state')).toBe('a-state');
  });

  test('A12: is refused a minute later', async () => {
    const uri = await push();
    try {
      ahead = 61_000;
      expectToldTo(blog, house, await use(uri), 'invalid_request_uri');
    } finally {
      ahead = 0;
    }
    expect(hasCode(await use(uri))).toBe(true);
  });

  test('A12: is only taken from an application that proves who it is, and only with a registered address', async () => {
    const url = `${house.url}/oidc/par`;
    const wrong = { ...basic({ client: blog.client, secret: 'wrong' }) };
    expect(await post(url, request(blog), wrong)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await post(url, request(blog))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const other = await post(url, { ...request(blog), client_id: photos.client.id }, basic(blog));
    expect(other.status).toBe(400);
    const elsewhere = await post(url, { ...request(blog), redirect_uri: 'https://evil.net/cb' }, basic(blog));
    expect(elsewhere.status).toBe(400);
    for (const answer of [other, elsewhere]) expect(answer.body).not.toHaveProperty('request_uri');
  });
});
