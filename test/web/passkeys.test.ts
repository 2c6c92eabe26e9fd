import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeAuthenticator, type Asked, type Authenticator } from '../software-authenticator.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const MINUTE = 60_000;
const ADD = '/account/security/passkey';

describe.each(['sqlite', 'postgres'] as const)('passkeys on pages, on %s', (engine) => {
  let house: House;
  let now = Date.UTC(2026, 10, 21, 9, 30);
  beforeAll(async () => {
    house = await openHouse({ engine, now: () => now });
    await addPerson(house.parts, 'odile');
  });
  afterAll(() => house.close());

  /** Sends the form of a page as the script does: first for the question, then with the answer. */
  async function answer(
    visitor: Visitor,
    page: Page,
    action: string,
    toAnswer: (asked: Asked) => string,
    fields: Record<string, string> = {},
  ): Promise<Page> {
    const form = page.document.querySelectorAll('form').find((one) => one.getAttribute('action')?.endsWith(action));
    const csrf = form?.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const options = new URL(form?.getAttribute('data-options') ?? '', page.url);
    const asked = await visitor.post(options, { csrf }, { accept: 'application/json' });
    expect([asked.status, asked.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    return visitor.submit(page, action, { response: toAnswer(JSON.parse(asked.text) as Asked), ...fields });
  }

  const byPassword = async (visitor: Visitor, name: PersonName, address = '/'): Promise<Page> => {
    const { loginName: login, password } = PEOPLE[name];
    return visitor.submit(await visitor.get(`${house.url}${address}`), '/sign-in', { login, password });
  };

  /** Somebody with a passkey, signed in, and what keeps the passkey. */
  async function withPasskey(name: PersonName): Promise<{ visitor: Visitor; key: Authenticator; codes: Page }> {
    await addPerson(house.parts, name);
    const [visitor, key] = [makeVisitor(), makeAuthenticator(house.url)];
    const page = await byPassword(visitor, name, ADD);
    const codes = await answer(visitor, page, ADD, (asked) => key.create(asked), { name: 'Tournesol' });
    return { visitor, key, codes };
  }

  let alix: { visitor: Visitor; key: Authenticator; codes: Page };
  const signIn = async (visitor: Visitor, key = alix.key): Promise<Page> =>
    answer(visitor, await visitor.get(house.url), '/passkey', (asked) => key.get(asked));

  test('Alix adds one and is given recovery codes; her session goes on, and counts as two factors', async () => {
    alix = await withPasskey('alix');
    expect(textOf(alix.codes)).toContain(t('recovery_codes.title'));
    const page = await alix.visitor.get(`${house.url}/account/security`);
    expect(page.url.pathname).toBe('/account/security');
    expect(textOf(page)).toContain('Tournesol');
  });

  test('she signs in with it alone, at an application too, and finds it in her activity', async () => {
    const blog: Service = await openService(house, 'Blog');
    const visitor = makeVisitor((url) => blog.isHome(url));
    const page = await signIn(visitor);
    expect(page.url.pathname).toBe('/');
    // The answer does not wait until that is written down.
    await expect
      .poll(async () => textOf(await visitor.get(`${house.url}/activity`)))
      .toContain(t('event.sign_in_new', { device: t('sessions.unknown_device') }));
    expect(await visitor.cookies(house.url)).toContain('aluco-known=');
    await blog.close();
  });

  test('after her password she is asked for it, and a password alone opens nothing', async () => {
    const visitor = makeVisitor();
    const page = await byPassword(visitor, 'alix');
    expect(textOf(page)).toContain(t('factor.passkey_title'));
    expect((await visitor.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
    const asked = await answer(visitor, page, '/factor/passkey', (question) => alix.key.get(question));
    expect(asked.url.pathname).toBe('/');
    expect((await visitor.get(`${house.url}/account`)).url.pathname).toBe('/account');
  });

  test('A49: an answer of another journey, of another step or of nobody leaves her where she is', async () => {
    const [visitor, other] = [makeVisitor(), makeVisitor()];
    const page = await byPassword(visitor, 'alix');
    let elsewhere = '';
    await answer(other, await byPassword(other, 'alix'), '/factor/passkey', (asked) => {
      elsewhere = alix.key.get(asked);
      return '';
    });
    for (const response of [elsewhere, '', '{}']) {
      const refused = await visitor.submit(page, '/factor/passkey', { response });
      expect(refused.status).toBe(422);
      expect(textOf(refused)).toContain(t('error.passkey_wrong'));
    }
    expect((await visitor.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
  });

  test('A61: a sign-in of another browser’s journey signs nobody in', async () => {
    const [attacker, victim] = [makeVisitor(), makeVisitor()];
    const attacked = await attacker.get(house.url);
    let response = '';
    await answer(victim, await victim.get(house.url), '/passkey', (asked) => {
      response = alix.key.get(asked);
      return '';
    });
    const refused = await attacker.submit(attacked, '/passkey', { response });
    expect([refused.status, refused.url.pathname.startsWith('/journey/')]).toEqual([422, true]);
    expect(textOf(refused)).toContain(t('error.passkey_wrong'));
  });

  test('a question is only asked by a page of ours, and an address of the script leads to its page', async () => {
    const visitor = makeVisitor();
    const page = await visitor.get(house.url);
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const headers of [{}, foreign]) {
      const refused = await visitor.post(`${page.url.href}/passkey/options`, { csrf: 'guessed' }, headers);
      expect(refused.status).toBe(403);
    }
    const stranger = await makeVisitor().post(`${page.url.href}/passkey/options`, { csrf: '' });
    expect(stranger.status).toBe(410);
    for (const place of ['/passkey', '/passkey/options']) {
      expect((await visitor.get(`${page.url.href}${place}`)).url.pathname).toBe(page.url.pathname);
    }
  });

  test('A62: adding one needs a proof of the last minutes, with the second factor', async () => {
    const visitor = makeVisitor();
    await signIn(visitor);
    const page = await visitor.get(`${house.url}${ADD}`);
    expect(page.url.pathname).toBe(ADD);
    now += 21 * MINUTE;
    const csrf = page.document.querySelector(`form[action="${ADD}"] input[name=csrf]`)?.getAttribute('value') ?? '';
    const late = await visitor.post(`${house.url}${ADD}/options`, { csrf });
    expect(late.url.pathname).toMatch(/^\/journey\//u);
    const sent = await visitor.submit(page, ADD, { response: '{}', name: 'late' });
    expect(sent.url.pathname).toMatch(/^\/journey\//u);
    const back = await byPassword(visitor, 'alix', ADD);
    expect(textOf(back)).toContain(t('factor.passkey_title'));
  });

  test('A43: a passkey that was removed is refused as any other', async () => {
    const bruno = await withPasskey('bruno');
    const security = await bruno.visitor.get(`${house.url}/account/security`);
    const link = security.document.querySelector('a[href*="/remove?"]')?.getAttribute('href') ?? '';
    await bruno.visitor.submit(await bruno.visitor.get(`${house.url}${link}`), '/remove');
    const refused = await signIn(makeVisitor(), bruno.key);
    const unknown = await signIn(makeVisitor(), makeAuthenticator(house.url));
    expect([refused.status, unknown.status]).toEqual([422, 422]);
    for (const page of [refused, unknown]) expect(textOf(page)).toContain(t('error.passkey_wrong'));
  });

  test('no frame may ask for a passkey', async () => {
    const { headers } = await makeVisitor().get(house.url);
    expect(headers.get('permissions-policy')).toBe(
      'publickey-credentials-create=(self), publickey-credentials-get=(self)',
    );
  });
});
