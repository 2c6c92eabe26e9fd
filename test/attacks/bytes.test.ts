import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { request } from './asking.ts';
import { basic } from './exchange.ts';
import { failures, keepLog } from './logbook.ts';
import { openWire, type Wire } from './wire.ts';

/** NUL, bytes that are no UTF-8, escapes that are none. */
const ESCAPED = ['%00', 'a%00b', '%ff', '%c3%28', '%ed%a0%80', '%f5%80%80%80', '%', '%zz', '%uD800', '%EF%BF%BF'];
const TYPED = ['\0', 'a\0b', '\u{FFFD}', '\u{10FFFF}', '\u{202E}alix', 'x'.repeat(100_000)];

describe.each(['sqlite', 'postgres'] as const)('what is no text, on %s', (engine) => {
  const { log, lines } = keepLog();
  let house: House;
  let blog: Service;
  let wire: Wire;
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse({ engine, log });
    wire = openWire(house);
    blog = await openService(house, 'Blog', { client: { refreshTokens: true } });
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url));
    await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });
  afterEach(() => {
    expect(failures(lines.splice(0))).toEqual([]);
  });

  const PARAMETERS = [
    'client_id',
    'redirect_uri',
    'scope',
    'response_type',
    'code_challenge',
    'request_uri',
    'prompt',
    'claims',
    'id_token_hint',
    'state',
    'ui_locales',
  ];

  test.each(ESCAPED)('A25: in a request for authorization is refused or taken as text: %s', async (bytes) => {
    for (const name of PARAMETERS) {
      const others = new URLSearchParams(request(blog));
      others.delete(name);
      const status = await wire.get(`/oidc/authorize?${others}&${name}=${bytes}`);
      expect([name, [303, 400].includes(status)]).toEqual([name, true]);
    }
  });

  test.each(ESCAPED)('A25: in a token request is refused: %s', async (bytes) => {
    const proof = `Authorization: ${basic(blog)['authorization'] ?? ''}`;
    for (const body of [
      `grant_type=authorization_code&code=${bytes}&redirect_uri=${bytes}&code_verifier=${bytes}`,
      `grant_type=authorization_code&code=x&redirect_uri=${bytes}&code_verifier=x`,
      `grant_type=refresh_token&refresh_token=${bytes}`,
      `grant_type=${bytes}`,
    ])
      expect([body, await wire.post('/oidc/token', body, proof)]).toEqual([body, 400]);
    const stranger = `grant_type=authorization_code&client_id=${bytes}&client_secret=${bytes}`;
    expect([400, 401]).toContain(await wire.post('/oidc/token', stranger));
    const name = `Authorization: Basic ${Buffer.from(`${bytes}:${decodeURI(encodeURI(bytes))}`).toString('base64')}`;
    expect([400, 401]).toContain(await wire.post('/oidc/token', 'grant_type=authorization_code&code=x', name));
    for (const path of ['/oidc/introspect', '/oidc/revoke'])
      expect([200, 400]).toContain(await wire.post(path, `token=${bytes}`, proof));
  });

  test.each(ESCAPED)('A25: in an address or a form is nobody’s: %s', async (bytes) => {
    const cookie = `Cookie: ${await alix.cookies(house.url)}`;
    for (const path of ['/journey', '/profiles', '/oidc/authorize', '/assets', '']) {
      const answer = await wire.send(`GET ${path}/${bytes} HTTP/1.1\r\nHost: localhost\r\n${cookie}`);
      expect([path, /^HTTP\/1\.1 4\d\d/u.test(answer)]).toEqual([path, true]);
    }
    expect(await wire.post('/language', `language=${bytes}&back=${bytes}`)).toBe(303);
    expect(await wire.post('/leave', `token=${bytes}`)).toBe(410);
  });

  test('A25: as a login name or a password is wrong like any other', async () => {
    const page = await alix.get((await begin(blog, { prompt: 'login' })).url);
    for (const text of TYPED) {
      for (const fields of [
        { login: text, password: 'x' },
        { login: `a${text}`, password: text },
      ])
        expect([422, 429]).toContain((await alix.submit(page, '/sign-in', fields)).status);
    }
  });

  test('A25: as the name or the note of a profile is refused in words', async () => {
    const form = await alix.get((await begin(blog, { prompt: 'create' })).url);
    for (const text of TYPED) expect((await alix.submit(form, '/create', { name: text, note: '' })).status).toBe(422);
    expect((await alix.submit(form, '/create', { name: 'second', note: '\0'.repeat(300) })).status).toBe(422);
    const short = await alix.submit(form, '/create', { name: 'second', note: 'a\0b' });
    expect(blog.isHome(short.url) || short.status === 422).toBe(true);
  });
});
