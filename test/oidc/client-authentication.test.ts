import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ID_TOKEN_ALGORITHMS, type ClientSettings } from '../../src/applications/client-settings.ts';
import { codeFields, obtainCode, post } from '../attacks/exchange.ts';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { signInLean } from './lean-client.ts';

const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt by its keys',
  'private_key_jwt by the address of its keys',
  'none',
] as const;
type Method = (typeof METHODS)[number];

/** Serves a client's public keys on loopback. */
async function serveKeys(keys: readonly JWK[]): Promise<Server> {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'application/jwk-set+json');
    res.end(JSON.stringify({ keys }));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
}

describe('a person signs in at an application', () => {
  let house: House;
  let keyServer: Server;
  let keys: CryptoKeyPair;
  const services = new Map<string, Service>();
  let alix: Visitor;
  /** Alix is known everywhere: each sign-in below only needs its own proof of the application. */
  const as = { person: 'alix', profile: 'alice' } as const;

  beforeAll(async () => {
    house = await openHouse();
    keys = await generateKeyPair('ES256');
    const publicKey = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    keyServer = await serveKeys([publicKey]);
    const { port } = keyServer.address() as AddressInfo;
    const settings: Record<Method, Partial<ClientSettings>> = {
      client_secret_basic: { authMethod: 'client_secret_basic' },
      client_secret_post: { authMethod: 'client_secret_post' },
      'private_key_jwt by its keys': { authMethod: 'private_key_jwt', jwks: { keys: [publicKey as never] } },
      'private_key_jwt by the address of its keys': {
        authMethod: 'private_key_jwt',
        jwksUri: `http://localhost:${port}/keys`,
      },
      none: { authMethod: 'none' },
    };
    for (const [name, more] of Object.entries(settings)) {
      const authentication = more.authMethod === 'private_key_jwt' ? { authentication: privateKey() } : {};
      services.set(name, await openService(house, name.slice(0, 60), { client: more, ...authentication }));
    }
    for (const idTokenAlgorithm of ID_TOKEN_ALGORITHMS)
      services.set(idTokenAlgorithm, await openService(house, idTokenAlgorithm, { client: { idTokenAlgorithm } }));
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => [...services.values()].some((each) => each.isHome(url)));
  });
  afterAll(async () => {
    for (const service of services.values()) await service.close();
    keyServer.close();
    await house.close();
  });

  const privateKey = () => client.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' });
  const leanPrivateKey = () => oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' });

  function serviceOf(name: string): Service {
    const service = services.get(name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  test.each(METHODS)('that proves who it is by %s, with openid-client and with oauth4webapi', async (method) => {
    const service = serviceOf(method);
    const first = await signIn(alix, service, as);
    expect(first.idToken).toMatchObject({ iss: house.url, aud: service.client.id, preferred_username: 'alice' });
    expect(first.userinfo).toMatchObject({ sub: first.idToken.sub, preferred_username: 'alice' });

    const lean = method.startsWith('private_key_jwt') ? leanPrivateKey() : undefined;
    const second = await signInLean(house, alix, service, as, lean);
    expect(second.idToken).toMatchObject({ iss: house.url, aud: service.client.id, preferred_username: 'alice' });
    expect(second.userinfo).toMatchObject({ sub: first.idToken.sub, preferred_username: 'alice' });
  });

  test.each(METHODS.filter((method) => method !== 'none'))(
    'that should prove who it is by %s and proves nothing, or something else: no tokens',
    async (method) => {
      const service = serviceOf(method);
      const code = await obtainCode(alix, service, as);
      const fields = { ...codeFields(service, code), client_id: service.client.id };
      const answer = await post(`${house.url}/oidc/token`, fields);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toHaveProperty('access_token');

      const stranger = await generateKeyPair('ES256');
      const wrong = {
        client_secret_basic: client.ClientSecretBasic('wrong'),
        client_secret_post: client.ClientSecretPost('wrong'),
        'private_key_jwt by its keys': client.PrivateKeyJwt({ key: stranger.privateKey, kid: 'one' }),
        'private_key_jwt by the address of its keys': client.PrivateKeyJwt({ key: stranger.privateKey, kid: 'one' }),
      }[method];
      const impostor = new client.Configuration(
        service.configuration.serverMetadata(),
        service.client.id,
        undefined,
        wrong,
      );
      client.allowInsecureRequests(impostor);
      const refused = client.genericGrantRequest(impostor, 'authorization_code', codeFields(service, code));
      await expect(refused).rejects.toMatchObject({ status: 401 });
      // The right proof still counts: it was the proof that was refused, not the code.
      const proven = await client.genericGrantRequest(
        service.configuration,
        'authorization_code',
        codeFields(service, code),
      );
      expect(proven.token_type).toBe('bearer');
    },
  );

  test('that keeps no secret, and does not have the verifier: no tokens', async () => {
    const service = serviceOf('none');
    const code = await obtainCode(alix, service, as);
    const { code_verifier: _, ...fields } = codeFields(service, code);
    const answer = await post(`${house.url}/oidc/token`, { ...fields, client_id: service.client.id });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each(ID_TOKEN_ALGORITHMS)(
    'that wants its ID tokens signed by %s: both libraries can verify them',
    async (alg) => {
      const service = serviceOf(alg);
      client.enableNonRepudiationChecks(service.configuration);
      const { tokens } = await signIn(alix, service, as);
      const lean = await signInLean(house, alix, service, as);
      const published = createRemoteJWKSet(new URL(`${house.url}/oidc/jwks`));
      for (const token of [tokens.id_token, lean.tokens.id_token]) {
        const { protectedHeader } = await jwtVerify(token ?? '', published, {
          issuer: house.url,
          audience: service.client.id,
        });
        expect(protectedHeader.alg).toBe(alg);
      }
    },
  );
});
