import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { signOut } from './signing-out.ts';

const SECOND = 1000;

/** The clock of the houses only moves when told to: what is due is due exactly then. */
let clock = Date.now();
const now = (): number => clock;

describe('an application that does not answer', () => {
  let server: Server;
  let house: House;
  let asked = 0;
  let status = 200;
  beforeAll(async () => {
    house = await openHouse({ now });
    await addPerson(house.parts, 'alix');
    server = createServer((_req, res) => {
      asked += 1;
      res.statusCode = status;
      res.end();
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await house.close();
  });

  /** Somebody signs in at an application whose logout address is the server's, and out again. */
  async function comeAndGo(name: string): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const settings = { backchannelLogoutUri: `http://localhost:${port}/logout` };
    const service = await openService(house, name, { client: settings });
    const alix = makeVisitor((url) => service.isHome(url));
    const { tokens } = await signIn(alix, service, { person: 'alix', profile: 'alice' });
    await signOut(house, alix, `${house.url}/oidc/logout?id_token_hint=${tokens.id_token}`);
    await service.close();
  }

  /** How often it was asked after each of these pauses, in seconds. */
  async function askedAfter(pauses: readonly number[]): Promise<number[]> {
    const counts: number[] = [];
    asked = 0;
    for (const pause of pauses) {
      clock += pause * SECOND;
      await house.parts.oidc.deliverLogouts();
      counts.push(asked);
    }
    return counts;
  }

  test('is told again, later and later, until it does', async () => {
    await comeAndGo('Meadow');
    status = 503;
    expect(await askedAfter([0, 9, 1, 59])).toEqual([1, 1, 2, 2]);
    status = 200;
    expect(await askedAfter([1, 300, 1800, 7200])).toEqual([1, 1, 1, 1]);
  });

  test('is given up after the fifth time', async () => {
    await comeAndGo('Harbour');
    status = 500;
    expect(await askedAfter([0, 10, 60, 300, 1800, 7200, 86_400])).toEqual([1, 2, 3, 4, 5, 5, 5]);
  });

  test('with a redirection has not answered, and is not followed', async () => {
    await comeAndGo('Orchard');
    status = 302;
    expect(await askedAfter([0, 10])).toEqual([1, 2]);
  });
});

describe('on a private network', () => {
  async function comeAndGo(networks: string): Promise<number> {
    const house = await openHouse({ now, settings: { ALUCO_PRIVATE_NETWORKS: networks } });
    await addPerson(house.parts, 'alix');
    const blog = await openService(house, 'Blog');
    try {
      const alix = makeVisitor((url) => blog.isHome(url));
      const { tokens } = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
      await signOut(house, alix, `${house.url}/oidc/logout?id_token_hint=${tokens.id_token}`);
      await house.parts.oidc.deliverLogouts();
      clock += 10 * SECOND;
      await house.parts.oidc.deliverLogouts();
      return blog.logoutTokens.length;
    } finally {
      await blog.close();
      await house.close();
    }
  }

  /** Whether an application whose keys are fetched from loopback can sign somebody in. */
  async function fetchesKeys(networks: string): Promise<boolean> {
    const house = await openHouse({ now, settings: { ALUCO_PRIVATE_NETWORKS: networks } });
    await addPerson(house.parts, 'alix');
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }];
    const server = createServer((_req, res) => res.end(JSON.stringify({ keys })));
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const blog = await openService(house, 'Blog', {
      client: { authMethod: 'private_key_jwt', jwksUri: `http://localhost:${port}/keys` },
      authentication: client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
    });
    try {
      await signIn(
        makeVisitor((url) => blog.isHome(url)),
        blog,
        { person: 'alix', profile: 'alice' },
      );
      return true;
    } catch (error) {
      if (!(error instanceof client.ResponseBodyError)) throw error;
      return false;
    } finally {
      server.close();
      await blog.close();
      await house.close();
    }
  }

  test('an application’s keys are fetched where the network is allowed, and only there', async () => {
    expect(await fetchesKeys('127.0.0.0/8 ::1/128')).toBe(true);
    expect(await fetchesKeys('')).toBe(false);
  });

  test('an application is told where the network is allowed, and only there', async () => {
    expect(await comeAndGo('127.0.0.0/8 ::1/128')).toBe(1);
    expect(await comeAndGo('')).toBe(0);
    expect(await comeAndGo('10.0.0.0/8')).toBe(0);
  });
});
