import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { basic, codeFields, obtainCode, post, type Answer } from './exchange.ts';

const ENDPOINTS = ['token', 'introspect', 'revoke', 'par'];
const ALICE = { person: 'alix', profile: 'alice' } as const;

const header = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

describe.each(['sqlite', 'postgres'] as const)('somebody who is not the application, on %s', (engine) => {
  let house: House;
  let blog: Service;
  let letters: Service;
  let lenient: Service;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse({ engine });
    blog = await openService(house, 'Blog');
    letters = await openService(house, 'Letters', { client: { authMethod: 'client_secret_post' } });
    lenient = await openService(house, 'Photos', { client: { doubleCredentials: true } });
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => [blog, letters, lenient].some((service) => service.isHome(url)));
  });
  afterAll(async () => {
    for (const service of [blog, letters, lenient]) await service.close();
    await house.close();
  });

  /** A token request with a good code, so that only the credentials can be what is wrong with it. */
  async function exchange(
    service: Service,
    headers: Record<string, string>,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const code = await obtainCode(alix, service, ALICE);
    return post(`${house.url}/oidc/token`, { ...codeFields(service, code), ...more }, headers);
  }

  test('A29: gets nothing with an empty, a wrong or a cut secret, nor with none at all', async () => {
    const { id } = blog.client;
    const secret = blog.secret ?? '';
    for (const [wrong, error] of [
      ['', 'invalid_request'],
      ['wrong', 'invalid_client'],
      [secret.slice(0, -1), 'invalid_client'],
      [`${secret} `, 'invalid_client'],
      [`${secret}x`, 'invalid_client'],
      [secret.toUpperCase(), 'invalid_client'],
      // What the database keeps of the secret must not do as one.
      [blog.client.secretHash ?? '', 'invalid_client'],
    ] as const) {
      const answer = await exchange(blog, header(id, encodeURIComponent(wrong)));
      expect(answer.body['error'], wrong).toBe(error);
      expect(answer.body).not.toHaveProperty('access_token');
    }
    for (const more of [{}, { client_id: id }, { client_id: id, client_secret: '' }]) {
      const answer = await exchange(blog, {}, more);
      expect([400, 401]).toContain(answer.status);
      expect(answer.body).not.toHaveProperty('access_token');
    }
  });

  test('A29: gets nothing with NUL or other control characters around a good secret', async () => {
    const secret = blog.secret ?? '';
    for (const spoilt of [
      `${secret}%00`,
      `%00${secret}`,
      `${secret}\0`,
      `${secret}%0a`,
      `${secret}%7f`,
      `${secret}\u2028`,
    ]) {
      const answer = await exchange(blog, header(blog.client.id, spoilt));
      expect([400, 401], JSON.stringify(spoilt)).toContain(answer.status);
      expect(['invalid_client', 'invalid_request']).toContain(answer.body['error']);
      const posted = await exchange(
        letters,
        {},
        { client_id: letters.client.id, client_secret: `${letters.secret}\0` },
      );
      expect(posted).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  test.each(ENDPOINTS)('A29: an application named with NUL is nobody at /oidc/%s', async (endpoint) => {
    for (const id of ['\0', `${blog.client.id}\0`, 'a\0b']) {
      const named = await post(`${house.url}/oidc/${endpoint}`, { client_id: id, client_secret: 'x', token: 't' });
      expect([400, 401]).toContain(named.status);
      const credentials = header(encodeURIComponent(id), 'x');
      expect([400, 401]).toContain((await post(`${house.url}/oidc/${endpoint}`, { token: 't' }, credentials)).status);
    }
  });

  test('A29: a secret written with needless or small-letter escapes is still the secret, twice escaped it is not', async () => {
    const { id } = blog.client;
    const escaped = [...(blog.secret ?? '')].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    expect((await exchange(blog, header(id, escaped))).status).toBe(200);
    expect(await exchange(blog, header(id, encodeURIComponent(escaped)))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    for (const broken of ['%', '%4', '%zz', '%c3', '%ff%fe', '%e0%80%80']) {
      expect(await exchange(blog, header(id, broken))).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    }
  });

  test('A29: header and body together are refused, right or wrong', async () => {
    const [id, secret] = [blog.client.id, blog.secret ?? ''];
    for (const given of [secret, 'wrong']) {
      const answer = await exchange(blog, basic(blog), { client_id: id, client_secret: given });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(answer.body).not.toHaveProperty('access_token');
    }
  });

  test('A29: header and body together are taken only where the setting allows it, and only when they are the same', async () => {
    const [id, secret] = [lenient.client.id, lenient.secret ?? ''];
    expect((await exchange(lenient, basic(lenient), { client_id: id, client_secret: secret })).status).toBe(200);
    for (const more of [
      { client_id: id, client_secret: 'wrong' },
      { client_id: id, client_secret: `${secret}x` },
      { client_id: blog.client.id, client_secret: secret },
      { client_secret: secret },
    ]) {
      const answer = await exchange(lenient, basic(lenient), more);
      expect(answer, JSON.stringify(more)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    // The same twice, but wrong.
    const wrong = await exchange(lenient, header(id, 'wrong'), { client_id: id, client_secret: 'wrong' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    // The right ones of an application that may, in the body; those of one that may not, in the header.
    const mixed = await exchange(lenient, basic(blog), { client_id: id, client_secret: secret });
    expect(mixed).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('A29: the same parameter twice is refused', async () => {
    const code = await obtainCode(alix, letters, ALICE);
    const fields = new URLSearchParams(codeFields(letters, code));
    fields.append('client_id', letters.client.id);
    fields.append('client_secret', 'wrong');
    fields.append('client_secret', letters.secret ?? '');
    expect(await post(`${house.url}/oidc/token`, fields)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  test('A29: no Authorization header whatever makes the server fail', async () => {
    const scheme = fc.constantFrom(
      'Basic',
      'basic',
      'Bearer',
      'DPoP',
      'Digest',
      'Negotiate',
      '',
      'Basic,Basic',
      'Bearer:',
    );
    const visible = fc.string({
      unit: fc.constantFrom(...'abcZ019 =%:+/.-_~,;"\\\'{}[]()<>@#&|`^*?!\t'),
      maxLength: 80,
    });
    const latin = fc.string({
      unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 20,
    });
    const encoded = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    const pair = fc
      .tuple(
        fc.constantFrom(blog.client.id, lenient.client.id, '', '%00', '%', '__proto__'),
        fc.string({ maxLength: 20 }),
      )
      .map(([id, secret]) => Buffer.from(`${id}:${secret}`).toString('base64'));
    const value = fc.tuple(scheme, fc.oneof(visible, latin, encoded, pair)).map(([name, rest]) => `${name} ${rest}`);
    const target = fc.constantFrom(...ENDPOINTS, 'userinfo');
    await fc.assert(
      fc.asyncProperty(value, target, fc.boolean(), async (authorization, endpoint, withBody) => {
        const fields = withBody ? { client_id: lenient.client.id, client_secret: 'x', token: 'x' } : { token: 'x' };
        const answer = await post(`${house.url}/oidc/${endpoint}`, fields, {
          authorization: authorization.trim() || 'x',
        });
        expect([400, 401]).toContain(answer.status);
        expect(answer.body).toHaveProperty('error');
      }),
      { numRuns: 150 },
    );
  });
});
