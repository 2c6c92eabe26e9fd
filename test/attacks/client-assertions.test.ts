import { createPublicKey } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { codeFields, obtainCode, post, type Answer } from './exchange.ts';
import { countConnections, type Listener } from './listener.ts';
import { spawnNode, type Node } from './nodes.ts';
import { expectOneWinner, raceOften } from './races.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
type Change = Record<string, unknown>;
type Header = { alg?: string } & Record<string, unknown>;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The fields by which a client says who it is. */
const signed = (assertion: string): Record<string, string> => ({
  client_assertion_type: TYPE,
  client_assertion: assertion,
});

describe('an application that signs its requests', () => {
  let house: House;
  let second: Node;
  let blog: Service;
  let pair: KeyPair;
  let listener: Listener;
  beforeAll(async () => {
    house = await openHouse({ engine: 'postgres' });
    second = await spawnNode(house);
    listener = await countConnections();
    pair = await generateKeyPair('ES256', { extractable: true });
    const publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' };
    blog = await openService(house, 'Blog', {
      client: { authMethod: 'private_key_jwt', jwks: { keys: [{ ...publicKey, kty: 'EC' }] } },
      authentication: client.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }),
    });
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await blog.close();
    await listener.close();
    await second.close();
    await house.close();
  });

  const claims = (change: Change = {}): JWTPayload => ({
    iss: blog.client.id,
    sub: blog.client.id,
    aud: house.url,
    jti: crypto.randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
    ...change,
  });

  const sign = (
    payload: JWTPayload,
    header: Header = {},
    key: Parameters<SignJWT['sign']>[0] = pair.privateKey,
  ): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);

  /** Introspection needs nothing but the client's proof, so that only that proof can be what is wrong. */
  const prove = (assertion: string, node = house.url): Promise<Answer> =>
    post(`${node}/oidc/introspect`, { token: 'unknown', ...signed(assertion) });

  const refused = { status: 401, body: { error: 'invalid_client' } };

  test('A30: is believed once, also by another address and another process', async () => {
    const assertion = await sign(claims());
    expect(await prove(assertion)).toMatchObject({ status: 200, body: { active: false } });
    expect(await prove(assertion)).toMatchObject(refused);
    expect(await prove(assertion, second.url)).toMatchObject(refused);
    expect(await post(`${house.url}/oidc/revoke`, { token: 'unknown', ...signed(assertion) })).toMatchObject(refused);
  });

  test('A30: in each of 100 races between two processes one proof is believed exactly once', async () => {
    await raceOften(100, async (round) => {
      const assertion = await sign(claims());
      const nodes = round % 2 === 0 ? [house.url, second.url] : [second.url, house.url];
      expectOneWinner(await Promise.all(nodes.map((node) => prove(assertion, node))), 'invalid_client');
    });
  });

  test('A30: a proof seen with a code is refused with the next code', async () => {
    const alix = makeVisitor((url) => blog.isHome(url));
    const [first, next] = [
      await obtainCode(alix, blog, { person: 'alix', profile: 'alice' }),
      await obtainCode(alix, blog, { person: 'alix' }),
    ];
    const assertion = await sign(claims());
    const token = `${house.url}/oidc/token`;
    expect((await post(token, { ...codeFields(blog, first), ...signed(assertion) })).status).toBe(200);
    expect(await post(token, { ...codeFields(blog, next), ...signed(assertion) })).toMatchObject(refused);
    expect((await post(token, { ...codeFields(blog, next), ...signed(await sign(claims())) })).status).toBe(200);
  });

  test.each<[string, () => Change]>([
    ['for somebody else', () => ({ aud: 'https://elsewhere.example' })],
    ['for nobody', () => ({ aud: undefined })],
    ['for us and for somebody else', () => ({ aud: [house.url, 'https://elsewhere.example'] })],
    ['for our address with a slash', () => ({ aud: `${house.url}/` })],
    ['that has run out', () => ({ exp: seconds() - 60 })],
    ['that never runs out', () => ({ exp: undefined })],
    ['good for a day', () => ({ exp: seconds() + 86_400 })],
    ['good for a thousand years', () => ({ exp: seconds() + 31_536_000_000 })],
    ['that is not good yet', () => ({ nbf: seconds() + 600 })],
    ['without an identifier', () => ({ jti: undefined })],
    ['by somebody else', () => ({ iss: 'https://elsewhere.example' })],
    ['without an author', () => ({ iss: undefined })],
  ])('A30: is not believed with a proof %s', async (_, change) => {
    const answer = await prove(await sign(claims(change())));
    expect(answer).toMatchObject(refused);
    expect(answer.body).not.toHaveProperty('active');
  });

  test('A30: is believed when every audience is an address of ours', async () => {
    const token = `${house.url}/oidc/token`;
    for (const aud of [house.url, [house.url], token, [house.url, token]]) {
      expect((await prove(await sign(claims({ aud })))).status).toBe(200);
    }
  });

  test('A36: is not believed without a signature, or with one made from its public key', async () => {
    expect(await prove(new UnsecuredJWT(claims()).encode())).toMatchObject(refused);
    const published = [
      Buffer.from(await exportSPKI(pair.publicKey)),
      Buffer.from(JSON.stringify(await exportJWK(pair.publicKey))),
      createPublicKey({ key: await exportJWK(pair.publicKey), format: 'jwk' }).export({ type: 'spki', format: 'der' }),
    ];
    for (const secret of published) {
      const key = await importJWK({ kty: 'oct', k: secret.toString('base64url') }, 'HS256');
      expect(await prove(await sign(claims(), { alg: 'HS256' }, key))).toMatchObject(refused);
    }
    const whole = await sign(claims());
    for (const cut of [
      whole.slice(0, whole.lastIndexOf('.') + 1),
      `${whole.slice(0, -4)}AAAA`,
      `${whole}.x`,
      '..',
      'x',
    ]) {
      const answer = await prove(cut);
      expect([400, 401]).toContain(answer.status);
      expect(answer.body).not.toHaveProperty('active');
    }
  });

  test('A36: is not believed by a key of its own choosing, and nobody is asked for one', async () => {
    const stranger = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    const address = listener.url;
    for (const header of [
      { kid: 'one' },
      { kid: undefined },
      { kid: '../../../../dev/null' },
      { kid: "one' OR '1'='1" },
      { kid: 'one\0' },
      { kid: `${address}/key` },
      { jku: `${address}/jwks` },
      { x5u: `${address}/certificate` },
      { jwk },
      { jku: `${address}/jwks`, jwk, kid: undefined },
      { crit: ['jku'], jku: `${address}/jwks` },
    ] satisfies Record<string, unknown>[]) {
      const parts = [{ alg: 'ES256', kid: 'one', ...header }, claims()].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        stranger.privateKey,
        Buffer.from(parts.join('.')),
      );
      const answer = await prove([...parts, Buffer.from(signature).toString('base64url')].join('.'));
      expect(answer, JSON.stringify(header)).toMatchObject(refused);
    }
    expect(listener.connections()).toBe(0);
    await fetch(listener.url);
    expect(listener.connections()).toBe(1);
  });
});
