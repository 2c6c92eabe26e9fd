import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { introspect, obtainCode, redeem, renew, stillOpen, userinfo, type Answer } from './exchange.ts';
import { spawnNode, startNode, type Node } from './nodes.ts';
import { expectOneWinner, raceOften } from './races.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;
const OFFLINE = { scope: 'openid profile email groups offline_access' };
const REFUSED = { status: 400, body: { error: 'invalid_grant' } };

/** Signs Alix in at the service in a fresh browser and returns the tokens; offline ones outlive the browser's session. */
async function tokensOf(
  house: House,
  service: Service,
  params: Record<string, string> = OFFLINE,
): Promise<Answer['body']> {
  const browser = makeVisitor((url) => service.isHome(url));
  const { status, body } = await redeem(house.url, service, await obtainCode(browser, service, ALICE, params));
  expect(status).toBe(200);
  return body;
}

describe.each(['sqlite', 'postgres'] as const)('a refresh token of Alix on %s', (engine) => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let account: Account;
  let password: string;
  beforeAll(async () => {
    house = await openHouse({ engine });
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    photos = await openService(house, 'Photos', { client: { refreshTokens: true } });
    account = await addPerson(house.parts, 'alix');
    ({ password } = PEOPLE.alix);
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  test('A31: is good once; used again, the whole family is dead', async () => {
    const first = await tokensOf(house, blog);
    const second = await renew(house.url, blog, first['refresh_token']);
    const third = await renew(house.url, blog, second.body['refresh_token']);
    expect([second.status, third.status]).toEqual([200, 200]);
    expect((await userinfo(house.url, third.body['access_token'])).status).toBe(200);

    expect(await renew(house.url, blog, first['refresh_token'])).toMatchObject(REFUSED);
    for (const tokens of [third.body, second.body, first]) expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
  });

  test('A31: of five requests at once exactly one is answered, and the family is dead', async () => {
    const browser = makeVisitor((url) => blog.isHome(url));
    for (let round = 0; round < 8; round += 1) {
      const { body } = await redeem(house.url, blog, await obtainCode(browser, blog, ALICE));
      const { refresh_token: token } = body;
      const answers = await Promise.all(Array.from({ length: 5 }, () => renew(house.url, blog, token)));
      expect(await stillOpen(house.url, blog, expectOneWinner(answers, 'invalid_grant').body)).toEqual([]);
    }
  });

  test('A31: used again at a program that was only just started, it is refused and the family is dead', async () => {
    const first = await tokensOf(house, blog);
    const second = await renew(house.url, blog, first['refresh_token']);
    const restarted = await startNode(house);
    expect((await userinfo(restarted.url, second.body['access_token'])).status).toBe(200);
    expect(await renew(restarted.url, blog, first['refresh_token'])).toMatchObject(REFUSED);
    expect(await stillOpen(restarted.url, blog, second.body)).toEqual([]);
    await restarted.close();
    expect(await stillOpen(house.url, blog, second.body)).toEqual([]);
  });

  test('A31: is refused to every other application, which does not spoil it', async () => {
    const { refresh_token: token } = await tokensOf(house, blog);
    expect(await renew(house.url, photos, token)).toMatchObject(REFUSED);
    expect((await renew(house.url, blog, token)).status).toBe(200);
  });

  test('A31: is dead as soon as Alix changes her password', async () => {
    const tokens = await tokensOf(house, blog);
    const elsewhere = await tokensOf(house, photos);
    const next = `${password}, again`;
    await house.parts.accounts.changePassword(account.id, { current: password, next });
    expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
    expect(await stillOpen(house.url, photos, elsewhere)).toEqual([]);
    await house.parts.accounts.changePassword(account.id, { current: next, next: password });
  });

  test('A31: is dead while her account is suspended, and does not come back with it', async () => {
    const tokens = await tokensOf(house, blog);
    await house.parts.accounts.suspend(account.id);
    expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
    await house.parts.accounts.reinstate(account.id);
    expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
  });

  test('A31: is dead with its profile, and stays dead when Alix takes the profile back', async () => {
    const tokens = await tokensOf(house, blog);
    const { profiles } = await house.parts.profiles.at(account.id, blog.application);
    const [alice] = profiles;
    await house.parts.profiles.retire(account.id, alice?.id ?? '');
    expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
    await house.parts.profiles.restore(account.id, alice?.id ?? '');
    expect(await stillOpen(house.url, blog, tokens)).toEqual([]);
  });

  test('A32: cannot ask for more than was granted', async () => {
    const tokens = await tokensOf(house, blog, { scope: 'openid' });
    for (const scope of ['openid email', 'openid profile', 'openid groups offline_access']) {
      expect(await renew(house.url, blog, tokens['refresh_token'], { scope })).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      });
    }
    const renewed = await renew(house.url, blog, tokens['refresh_token'], { scope: 'openid' });
    expect(renewed).toMatchObject({ status: 200, body: { scope: 'openid' } });
    const { body } = await userinfo(house.url, renewed.body['access_token']);
    expect(Object.keys(body)).toEqual(['sub']);
  });

  test('A32: asking for another resource gives a token for no resource but userinfo', async () => {
    const tokens = await tokensOf(house, blog);
    const more = { resource: 'https://photos.example/api', audience: 'https://photos.example/api' };
    const renewed = await renew(house.url, blog, tokens['refresh_token'], more);
    if (renewed.status === 200) {
      const { body } = await introspect(house.url, blog, renewed.body['access_token']);
      expect(body).toMatchObject({ active: true, client_id: blog.client.id });
      expect(body).not.toHaveProperty('aud');
    } else {
      expect(renewed).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    }
  });

  test('A33: is dead as soon as nobody may enter the application any more', async () => {
    const tokens = await tokensOf(house, blog);
    const { id, ...settings } = blog.application;
    await house.parts.applications.change(id, { ...settings, entry: { kind: 'nobody' } });
    const asked = await userinfo(house.url, tokens['access_token']);
    const renewed = await renew(house.url, blog, tokens['refresh_token']);
    const known = await introspect(house.url, blog, tokens['access_token']);
    await house.parts.applications.change(id, settings);
    expect(asked.status).toBe(401);
    expect(renewed).toMatchObject(REFUSED);
    expect(known.body).toEqual({ active: false });
  });

  test('A33: is refused once its client no longer renews, or is removed', async () => {
    const shop = await openService(house, 'Shop', { client: { refreshTokens: true } });
    const tokens = await tokensOf(house, shop);
    const { id, applicationId: _, ...settings } = shop.client;
    await house.parts.applications.changeClient(id, { ...settings, refreshTokens: false });
    const answer = await renew(house.url, shop, tokens['refresh_token']);
    expect(answer.status).toBe(400);
    expect(answer.body).not.toHaveProperty('access_token');

    await house.parts.applications.changeClient(id, settings);
    await house.parts.applications.removeClient(id);
    expect(await renew(house.url, shop, tokens['refresh_token'])).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect((await userinfo(house.url, tokens['access_token'])).status).toBe(401);
    await shop.close();
  });
});

describe('a refresh token of Alix at two processes on one PostgreSQL database', () => {
  let house: House;
  let second: Node;
  let blog: Service;
  beforeAll(async () => {
    house = await openHouse({ engine: 'postgres' });
    second = await spawnNode(house);
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    const { id } = await addPerson(house.parts, 'alix');
    await house.parts.profiles.create(id, blog.application, { name: 'alice', note: '' });
  });
  afterAll(async () => {
    await blog.close();
    await second.close();
    await house.close();
  });

  test('A31: in each of 100 races exactly one is answered, and the family is dead at both', async () => {
    await raceOften(
      100,
      async (round, browser) => {
        const { body } = await redeem(house.url, blog, await obtainCode(browser, blog, ALICE));
        const nodes = round % 2 === 0 ? [house.url, second.url] : [second.url, house.url];
        const answers = await Promise.all(nodes.map((node) => renew(node, blog, body['refresh_token'])));
        const winner = expectOneWinner(answers, 'invalid_grant');
        expect(await stillOpen(nodes[round % 3 === 0 ? 0 : 1] ?? '', blog, winner.body)).toEqual([]);
      },
      (url) => blog.isHome(url),
    );
  });
});
