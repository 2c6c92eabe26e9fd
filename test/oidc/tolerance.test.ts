import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, codeFields, obtainCode, post, type Answer } from '../attacks/exchange.ts';
import { begin, openService, signIn, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

describe('an application that does not keep to the rules', () => {
  let house: House;
  let strict: Service;
  let lax: Service;
  let alix: Visitor;
  const as = { person: 'alix', profile: 'alice' } as const;
  beforeAll(async () => {
    house = await openHouse();
    strict = await openService(house, 'Strict');
    lax = await openService(house, 'Lax', { client: { pkce: 'optional', doubleCredentials: true } });
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => strict.isHome(url) || lax.isHome(url));
    for (const service of [strict, lax]) await signIn(alix, service, as);
  });
  afterAll(async () => {
    await strict.close();
    await lax.close();
    await house.close();
  });

  describe('and knows no PKCE', () => {
    const plainUrl = ({ configuration, redirectUri }: Service): URL =>
      client.buildAuthorizationUrl(configuration, { redirect_uri: redirectUri, scope: 'openid profile', state: 's' });

    test('signs people in where its setting allows it', async () => {
      const page = await walk(alix, lax, await alix.get(plainUrl(lax)), as);
      const tokens = await client.authorizationCodeGrant(lax.configuration, page.url, { expectedState: 's' });
      expect(tokens.claims()).toMatchObject({ preferred_username: 'alice' });
    });

    test('is refused where it does not', async () => {
      const { url } = await alix.get(plainUrl(strict));
      expect(url.searchParams.get('error')).toBe('invalid_request');
      expect(url.searchParams.has('code')).toBe(false);
    });

    test('is held to a challenge all the same, once it sent one', async () => {
      const code = await obtainCode(alix, lax, as);
      const { code_verifier: _, ...without } = codeFields(lax, code);
      const address = `${house.url}/oidc/token`;
      expect(await post(address, without, basic(lax))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      const next = await obtainCode(alix, lax, as);
      const wrong = { ...codeFields(lax, next), code_verifier: 'a'.repeat(43) };
      expect(await post(address, wrong, basic(lax))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    });

    test('may not send a challenge that anybody can answer', async () => {
      for (const service of [strict, lax]) {
        const attempt = await begin(service, { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' });
        const { url } = await alix.get(attempt.url);
        expect(url.searchParams.get('error')).toBe('invalid_request');
      }
    });
  });

  describe('and says its secret twice', () => {
    async function exchange(service: Service, body: Record<string, string>, header = basic(service)): Promise<Answer> {
      const code = await obtainCode(alix, service, as);
      return post(`${house.url}/oidc/token`, { ...codeFields(service, code), ...body }, header);
    }
    const twice = ({ client: { id }, secret = '' }: Service) => ({ client_id: id, client_secret: secret });

    test('is believed where its setting allows it and both are the same', async () => {
      expect((await exchange(lax, twice(lax))).status).toBe(200);
      expect((await exchange(lax, {})).status).toBe(200);
    });

    test('is refused where it does not', async () => {
      const answer = await exchange(strict, twice(strict));
      expect(answer.status).toBe(400);
      expect(answer.body).not.toHaveProperty('access_token');
      expect((await exchange(strict, {})).status).toBe(200);
    });

    test('is refused wherever the two differ, and with a wrong secret twice', async () => {
      const wrongBody = await exchange(lax, { ...twice(lax), client_secret: 'wrong' });
      const wrongHeader = await exchange(lax, twice(lax), basic({ client: lax.client, secret: 'wrong' }));
      const otherName = await exchange(lax, { ...twice(lax), client_id: strict.client.id });
      const wrongTwice = await exchange(
        lax,
        { ...twice(lax), client_secret: 'wrong' },
        basic({ client: lax.client, secret: 'wrong' }),
      );
      for (const answer of [wrongBody, wrongHeader, otherName, wrongTwice]) {
        expect([400, 401]).toContain(answer.status);
        expect(answer.body).not.toHaveProperty('access_token');
      }
    });

    test('is believed at introspection, revocation and pushed requests too', async () => {
      for (const path of ['introspect', 'revoke']) {
        const fields = { ...twice(lax), token: 'nonsense' };
        expect((await post(`${house.url}/oidc/${path}`, fields, basic(lax))).status).toBe(200);
        const strictFields = { ...twice(strict), token: 'nonsense' };
        expect((await post(`${house.url}/oidc/${path}`, strictFields, basic(strict))).status).toBe(400);
      }
      const asked = Object.fromEntries((await begin(lax)).url.searchParams);
      const pushed = await post(`${house.url}/oidc/par`, { ...asked, ...twice(lax) }, basic(lax));
      expect(pushed.status).toBe(201);
    });
  });
});
