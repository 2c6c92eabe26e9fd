import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addClient, addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { basic, codeFields, obtainCode, post, redeem, renew, stillOpen, userinfo } from './exchange.ts';
import { spawnNode, type Node } from './nodes.ts';
import { expectOneWinner, raceOften } from './races.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;

describe.each(['sqlite', 'postgres'] as const)('a code of Alix on %s', (engine) => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse({ engine });
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  test('A27: used a second time it is refused, and what it gave the first time is dead', async () => {
    const code = await obtainCode(alix, blog, ALICE);
    const first = await redeem(house.url, blog, code);
    expect(first.status).toBe(200);
    expect((await userinfo(house.url, first.body['access_token'])).status).toBe(200);
    const renewed = await renew(house.url, blog, first.body['refresh_token']);
    expect(renewed.status).toBe(200);

    const second = await redeem(house.url, blog, code);
    expect(second).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(second.body).not.toHaveProperty('access_token');
    expect(await stillOpen(house.url, blog, renewed.body)).toEqual([]);
    expect(await stillOpen(house.url, blog, first.body)).toEqual([]);
    expect(await redeem(house.url, blog, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('A27: of five requests at once exactly one is answered, and its tokens are dead by then', async () => {
    for (let round = 0; round < 8; round += 1) {
      const code = await obtainCode(alix, blog, ALICE);
      const answers = await Promise.all(Array.from({ length: 5 }, () => redeem(house.url, blog, code)));
      expect(await stillOpen(house.url, blog, expectOneWinner(answers, 'invalid_grant').body)).toEqual([]);
    }
  });

  test('A28: another application that presents the code gets nothing, and does not spoil it', async () => {
    const code = await obtainCode(alix, blog, ALICE);
    const stolen = await post(`${house.url}/oidc/token`, codeFields(blog, code), basic(photos));
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await redeem(house.url, blog, code)).status).toBe(200);
  });

  test('A28: another client of the same application gets nothing either', async () => {
    const phone = await addClient(house.parts, blog.application, { label: 'Phone', redirectUris: [blog.redirectUri] });
    const code = await obtainCode(alix, blog, ALICE);
    const credentials = basic({ client: phone.client, secret: phone.secret });
    const stolen = await post(`${house.url}/oidc/token`, codeFields(blog, code), credentials);
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('A28: with another return address it is refused, even one that the client registered', async () => {
    const other = `${blog.url}/other`;
    const { id: _, applicationId: __, ...settings } = blog.client;
    await house.parts.applications.changeClient(blog.client.id, {
      ...settings,
      redirectUris: [blog.redirectUri, other],
    });
    for (const uri of [other, `${blog.redirectUri}/`, `${blog.redirectUri}?x=1`, 'https://evil.example/callback']) {
      const code = await obtainCode(alix, blog, ALICE);
      const fields = { ...codeFields(blog, code), redirect_uri: uri };
      expect(await post(`${house.url}/oidc/token`, fields, basic(blog))).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
      const { redirect_uri: ___, ...without } = fields;
      expect(await post(`${house.url}/oidc/token`, without, basic(blog))).toMatchObject({ status: 400 });
    }
  });
});

describe('a code of Alix at two processes on one PostgreSQL database', () => {
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

  test('A27: in each of 100 races exactly one is answered, and its tokens are dead at both', async () => {
    await raceOften(
      100,
      async (round, browser) => {
        const code = await obtainCode(browser, blog, ALICE);
        const nodes = round % 2 === 0 ? [house.url, second.url] : [second.url, house.url];
        const answers = await Promise.all(nodes.map((node) => redeem(node, blog, code)));
        const { body } = expectOneWinner(answers, 'invalid_grant');
        expect(await stillOpen(nodes[round % 3 === 0 ? 0 : 1] ?? '', blog, body)).toEqual([]);
      },
      (url) => blog.isHome(url),
    );
  });

  test('A27: a code used at one process is used up at the other', async () => {
    const browser = makeVisitor((url) => blog.isHome(url));
    const code = await obtainCode(browser, blog, ALICE);
    const first = await redeem(second.url, blog, code);
    expect(first.status).toBe(200);
    expect((await userinfo(house.url, first.body['access_token'])).status).toBe(200);
    expect(await redeem(house.url, blog, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await stillOpen(second.url, blog, first.body)).toEqual([]);
  });
});

describe('a code of Alix that lies about', () => {
  test('A28: is refused a minute later', async () => {
    const house = await openHouse();
    const blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    const alix = makeVisitor((url) => blog.isHome(url));
    const code = await obtainCode(alix, blog, ALICE);
    try {
      // The protocol library reads the system's clock: it alone is moved, timers and the network stay real.
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
      expect(await redeem(house.url, blog, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      vi.useRealTimers();
      expect((await redeem(house.url, blog, code)).status).toBe(200);
    } finally {
      vi.useRealTimers();
      await blog.close();
      await house.close();
    }
  });
});
