import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application, Client } from '../../src/applications/applications.ts';
import { SettingsProblem } from '../../src/errors.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addClient } from '../people.ts';
import { ask, expectRefusedHere, expectToldTo, request, type Raw } from './asking.ts';
import { openWire } from './wire.ts';

const REGISTERED = 'https://app.example/cb';
const DESK = 'https://desk.app.example/cb';

describe('a return address', () => {
  let house: House;
  let blog: Application;
  let web: Client;
  let phone: Client;
  /** Has only one address. */
  let desk: Client;
  beforeAll(async () => {
    house = await openHouse();
    blog = await addApplication(house.parts, 'Blog', 'https://blog.example');
    ({ client: web } = await addClient(house.parts, blog, {
      redirectUris: [REGISTERED, 'http://localhost:8080/cb'],
    }));
    ({ client: phone } = await addClient(house.parts, blog, {
      label: 'Phone',
      authMethod: 'none',
      redirectUris: ['http://127.0.0.1/cb', 'example.app.blog:/cb'],
    }));
    ({ client: desk } = await addClient(house.parts, blog, { label: 'Desk', redirectUris: [DESK] }));
  });
  afterAll(() => house.close());

  /** Asked for as it stands: with pages, without pages, and to be answered by a form. */
  async function expectRefused(redirectUri: string, client: Client = web): Promise<void> {
    const params = request({ client, redirectUri });
    expectRefusedHere(await ask(house, params), redirectUri);
    expectRefusedHere(await ask(house, { ...params, prompt: 'none' }), redirectUri);
    expectRefusedHere(await ask(house, { ...params, prompt: 'none', response_mode: 'form_post' }), redirectUri);
  }

  test('that is registered, as it is registered, is answered', async () => {
    for (const [client, redirectUri] of [
      [web, REGISTERED],
      [web, 'http://localhost:8080/cb'],
      [phone, 'example.app.blog:/cb'],
    ] as const) {
      const answer = await ask(house, { ...request({ client, redirectUri }), prompt: 'none' });
      expect(answer.location?.href).toMatch(`${redirectUri}?error=login_required`);
    }
  });

  test.each([
    'https://app.example.evil.net/cb',
    'https://evil.net/https://app.example/cb',
    'https://evil.net/cb?https://app.example/cb',
    'https://xapp.example/cb',
    'https://sub.app.example/cb',
    'https://app.example/cbx',
    'https://app.example',
  ])('A01: at another host or place than the registered one is refused here: %s', async (hostile) => {
    await expectRefused(hostile);
  });

  test.each([
    'https://app.example/cb/../evil',
    'https://app.example/cb/%2e%2e%2fevil',
    'https://app.example/cb%2f..%2fevil',
    'https://app.example/cb/%252e%252e/evil',
    'https://app.example/cb/..;/evil',
    'https://app.example/x/../cb',
    'https://app.example/./cb',
    'https://app.example//cb',
    'https://app.example/cb\\..\\evil',
    'https://app.example/c%62',
    ' https://app.example/cb',
    'https://app.example/cb ',
    'https://app.example/cb\r\nLocation: https://evil.net',
    'https://app.example/cb\0',
  ])('A02: that leaves the registered path by dots, escapes or spaces is refused here: %j', async (hostile) => {
    await expectRefused(hostile);
  });

  test.each([
    'https://app.example@evil.net/cb',
    'https://app.example:443@evil.net/cb',
    'https://evil.net\\@app.example/cb',
    'https://user:word@app.example/cb',
    'http://localhost:80@evil.net',
    'http://localhost:8080@evil.net/cb',
    'http://127.0.0.1@evil.net/cb',
  ])('A03: with somebody before the host is refused here: %s', async (hostile) => {
    await expectRefused(hostile);
    await expectRefused(hostile, phone);
  });

  test.each([
    'HTTPS://app.example/cb',
    'https://App.example/cb',
    'https://app.example/CB',
    'https://app.example/cb/',
    'https://app.example/cb?',
    'https://app.example/cb?next=1',
    'https://app.example:443/cb',
    'https://app.example./cb',
    'http://app.example/cb',
    'https:app.example/cb',
    'https://аpp.example/cb',
    'https://xn--pp-yda.example/cb',
    'http://localhost:8081/cb',
    'http://localhost/cb',
    'http://127.0.0.1:8080/cb',
    'http://[::1]:8080/cb',
  ])('A04: that only looks like the registered one is refused here: %s', async (hostile) => {
    await expectRefused(hostile);
  });

  test('A04: on loopback may have any port for an application on the own machine, and only the port', async () => {
    const redirectUri = 'http://127.0.0.1:49152/cb';
    const answer = await ask(house, { ...request({ client: phone, redirectUri }), prompt: 'none' });
    expect(answer.location?.href).toMatch(`${redirectUri}?error=login_required`);
    for (const hostile of [
      'http://127.0.0.1:49152/other',
      'http://127.0.0.1:49152/cb?x=1',
      'http://127.0.0.1:49152/cb#x',
      'https://127.0.0.1:49152/cb',
      'http://127.0.0.2:49152/cb',
      'http://localhost:49152/cb',
      'http://127.0.0.1.evil.net:49152/cb',
      'http://127.0.0.1:49152@evil.net/cb',
      'example.app.blog://evil.net/cb',
    ])
      await expectRefused(hostile, phone);
  });

  const NEVER = [
    `${REGISTERED}#fragment`,
    `${REGISTERED}#`,
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'blob:https://app.example/1',
    'file:///etc/passwd',
    'about:blank',
    'myapp:/cb',
    'intent://cb#Intent;end',
    '//app.example/cb',
    '/cb',
    '',
  ];

  test.each(NEVER.filter((address) => address !== ''))(
    'A05: with a fragment, or of a scheme that runs or is not registered, is refused here: %j',
    async (hostile) => {
      await expectRefused(hostile);
      await expectRefused(hostile, phone);
    },
  );

  test.each([
    ...NEVER,
    'http://app.example/cb',
    'https://user@app.example/cb',
    'https://app.example\\@evil.net/cb',
    ' https://app.example/cb',
    'https://app.example/cb\0',
    'https://',
  ])('A05: like these cannot be registered, for coming in or going out: %j', async (address) => {
    for (const settings of [
      { redirectUris: [address] },
      { redirectUris: [REGISTERED, address] },
      { redirectUris: [REGISTERED], postLogoutRedirectUris: [address] },
    ]) {
      await expect(addClient(house.parts, blog, settings)).rejects.toThrow(SettingsProblem);
    }
    const before = await house.parts.applications.getClient(web.id);
    await expect(
      house.parts.applications.changeClient(web.id, { ...before, redirectUris: [address] }),
    ).rejects.toThrow();
    expect((await house.parts.applications.getClient(web.id)).redirectUris).toEqual(before.redirectUris);
  });

  /** A request with one parameter given twice, in either order: the same value, and a hostile one. */
  async function askTwice(client: Client, redirectUri: string, name: string): Promise<Raw[]> {
    const good = { ...request({ client, redirectUri }), nonce: 'a-nonce', prompt: 'none' };
    const value = new Map(Object.entries(good)).get(name) ?? '';
    const answers: Raw[] = [];
    for (const second of [value, 'https://evil.net/cb']) {
      const pairs: [string, string][] = [...Object.entries(good), [name, second]];
      answers.push(await ask(house, pairs), await ask(house, pairs.toReversed()));
    }
    return answers;
  }

  test.each(['redirect_uri', 'client_id', 'state'])(
    'A06: beside a repeated %s is refused here, also when both say the same',
    async (name) => {
      for (const answer of [...(await askTwice(web, REGISTERED, name)), ...(await askTwice(desk, DESK, name))])
        expectRefusedHere(answer, 'evil.net', 'app.example');
    },
  );

  test.each(['response_type', 'nonce', 'scope', 'code_challenge'])(
    'A06: hears that %s must not be repeated, and gets no code',
    async (name) => {
      for (const answer of await askTwice(desk, DESK, name))
        expectToldTo({ redirectUri: DESK }, house, answer, 'invalid_request');
    },
  );

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' or 1=1 --",
    '../../applications',
    'nobody',
    '\0',
    '\u{FEFF}\u{202E}',
    'x'.repeat(5000),
  ])('A07: of an unknown application is refused here and repeated nowhere: %j', async (clientId) => {
    const params = {
      ...request({ client: web, redirectUri: 'https://evil.net/"><script>alert(2)</script>' }),
      client_id: clientId,
      state: '"><script>alert(3)</script>',
    };
    for (const more of [{}, { response_mode: 'form_post' }, { redirect_uri: REGISTERED, prompt: 'none' }]) {
      const answer = await ask(house, { ...params, ...more });
      expectRefusedHere(answer, 'evil.net', 'app.example', '<script>', 'onerror', 'alert(');
    }
  });

  test('A07: is repeated as text when it was sent without escapes', async () => {
    const text = '"\'><script>alert(1)</script>';
    const answer = await openWire(house).send(
      `GET /oidc/authorize?client_id=${text}&${text} HTTP/1.1\r\nHost: localhost`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /u);
    expect(answer).not.toContain('<script>');
    expect(answer).not.toContain('">alert');
  });
});
