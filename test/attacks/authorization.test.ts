import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { ask, CHALLENGE, expectRefusedHere, expectToldTo, request } from './asking.ts';
import { basic, codeFields, obtainCode, post, type Code } from './exchange.ts';

describe('an authorization request', () => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let alix: Visitor;
  /** Alix is signed in at both: without an obstacle, every request would be answered with a code. */
  let cookie: string;
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos', { client: { pkce: 'optional' } });
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    cookie = await alix.cookies(house.url);
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  test('of a signed-in person is answered with a code, a state and our name', async () => {
    for (const service of [blog, photos]) {
      const { location } = await ask(house, request(service), cookie);
      expect(location?.href.startsWith(`${service.redirectUri}?code=`)).toBe(true);
      expect(location?.searchParams.get('state')).toBe('a-state');
      expect(location?.searchParams.get('iss')).toBe(house.url);
    }
  });

  test.each([
    ['login_required', { prompt: 'none' }, false],
    ['login_required', { prompt: 'none', max_age: '0' }, false],
    ['invalid_request', { prompt: 'none login' }, true],
    ['invalid_request', { prompt: 'none', max_age: '-1' }, true],
    ['invalid_request', { prompt: 'none', claims: '{' }, true],
    ['invalid_request', { prompt: 'none', id_token_hint: 'not.a.token' }, true],
    ['unsupported_response_mode', { prompt: 'none', response_mode: 'web_message' }, true],
    ['unsupported_response_type', { prompt: 'none', response_type: 'code id_token' }, true],
    ['registration_not_supported', { prompt: 'none', registration: '{}' }, true],
  ] as const)(
    'A08: that ends in %s is told where the application registered, nowhere else: %o',
    async (error, more, signedIn) => {
      const params = { ...request(blog), ...more };
      const answer = await ask(house, params, signedIn ? cookie : '');
      expectToldTo(blog, house, answer, error);
      expectRefusedHere(await ask(house, { ...params, redirect_uri: 'https://evil.net/cb' }, cookie), 'evil.net');
      expectRefusedHere(await ask(house, { ...params, redirect_uri: photos.redirectUri }, cookie), photos.redirectUri);
    },
  );

  test.each([
    'token',
    'id_token',
    'code token',
    'code id_token',
    'id_token token',
    'code id_token token',
    'none',
    'token code',
    'Code',
  ])('A10: for %j is not supported', async (responseType) => {
    const answer = await ask(house, { ...request(blog), response_type: responseType, nonce: 'a-nonce' }, cookie);
    expectToldTo(blog, house, answer, 'unsupported_response_type');
  });

  describe('that points elsewhere for its parameters', () => {
    let trap: Server;
    let trapped = 0;
    let trapUrl: string;
    beforeAll(async () => {
      trap = createServer((_req, res) => res.end());
      trap.on('connection', () => (trapped += 1));
      trap.listen(0, '127.0.0.1');
      await once(trap, 'listening');
      trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    });
    afterAll(() => trap.close());

    test('A11: is refused without a look at the place', async () => {
      const port = new URL(trapUrl).port;
      const inside = [
        `${trapUrl}/request`,
        `${trapUrl}/request#${'a'.repeat(43)}`,
        `http://localhost:${port}/`,
        `http://[::ffff:127.0.0.1]:${port}/`,
        `https://127.0.0.1:${port}/`,
        'http://169.254.169.254/latest/meta-data/',
        'file:///etc/passwd',
        'data:application/jwt,e30.e30.',
      ];
      for (const uri of inside) {
        expectToldTo(
          blog,
          house,
          await ask(house, { ...request(blog), request_uri: uri }, cookie),
          'request_uri_not_supported',
        );
        const bare = { client_id: blog.client.id, request_uri: uri, redirect_uri: 'https://evil.net/cb' };
        expectRefusedHere(await ask(house, bare, cookie), 'evil.net');
        const pushed = await post(`${house.url}/oidc/par`, { ...request(blog), request_uri: uri }, basic(blog));
        expect(pushed).toMatchObject({ status: 400, body: { error: 'request_uri_not_supported' } });
      }
      expect(trapped).toBe(0);
      // The trap does catch: without this line the count would prove nothing.
      await fetch(trapUrl);
      expect(trapped).toBe(1);
    });

    test('A11: by a reference that we did not give is refused', async () => {
      for (const id of ['', 'made-up', '../Session', '%00', 'x'.repeat(3000)]) {
        const uri = `urn:ietf:params:oauth:request_uri:${id}`;
        const answer = await ask(house, { ...request(blog), request_uri: uri }, cookie);
        expectToldTo(blog, house, answer, 'invalid_request_uri');
      }
    });

    test('A11: with its parameters in a token, signed or not, is refused', async () => {
      const token = new UnsecuredJWT({ ...request(blog), redirect_uri: 'https://evil.net/cb' })
        .setIssuer(blog.client.id)
        .setAudience(house.url)
        .setExpirationTime('1m')
        .encode();
      for (const value of [token, `${token}c2lnbmVk`, 'nonsense']) {
        expectToldTo(
          blog,
          house,
          await ask(house, { ...request(blog), request: value }, cookie),
          'request_not_supported',
        );
        const pushed = await post(`${house.url}/oidc/par`, { ...request(blog), request: value }, basic(blog));
        expect(pushed).toMatchObject({ status: 400, body: { error: 'request_not_supported' } });
      }
    });
  });

  test('A14: without a challenge is refused, unless the application was excused', async () => {
    const { code_challenge: _, code_challenge_method: __, ...bare } = request(blog);
    expectToldTo(blog, house, await ask(house, bare, cookie), 'invalid_request');
    const methodOnly = { ...bare, code_challenge_method: 'S256' };
    expectToldTo(blog, house, await ask(house, methodOnly, cookie), 'invalid_request');
    const excused = { ...bare, client_id: photos.client.id, redirect_uri: photos.redirectUri };
    expect((await ask(house, excused, cookie)).location?.searchParams.has('code')).toBe(true);
  });

  test.each([
    ['plain', CHALLENGE],
    ['', CHALLENGE],
    ['s256', CHALLENGE],
    ['S512', CHALLENGE],
    ['S256', CHALLENGE.slice(1)],
    ['S256', 'x'.repeat(129)],
    ['S256', `${CHALLENGE.slice(1)}=`],
  ])('A14: with the method %j and the challenge %j is refused, excused or not', async (method, challenge) => {
    for (const service of [blog, photos]) {
      const params = { ...request(service), code_challenge: challenge, code_challenge_method: method };
      expectToldTo(service, house, await ask(house, params, cookie), 'invalid_request');
    }
  });

  /** Tries to exchange a code with another verifier than its own, then with its own. */
  async function exchangeWith(service: Service, verifier: string | undefined, code: Code) {
    const { code_verifier: _, ...fields } = codeFields(service, code);
    const given = verifier === undefined ? fields : { ...fields, code_verifier: verifier };
    return post(`${house.url}/oidc/token`, given, basic(service));
  }

  const someone = { person: 'alix' } as const;

  test('A15: with a challenge gives a code that is worth nothing without the verifier', async () => {
    for (const service of [blog, photos]) {
      const code = await obtainCode(alix, service, someone);
      for (const verifier of [
        undefined,
        '',
        CHALLENGE,
        'w'.repeat(43),
        code.verifier.toLowerCase(),
        `${code.verifier}x`,
      ]) {
        const answer = await exchangeWith(service, verifier, code);
        expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
        expect(answer.body).not.toHaveProperty('access_token');
      }
      expect((await exchangeWith(service, code.verifier, code)).status).toBe(200);
    }
  });

  test('A15: with a challenge gives a code for which a malformed verifier is refused', async () => {
    const code = await obtainCode(alix, blog, someone);
    for (const verifier of [
      'w'.repeat(42),
      'w'.repeat(129),
      `${'w'.repeat(43)}+`,
      `${code.verifier}\0`,
      'ä'.repeat(43),
    ]) {
      const answer = await exchangeWith(blog, verifier, code);
      // RFC 7636 keeps invalid_grant for verifiers that are well formed and wrong.
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(answer.body).not.toHaveProperty('access_token');
    }
    expect((await exchangeWith(blog, code.verifier, code)).status).toBe(200);
  });

  test('A15: without a challenge gives a code that no verifier goes with', async () => {
    const { code_challenge: _, code_challenge_method: __, ...bare } = request(photos);
    const { location } = await ask(house, bare, cookie);
    const code = { code: location?.searchParams.get('code') ?? '', verifier: '', nonce: '' };
    const answer = await exchangeWith(photos, 'w'.repeat(43), code);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await exchangeWith(photos, undefined, code)).status).toBe(200);
  });
});
