import { createRemoteJWKSet, jwtVerify, type JWTVerifyResult } from 'jose';
import * as client from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { startNode } from '../attacks/nodes.ts';
import { openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { signOut } from './signing-out.ts';

const SECOND = 1000;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** The clock of the house only moves when told to: what is due is due exactly then. */
let clock = Date.now();
const now = (): number => clock;

describe('applications hear that a person signed out', () => {
  let house: House;
  let blog: Service;
  /** The blog's other client. */
  let blogApp: Service;
  let photos: Service;
  let person: Account;
  let alix: Visitor;
  let atBlog: Received;
  let atBlogApp: Received;
  let atPhotos: Received;
  beforeAll(async () => {
    house = await openHouse({ now });
    blog = await openService(house, 'Blog');
    blogApp = await openService(house, 'Blog', { of: blog.application, client: { idTokenAlgorithm: 'EdDSA' } });
    photos = await openService(house, 'Photos', { client: { idTokenAlgorithm: 'ES256' } });
    person = await addPerson(house.parts, 'alix');
  });
  beforeEach(async () => {
    alix = makeVisitor((url) => [blog, blogApp, photos].some((service) => service.isHome(url)));
    atBlog = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    atBlogApp = await signIn(alix, blogApp, { person: 'alix', profile: 'alice' });
    atPhotos = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
  });
  afterEach(async () => {
    await house.parts.oidc.endings.endAccount(person.id);
    await pass(120 * SECOND);
    for (const { logoutTokens } of [blog, blogApp, photos]) logoutTokens.length = 0;
  });
  afterAll(async () => {
    for (const service of [blog, blogApp, photos]) await service.close();
    await house.close();
  });

  async function pass(milliseconds: number): Promise<void> {
    clock += milliseconds;
    await house.parts.oidc.deliverLogouts();
  }

  const heard = (): number[] => [blog, blogApp, photos].map(({ logoutTokens }) => logoutTokens.length);

  const leaveBlog = (scope: 'everything' | 'application') =>
    signOut(
      house,
      alix,
      client.buildEndSessionUrl(blog.configuration, { id_token_hint: atBlog.tokens.id_token ?? '' }),
      scope,
    );

  /** Checks a logout token as an application has to (OpenID Connect Back-Channel Logout §2.6). */
  async function verified(service: Service, token: string | undefined): Promise<JWTVerifyResult> {
    const published = createRemoteJWKSet(new URL(`${house.url}/oidc/jwks`));
    const result = await jwtVerify(token ?? '', published, {
      issuer: house.url,
      audience: service.client.id,
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'],
      algorithms: [service.client.idTokenAlgorithm],
    });
    expect(result.payload['events']).toEqual({ [EVENT]: {} });
    expect(result.payload).not.toHaveProperty('nonce');
    return result;
  }

  test('at once where it happened, at both clients, and the other application after a delay', async () => {
    await leaveBlog('everything');
    await pass(0);
    expect(heard()).toEqual([1, 1, 0]);
    await pass(10 * SECOND - 1);
    expect(heard()).toEqual([1, 1, 0]);
    await pass(110 * SECOND + 1);
    expect(heard()).toEqual([1, 1, 1]);
    await pass(3600 * SECOND);
    expect(heard()).toEqual([1, 1, 1]);
  });

  test('by a signed token of its own for each client, which names the session it knows', async () => {
    await leaveBlog('everything');
    await pass(120 * SECOND);
    const tokens = [];
    for (const [service, received] of [
      [blog, atBlog],
      [blogApp, atBlogApp],
      [photos, atPhotos],
    ] as const) {
      const { payload } = await verified(service, service.logoutTokens[0]);
      expect(payload).toMatchObject({
        sub: received.idToken.sub,
        sid: received.idToken['sid'],
        aud: service.client.id,
      });
      tokens.push(payload);
    }
    expect(tokens[1]?.sub).toBe(tokens[0]?.sub);
    expect(tokens[2]?.sub).not.toBe(tokens[0]?.sub);
    for (const name of ['sid', 'jti'] as const) expect(new Set(tokens.map((token) => token[name])).size).toBe(3);
  });

  test('and only its own, when they leave one application', async () => {
    await leaveBlog('application');
    await pass(0);
    expect(heard()).toEqual([1, 1, 0]);
    await pass(3600 * SECOND);
    expect(heard()).toEqual([1, 1, 0]);
  });

  test('after a delay everywhere, when they sign out here', async () => {
    await signOut(house, alix);
    await pass(10 * SECOND - 1);
    expect(heard()).toEqual([0, 0, 0]);
    await pass(110 * SECOND + 1);
    expect(heard()).toEqual([1, 1, 1]);
  });

  test('with the name as the subject, where the application is told names', async () => {
    const { id, ...settings } = photos.application;
    await house.parts.applications.change(id, { ...settings, subject: 'name' });
    await signOut(house, alix);
    await pass(120 * SECOND);
    await house.parts.applications.change(id, settings);
    expect((await verified(photos, photos.logoutTokens[0])).payload.sub).toBe('charlie');
  });

  test('at once, when the profile is retired', async () => {
    const { profiles } = await house.parts.profiles.at(person.id, photos.application);
    await house.parts.profiles.retire(person.id, profiles[0]?.id ?? '');
    await pass(0);
    expect(heard()).toEqual([0, 0, 1]);
    const { payload } = await verified(photos, photos.logoutTokens[0]);
    expect(payload).toMatchObject({ sub: atPhotos.idToken.sub, sid: atPhotos.idToken['sid'] });
    await house.parts.profiles.restore(person.id, profiles[0]?.id ?? '');
  });

  test('even when the program is started anew in between', async () => {
    await leaveBlog('everything');
    const after = await startNode(house, now);
    try {
      await after.parts.oidc.deliverLogouts();
      expect(heard()).toEqual([1, 1, 0]);
      clock += 120 * SECOND;
      await after.parts.oidc.deliverLogouts();
      expect(heard()).toEqual([1, 1, 1]);
      await verified(photos, photos.logoutTokens[0]);
    } finally {
      await after.close();
    }
  });
});
