import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { get, post, userinfo } from '../attacks/exchange.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

const CLAIMS = ['sub', 'name', 'preferred_username', 'email', 'email_verified', 'groups'] as const;

function claimsIn(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(CLAIMS.filter((name) => name in document).map((name) => [name, document[name]]));
}

describe('what an application is told', () => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let person: Account;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos', { application: { subject: 'name', email: 'none' } });
    person = await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  const atBlog = (params: Record<string, string> = {}): Promise<Received> =>
    signIn(alix, blog, { person: 'alix', profile: 'alice' }, params);

  test('is the same in the ID token and in userinfo: the profile and its relay address', async () => {
    const { idToken, userinfo: info } = await atBlog();
    expect(claimsIn(idToken)).toEqual({
      sub: expect.stringMatching(/^[\w-]{20,}$/u) as string,
      name: 'alice',
      preferred_username: 'alice',
      email: expect.stringMatching(/^[a-z0-9]{16}@relay\.example$/u) as string,
      email_verified: true,
      groups: [],
    });
    expect(claimsIn(info)).toEqual(claimsIn(idToken));
    expect(JSON.stringify([idToken, info])).not.toMatch(/alix|home\.example/u);
    expect(JSON.stringify([idToken, info])).not.toContain(person.id);
  });

  test('is only what the scopes open', async () => {
    const bare = await atBlog({ scope: 'openid' });
    expect(Object.keys(claimsIn(bare.idToken))).toEqual(['sub']);
    expect(bare.userinfo).toEqual({ sub: bare.idToken.sub });
    const named = await atBlog({ scope: 'openid profile' });
    expect(Object.keys(claimsIn(named.idToken))).toEqual(['sub', 'name', 'preferred_username']);
    const addressed = await atBlog({ scope: 'openid email' });
    expect(Object.keys(claimsIn(addressed.userinfo))).toEqual(['sub', 'email', 'email_verified']);
  });

  test('is asked for claim by claim with the claims parameter, for the ID token and for userinfo apart', async () => {
    const claims = JSON.stringify({
      id_token: { email: { essential: true }, auth_time: null, picture: { essential: true } },
      userinfo: { preferred_username: null, groups: { essential: true } },
    });
    const { idToken, userinfo: info } = await atBlog({ scope: 'openid', claims });
    expect(idToken).toMatchObject({ email: expect.any(String) as string, auth_time: expect.any(Number) as number });
    expect(idToken).not.toHaveProperty('preferred_username');
    expect(info).toEqual({ sub: idToken.sub, preferred_username: 'alice', groups: [] });
  });

  test('is given at userinfo by GET and by POST, with the token in the header or in the body', async () => {
    const { tokens, idToken } = await atBlog();
    const url = `${house.url}/oidc/userinfo`;
    const header = { authorization: `Bearer ${tokens.access_token}` };
    for (const answer of [
      await get(url, header),
      await post(url, {}, header),
      await post(url, { access_token: tokens.access_token }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(claimsIn(idToken));
      expect(answer.headers.get('cache-control')).toContain('no-store');
    }
    // Not by address: it would end up in logs (RFC 6750 §2.3 is no longer to be used).
    const byAddress = await get(`${url}?access_token=${tokens.access_token}`);
    expect(byAddress.status).toBeGreaterThanOrEqual(400);
    const nothing = await get(url);
    expect(nothing.status).toBeGreaterThanOrEqual(400);
    expect((await get(url, { authorization: 'Bearer nonsense' })).status).toBe(401);
  });

  test('of groups, is those the profile shows, for as long as the person is in them', async () => {
    const { groups } = house.parts.accounts;
    const gardeners = await groups.create('Gardeners');
    const bellRingers = await groups.create('Bell ringers');
    for (const { id } of [gardeners, bellRingers]) await groups.addMember(id, 'alix');
    expect((await atBlog()).idToken['groups']).toEqual([]);

    const { profiles } = await house.parts.profiles.at(person.id, blog.application);
    const [alice] = profiles;
    await house.parts.profiles.describe(person.id, alice?.id ?? '', { note: '', groups: [gardeners.id] });
    const { idToken, userinfo: info, tokens } = await atBlog();
    expect(idToken['groups']).toEqual(['Gardeners']);
    expect(info['groups']).toEqual(['Gardeners']);

    await groups.removeMember(gardeners.id, 'alix');
    expect((await userinfo(house.url, tokens.access_token)).body['groups']).toEqual([]);
    expect((await atBlog()).idToken['groups']).toEqual([]);
  });

  test('is the name as the subject and no address, where the application is set so', async () => {
    const { idToken, userinfo: info } = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    const expected = { sub: 'charlie', name: 'charlie', preferred_username: 'charlie', groups: [] };
    expect(claimsIn(idToken)).toEqual(expected);
    expect(claimsIn(info)).toEqual(expected);
    const claims = JSON.stringify({ id_token: { email: { essential: true } }, userinfo: { email: null } });
    const asked = await signIn(alix, photos, { person: 'alix', profile: 'charlie' }, { claims });
    expect(claimsIn(asked.idToken)).toEqual(expected);
    expect(claimsIn(asked.userinfo)).toEqual(expected);
  });
});
