import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { renew } from '../attacks/exchange.ts';
import { begin, openService, receive, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { signOut } from './signing-out.ts';

describe('an application that takes more care', () => {
  let house: House;
  let blog: Service;
  /** The blog's client on people's own machines. */
  let blogApp: Service;
  let alix: Visitor;
  const as = { person: 'alix', profile: 'alice' } as const;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    blogApp = await openService(house, 'Blog', {
      of: blog.application,
      client: { authMethod: 'none', refreshTokens: true },
    });
    await addPerson(house.parts, 'alix');
  });
  beforeEach(() => {
    alix = makeVisitor((url) => blog.isHome(url) || blogApp.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await blogApp.close();
    await house.close();
  });

  /** Pushes what a request carries, and leaves nothing but a reference to it in the address. */
  async function push(params: Record<string, string> = {}): Promise<Awaited<ReturnType<typeof begin>>> {
    const attempt = await begin(blog, params);
    const { client_id: _, ...asked } = Object.fromEntries(attempt.url.searchParams);
    return { ...attempt, url: await client.buildAuthorizationUrlWithPAR(blog.configuration, asked) };
  }

  test('pushes its request, and is answered once', async () => {
    const attempt = await push();
    expect([...attempt.url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    const page = await walk(alix, blog, await alix.get(attempt.url), as);
    const { idToken, userinfo } = await receive(blog, attempt, page.url);
    expect(idToken['preferred_username']).toBe('alice');
    expect(userinfo.sub).toBe(idToken.sub);
    const again = await alix.get(attempt.url);
    expect(again.url.searchParams.has('code')).toBe(false);
    expect(again.url.searchParams.get('error') ?? again.status).toBe('invalid_request_uri');
  });

  test('pushes what it asks of the person too: the journey knows it', async () => {
    const first = await push();
    await walk(alix, blog, await alix.get(first.url), as);
    const asked = await alix.get((await push({ prompt: 'login', ui_locales: 'fr' })).url);
    expect(asked.document.querySelector('input[name=password]')).not.toBeNull();
    expect(asked.document.querySelector('html')?.getAttribute('lang')).toBe('fr');
    const silent = await alix.get((await push({ prompt: 'none' })).url);
    expect(silent.url.searchParams.has('code')).toBe(true);
  });

  test('pushes a request for access beyond the session, and is granted it', async () => {
    const attempt = await push({ scope: 'openid profile offline_access' });
    const page = await walk(alix, blog, await alix.get(attempt.url), as);
    const { tokens } = await receive(blog, attempt, page.url);
    await signOut(house, alix);
    expect((await renew(house.url, blog, tokens.refresh_token)).status).toBe(200);
  });

  test('binds its tokens to a key: they open nothing without it', async () => {
    const { configuration } = blogApp;
    const keys = await client.randomDPoPKeyPair('ES256');
    const DPoP = client.getDPoPHandle(configuration, keys);
    const thief = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'));
    const attempt = await begin(blogApp);
    const page = await walk(alix, blogApp, await alix.get(attempt.url), as);
    const checks = {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
    };
    const tokens = await client.authorizationCodeGrant(configuration, page.url, checks, undefined, { DPoP });
    const sub = tokens.claims()?.sub ?? '';
    expect(tokens.token_type).toBe('dpop');
    expect(await client.fetchUserInfo(configuration, tokens.access_token, sub, { DPoP })).toMatchObject({
      preferred_username: 'alice',
    });

    const address = `${house.url}/oidc/userinfo`;
    const asBearer = await fetch(address, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(asBearer.status).toBe(401);
    await expect(client.fetchUserInfo(configuration, tokens.access_token, sub, { DPoP: thief })).rejects.toThrow();

    const refreshToken = tokens.refresh_token ?? '';
    await expect(client.refreshTokenGrant(configuration, refreshToken, undefined, { DPoP: thief })).rejects.toThrow();
    await expect(client.refreshTokenGrant(configuration, refreshToken)).rejects.toThrow();
    const renewed = await client.refreshTokenGrant(configuration, refreshToken, undefined, { DPoP });
    expect(renewed).toMatchObject({ token_type: 'dpop' });
    expect(renewed.claims()?.sub).toBe(sub);
  });

  test('binds its code to the key as well, when it says so beforehand', async () => {
    const { configuration } = blogApp;
    const DPoP = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'));
    const thief = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'));
    const attempt = await begin(blogApp, { dpop_jkt: await DPoP.calculateThumbprint() });
    const page = await walk(alix, blogApp, await alix.get(attempt.url), as);
    const checks = { pkceCodeVerifier: attempt.verifier, expectedState: attempt.state, expectedNonce: attempt.nonce };
    const exchange = (handle: client.DPoPHandle) =>
      client.authorizationCodeGrant(configuration, page.url, checks, undefined, { DPoP: handle });
    await expect(exchange(thief)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});
