import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { introspect, post, renew, userinfo } from '../attacks/exchange.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

describe('a token of an application', () => {
  let house: House;
  let blog: Service;
  /** The part of the blog that only checks tokens. */
  let blogStore: Service;
  /** The blog's client on people's own machines: it keeps no secret. */
  let blogApp: Service;
  let photos: Service;
  let person: Account;
  let received: Received;
  const lasting = { client: { refreshTokens: true } };
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog', lasting);
    blogStore = await openService(house, 'Blog', { of: blog.application });
    blogApp = await openService(house, 'Blog', { of: blog.application, client: { authMethod: 'none' } });
    photos = await openService(house, 'Photos', lasting);
    person = await addPerson(house.parts, 'alix');
  });
  beforeEach(async () => {
    const alix = makeVisitor((url) => blog.isHome(url));
    received = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  });
  afterAll(async () => {
    for (const service of [blog, blogStore, blogApp, photos]) await service.close();
    await house.close();
  });

  const revoke = (service: Service, token: string | undefined): Promise<void> =>
    client.tokenRevocation(service.configuration, token ?? '');

  test('is explained to it and to its other clients, in the words of the profile', async () => {
    const { tokens, idToken } = received;
    for (const service of [blog, blogStore]) {
      for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
        const said = await client.tokenIntrospection(service.configuration, token);
        expect(said).toMatchObject({
          active: true,
          sub: idToken.sub,
          client_id: blog.client.id,
          iss: house.url,
          exp: expect.any(Number) as number,
        });
        expect(said.scope?.split(' ').toSorted()).toEqual(['email', 'groups', 'openid', 'profile']);
        expect(JSON.stringify(said)).not.toContain(person.id);
      }
    }
  });

  test('is nothing to another application, nor to a client that keeps no secret', async () => {
    const { tokens } = received;
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const { status, body } = await introspect(house.url, photos, token);
      expect([status, body]).toEqual([200, { active: false }]);
      const fields = { token: token ?? '', client_id: blogApp.client.id };
      const answer = await post(`${house.url}/oidc/introspect`, fields);
      expect(answer.body['active'] ?? false).toBe(false);
    }
    const nobody = await post(`${house.url}/oidc/introspect`, { token: tokens.access_token });
    expect(nobody.status).toBeGreaterThanOrEqual(400);
    expect((await introspect(house.url, blog, 'nonsense')).body).toEqual({ active: false });
  });

  test('is nothing once its profile is retired, to nobody', async () => {
    const { tokens } = received;
    const { profiles } = await house.parts.profiles.at(person.id, blog.application);
    const id = profiles[0]?.id ?? '';
    await house.parts.profiles.retire(person.id, id);
    for (const service of [blog, blogStore])
      for (const token of [tokens.access_token, tokens.refresh_token])
        expect((await introspect(house.url, service, token)).body).toEqual({ active: false });
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(401);
    expect((await renew(house.url, blog, tokens.refresh_token)).status).toBe(400);
    // Taking the retirement back does not bring it to life again.
    await house.parts.profiles.restore(person.id, id);
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(401);
  });

  test('is dead once revoked', async () => {
    const { tokens } = received;
    await revoke(blog, tokens.access_token);
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(401);
    expect((await introspect(house.url, blog, tokens.access_token)).body).toEqual({ active: false });
  });

  test('for renewal takes with it, once revoked, all that came from it', async () => {
    const { tokens } = received;
    const renewed = await client.refreshTokenGrant(blog.configuration, tokens.refresh_token ?? '');
    expect((await userinfo(house.url, renewed.access_token)).status).toBe(200);
    await revoke(blog, renewed.refresh_token);
    for (const token of [tokens.access_token, renewed.access_token])
      expect((await userinfo(house.url, token)).status).toBe(401);
    const again = await renew(house.url, blog, renewed.refresh_token);
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    // Revoking twice, or what never was, is no error (RFC 7009 §2.2).
    await revoke(blog, renewed.refresh_token);
    await revoke(blog, 'nonsense');
  });

  test('is only revoked by the client that it was given to', async () => {
    const { tokens } = received;
    for (const service of [photos, blogStore])
      for (const token of [tokens.access_token, tokens.refresh_token])
        await revoke(service, token).catch(() => undefined);
    const stranger = await post(`${house.url}/oidc/revoke`, { token: tokens.access_token });
    expect(stranger.status).toBeGreaterThanOrEqual(400);
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(200);
    expect((await renew(house.url, blog, tokens.refresh_token)).status).toBe(200);
  });
});
