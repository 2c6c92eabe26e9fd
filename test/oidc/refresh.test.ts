import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renew, userinfo } from '../attacks/exchange.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { signOut } from './signing-out.ts';

const LASTING = { scope: 'openid profile email groups offline_access' };

describe('what an application was granted', () => {
  let house: House;
  let blog: Service;
  let photos: Service;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  const newBrowser = (): Visitor => makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
  const enter = (visitor: Visitor, service: Service, params: Record<string, string> = {}): Promise<Received> =>
    signIn(visitor, service, { person: 'alix', profile: service === blog ? 'alice' : 'charlie' }, params);

  test('is renewed with another refresh token each time, for the same profile', async () => {
    const { tokens, idToken } = await enter(newBrowser(), blog);
    let refreshToken = tokens.refresh_token ?? '';
    const seen = new Set([refreshToken]);
    for (let round = 1; round <= 3; round += 1) {
      const renewed = await client.refreshTokenGrant(blog.configuration, refreshToken);
      expect(renewed.claims()).toMatchObject({ sub: idToken.sub, preferred_username: 'alice', aud: blog.client.id });
      expect(renewed.access_token).not.toBe(tokens.access_token);
      const info = await client.fetchUserInfo(blog.configuration, renewed.access_token, idToken.sub);
      expect(info.preferred_username).toBe('alice');
      refreshToken = renewed.refresh_token ?? '';
      seen.add(refreshToken);
      expect(seen.size).toBe(round + 1);
    }
  });

  test('ends with the session', async () => {
    const visitor = newBrowser();
    const { tokens } = await enter(visitor, blog);
    expect(tokens.scope).not.toContain('offline_access');
    await signOut(house, visitor);
    expect(await renew(house.url, blog, tokens.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(401);
  });

  test('outlives the session with offline_access, which needs no prompt=consent', async () => {
    const visitor = newBrowser();
    const { tokens, idToken } = await enter(visitor, blog, LASTING);
    expect(tokens.scope?.split(' ')).toContain('offline_access');
    await signOut(house, visitor);
    expect((await userinfo(house.url, tokens.access_token)).status).toBe(200);
    const renewed = await client.refreshTokenGrant(blog.configuration, tokens.refresh_token ?? '');
    expect(renewed.claims()?.sub).toBe(idToken.sub);
    const again = await client.refreshTokenGrant(blog.configuration, renewed.refresh_token ?? '');
    expect(again.claims()?.sub).toBe(idToken.sub);
  });

  test('is never renewed where the application has the switch off', async () => {
    const visitor = newBrowser();
    for (const params of [{}, LASTING, { ...LASTING, prompt: 'consent' }]) {
      const { tokens } = await enter(visitor, photos, params);
      expect(tokens.refresh_token).toBeUndefined();
      expect(tokens.scope).not.toContain('offline_access');
    }
    const { tokens } = await enter(visitor, blog);
    const refused = await renew(house.url, photos, tokens.refresh_token);
    expect(refused.status).toBe(400);
    expect(refused.body).not.toHaveProperty('access_token');
  });

  test('stops at the moment the switch is turned off', async () => {
    const switched = await openService(house, 'Switched', { client: { refreshTokens: true } });
    const visitor = makeVisitor((url) => switched.isHome(url));
    const { tokens } = await signIn(visitor, switched, { person: 'alix', profile: 'sam' });
    const { id, applicationId: _, ...settings } = switched.client;
    await house.parts.applications.changeClient(id, { ...settings, refreshTokens: false });
    const refused = await renew(house.url, switched, tokens.refresh_token);
    await switched.close();
    expect(refused.status).toBe(400);
  });
});
