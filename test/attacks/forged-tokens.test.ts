import { createPublicKey } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { basic, introspect, post, userinfo } from './exchange.ts';
import { countConnections, type Listener } from './listener.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;

let house: House;
let blog: Service;
let listener: Listener;
let alix: Visitor;
let signed: Received;
beforeAll(async () => {
  house = await openHouse();
  listener = await countConnections();
  blog = await openService(house, 'Blog');
  await addPerson(house.parts, 'alix');
  alix = makeVisitor((url) => blog.isHome(url));
  signed = await signIn(alix, blog, ALICE);
});
afterAll(async () => {
  await blog.close();
  await listener.close();
  await house.close();
});

const idTokenOf = ({ tokens }: Received): string => tokens.id_token ?? '';

/** Asks to go on silently as whoever the hint is about. */
async function hintAtSignIn(hint: string): Promise<Page> {
  const { url } = await begin(blog, { prompt: 'none', id_token_hint: hint });
  return alix.get(url);
}

/** Asks to be signed out as whoever the hint is about, and sent back. */
function hintAtLogout(hint: string): Promise<Page> {
  const url = new URL(`${house.url}/oidc/logout`);
  url.search = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: `${blog.url}/bye` }).toString();
  return alix.get(url);
}

async function expectRefusedEverywhere(forged: string, what: string): Promise<void> {
  const signIn = await hintAtSignIn(forged);
  expect(signIn.url.searchParams.get('code'), what).toBeNull();
  if (blog.isHome(signIn.url))
    expect(signIn.url.searchParams.get('error'), what).toMatch(/^(invalid_request|login_required)$/u);
  else expect(signIn.status, what).toBe(400);
  const logout = await hintAtLogout(forged);
  expect(logout.status, `${what}: ${textOf(logout)}`).toBe(400);
  expect(blog.isHome(logout.url)).toBe(false);
}

/** Alix leaves the blog in another browser; the logout token that the blog is sent. */
async function logoutToken(): Promise<string> {
  const elsewhere = makeVisitor((url) => blog.isHome(url));
  await signIn(elsewhere, blog, ALICE);
  blog.logoutTokens.splice(0);
  const page = await elsewhere.get(`${house.url}/oidc/logout?client_id=${blog.client.id}`);
  await elsewhere.submit(page, '/leave', { scope: 'application' });
  await house.parts.oidc.deliverLogouts();
  const [token] = blog.logoutTokens;
  if (token === undefined) throw new Error('no logout token');
  return token;
}

describe('a token used as another', () => {
  test('A35: an ID token opens neither userinfo nor anything else that an access token opens', async () => {
    const idToken = idTokenOf(signed);
    expect((await userinfo(house.url, idToken)).status).toBe(401);
    expect((await introspect(house.url, blog, idToken)).body).not.toHaveProperty('active', true);
    const refreshed = await post(
      `${house.url}/oidc/token`,
      { grant_type: 'refresh_token', refresh_token: idToken },
      basic(blog),
    );
    expect(refreshed.body).not.toHaveProperty('access_token');
  });

  test('A35: a logout token is of another type than an ID token and is not taken for one', async () => {
    const token = await logoutToken();
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt');
    expect(decodeProtectedHeader(idTokenOf(signed)).typ).not.toBe('logout+jwt');
    expect(decodeJwt(token)).not.toHaveProperty('nonce');
    expect((await hintAtSignIn(idTokenOf(signed))).url.searchParams.get('code')).not.toBeNull();
    expect((await hintAtLogout(idTokenOf(signed))).status).toBe(200);
    await expectRefusedEverywhere(token, 'logout token');
    expect((await userinfo(house.url, token)).status).toBe(401);
  });

  test('A35: an access token is no ID token: it is opaque', async () => {
    expect(() => decodeJwt(signed.tokens.access_token)).toThrow();
    await expectRefusedEverywhere(signed.tokens.access_token, 'access token');
  });

  test('A35: a token of ours with another type in its header no longer has our signature', async () => {
    const [header = '', payload = '', signature = ''] = idTokenOf(signed).split('.');
    for (const typ of ['at+jwt', 'logout+jwt', 'JWT', 'none']) {
      const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), typ };
      const forged = [Buffer.from(JSON.stringify(changed)).toString('base64url'), payload, signature].join('.');
      await expectRefusedEverywhere(forged, typ);
    }
  });
});

describe('a token that somebody made', () => {
  async function publicKeys(): Promise<JWK[]> {
    const answer = await fetch(`${house.url}/oidc/jwks`);
    return ((await answer.json()) as { keys: JWK[] }).keys;
  }

  test('A36: without a signature, or signed with our public key as if it were a secret, is refused', async () => {
    const claims = decodeJwt(idTokenOf(signed));
    await expectRefusedEverywhere(new UnsecuredJWT(claims).encode(), 'none');
    const none = [{ alg: 'None', typ: 'JWT' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    await expectRefusedEverywhere(`${none.join('.')}.`, 'None');
    for (const jwk of await publicKeys()) {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      for (const secret of [
        key.export({ type: 'spki', format: 'pem' }).toString(),
        key.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwk),
        jwk.n ?? jwk.x ?? '',
      ]) {
        const bytes = Buffer.from(secret);
        const padded = Buffer.concat([bytes, Buffer.alloc(Math.max(0, 32 - bytes.length))]);
        const forged = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: jwk.kid ?? '' });
        await expectRefusedEverywhere(await forged.sign(padded), `HS256 ${jwk.kid}`);
      }
    }
  });

  test('A36: with a key of its own, named by path, address, query or inside it, is refused, and nobody is asked', async () => {
    const stranger = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(stranger.publicKey)), alg: 'RS256', kid: 'mine' };
    const [ours] = (await publicKeys()).filter(({ alg }) => alg === 'RS256');
    for (const header of [
      { kid: ours?.kid ?? '' },
      {},
      { kid: '../../../../../../dev/null' },
      { kid: "x' UNION SELECT 'key" },
      { kid: '\0' },
      { kid: `${listener.url}/key` },
      { jku: `${listener.url}/jwks`, kid: 'mine' },
      { x5u: `${listener.url}/chain`, kid: 'mine' },
      { jwk, kid: 'mine' },
      { jwk, jku: `${listener.url}/jwks`, x5u: `${listener.url}/chain` },
    ]) {
      const forged = await new SignJWT(decodeJwt(idTokenOf(signed)))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header })
        .sign(stranger.privateKey);
      await expectRefusedEverywhere(forged, JSON.stringify(header));
    }
    expect(listener.connections()).toBe(0);
    await fetch(listener.url);
    expect(listener.connections()).toBe(1);
  });

  test('A36: a true token for another application, or from another house, says nothing here', async () => {
    const photos = await openService(house, 'Photos');
    const other = await openHouse();
    const elsewhere = await openService(other, 'Elsewhere');
    await addPerson(other.parts, 'alix');
    const visitor = makeVisitor((url) => photos.isHome(url) || elsewhere.isHome(url));
    const atPhotos = await signIn(visitor, photos, { person: 'alix', profile: 'charlie' });
    const atOther = await signIn(visitor, elsewhere, ALICE);
    await expectRefusedEverywhere(idTokenOf(atOther), 'another house');
    // At logout the token itself says whose it is: it may only end what the photos have, and not lead to the blog.
    expect((await hintAtSignIn(idTokenOf(atPhotos))).url.searchParams.get('code')).toBeNull();
    expect((await hintAtLogout(idTokenOf(atPhotos))).status).toBe(400);
    await photos.close();
    await elsewhere.close();
    await other.close();
  });
});
