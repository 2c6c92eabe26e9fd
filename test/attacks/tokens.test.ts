import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, walk, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { basic, get, introspect, post, renew, userinfo } from './exchange.ts';

const OFFLINE = { scope: 'openid profile email groups offline_access' };
const ALICE = { person: 'alix', profile: 'alice' } as const;
const CHARLIE = { person: 'alix', profile: 'charlie' } as const;

let house: House;
let blog: Service;
let photos: Service;
beforeAll(async () => {
  house = await openHouse();
  blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
  photos = await openService(house, 'Photos', { client: { refreshTokens: true } });
  await addPerson(house.parts, 'alix');
});
afterAll(async () => {
  await blog.close();
  await photos.close();
  await house.close();
});

const browser = (): Visitor => makeVisitor((url) => blog.isHome(url) || photos.isHome(url));

/** Alix signs in at both, in one browser: alice at the blog, charlie at the photos. */
async function atBoth(): Promise<{ atBlog: Received; atPhotos: Received; alix: Visitor }> {
  const alix = browser();
  return {
    atBlog: await signIn(alix, blog, ALICE, OFFLINE),
    atPhotos: await signIn(alix, photos, CHARLIE, OFFLINE),
    alix,
  };
}

describe('a token in the wrong hands', () => {
  test("A34: the blog's token at userinfo says what the blog knows, and the photos' own checks refuse it", async () => {
    const { atBlog, atPhotos } = await atBoth();
    const { body } = await userinfo(house.url, atBlog.tokens.access_token);
    expect(body['sub']).toBe(atBlog.idToken.sub);
    expect(JSON.stringify(body)).not.toContain('charlie');
    await expect(
      client.fetchUserInfo(photos.configuration, atBlog.tokens.access_token, atPhotos.idToken.sub),
    ).rejects.toMatchObject({ cause: { cause: { attribute: 'sub' } } });
  });

  test('A34: a token in the address is never looked at', async () => {
    const { atBlog } = await atBoth();
    const { access_token: token } = atBlog.tokens;
    for (const method of ['GET', 'POST'] as const) {
      const url = `${house.url}/oidc/userinfo?access_token=${token}`;
      const answer = method === 'GET' ? await get(url) : await post(url, {});
      expect([400, 401]).toContain(answer.status);
      expect(answer.body).not.toHaveProperty('sub');
    }
    const both = await get(`${house.url}/oidc/userinfo?access_token=${token}`, { authorization: `Bearer ${token}` });
    expect(both.status).toBe(400);
    expect((await post(`${house.url}/oidc/userinfo`, { access_token: token })).status).toBe(200);
    const introspected = await post(`${house.url}/oidc/introspect?token=${token}`, {}, basic(blog));
    expect(introspected.status).toBe(400);
  });

  test('A34: neither a refresh token nor a code opens userinfo', async () => {
    const alix = browser();
    const { tokens } = await signIn(alix, blog, ALICE, OFFLINE);
    const attempt = await begin(blog);
    const page = await walk(alix, blog, await alix.get(attempt.url), ALICE);
    for (const token of [tokens.refresh_token, page.url.searchParams.get('code'), '', ' ', 'null', 'undefined']) {
      expect([400, 401]).toContain((await userinfo(house.url, token)).status);
    }
  });

  test('A37: the photos learn nothing of a token of the blog but that it is none of theirs', async () => {
    const { atBlog } = await atBoth();
    for (const token of [atBlog.tokens.access_token, atBlog.tokens.refresh_token]) {
      expect((await introspect(house.url, blog, token)).body).toMatchObject({ active: true, sub: atBlog.idToken.sub });
      for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
        const fields = { token: token ?? '', token_type_hint: hint };
        const answer = await post(`${house.url}/oidc/introspect`, fields, basic(photos));
        expect(answer).toMatchObject({ status: 200 });
        expect(answer.body).toEqual({ active: false });
      }
    }
    const unknown = await introspect(house.url, photos, 'unknown');
    expect(unknown.body).toEqual({ active: false });
    const nobody = await post(`${house.url}/oidc/introspect`, { token: atBlog.tokens.access_token });
    expect(nobody.body).not.toHaveProperty('active');
  });

  test("A37: revoking somebody else's token is answered and does nothing; one's own is gone", async () => {
    const { atBlog } = await atBoth();
    const { access_token: access, refresh_token: refresh } = atBlog.tokens;
    const revoke = `${house.url}/oidc/revoke`;
    for (const token of [access, refresh ?? '']) {
      expect((await post(revoke, { token }, basic(photos))).status).toBe(200);
    }
    expect((await userinfo(house.url, access)).status).toBe(200);
    const renewed = await renew(house.url, blog, refresh);
    expect(renewed.status).toBe(200);

    const next = String(renewed.body['refresh_token']);
    expect((await post(revoke, { token: next }, basic(blog))).status).toBe(200);
    expect(await renew(house.url, blog, next)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await userinfo(house.url, renewed.body['access_token'])).status).toBe(401);
  });
});
