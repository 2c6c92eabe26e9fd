import { Cookie, CookieJar } from 'tough-cookie';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'node-html-parser';
import { openHouse, type House } from '../house.ts';
import { addApplication, addClient, addPerson, PEOPLE } from '../people.ts';

const ISSUER = 'https://id.example';
const RETURN = 'https://blog.example/callback';

type Answer = { status: number; location: string | undefined; text: string; set: Cookie[] };

describe('a house behind a proxy that speaks https', () => {
  let house: House;
  let local: string;
  let authorize: string;
  beforeAll(async () => {
    house = await openHouse({ settings: { ALUCO_URL: ISSUER } });
    local = `http://localhost:${house.environment['ALUCO_PORT']}`;
    const blog = await addApplication(house.parts, 'Blog', 'https://blog.example');
    const { client } = await addClient(house.parts, blog, { redirectUris: [RETURN] });
    const alix = await addPerson(house.parts, 'alix');
    await house.parts.profiles.create(alix.id, blog, { name: 'alice', note: '' });
    const params = {
      client_id: client.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: RETURN,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    authorize = `${ISSUER}/oidc/authorize?${new URLSearchParams(params)}`;
  });
  afterAll(() => house.close());

  /** Asks as the proxy passes it on: to our port, with cookies that the browser keeps for the public address. */
  async function ask(jar: CookieJar, address: string, fields?: Record<string, string>): Promise<Answer> {
    const headers: Record<string, string> = { accept: 'text/html', cookie: await jar.getCookieString(address) };
    if (fields !== undefined) Object.assign(headers, { origin: ISSUER, 'sec-fetch-site': 'same-origin' });
    const body = fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) };
    const answer = await fetch(address.replace(ISSUER, local), { ...body, headers, redirect: 'manual' });
    const lines = answer.headers.getSetCookie();
    for (const line of lines) await jar.setCookie(line, address);
    const location = answer.headers.get('location') ?? undefined;
    return {
      status: answer.status,
      location: location === undefined ? undefined : new URL(location, address).href,
      text: await answer.text(),
      set: lines.flatMap((line) => Cookie.parse(line) ?? []),
    };
  }

  const newJar = (): CookieJar => new CookieJar(undefined, { prefixSecurity: 'strict' });

  /** Goes on until a page or another site, answering each page as Alix; returns where she ends and every cookie set. */
  async function walk(jar: CookieJar, start: string): Promise<{ end: string; set: Cookie[] }> {
    const set: Cookie[] = [];
    let address = start;
    let answer = await ask(jar, address);
    for (let hop = 0; hop < 12; hop += 1) {
      set.push(...answer.set);
      if (answer.location !== undefined) {
        address = answer.location;
        if (!address.startsWith(ISSUER)) return { end: address, set };
        answer = await ask(jar, address);
        continue;
      }
      const form = parse(answer.text).querySelector('main form[method=post]');
      if (form === null || !new URL(address).pathname.startsWith('/journey/')) return { end: address, set };
      const action = new URL(form.getAttribute('action') ?? '', address).href;
      const fields = { login: 'alix', password: PEOPLE.alix.password };
      const hidden = form
        .querySelectorAll('input[type=hidden], button[name=profile]')
        .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']);
      address = action;
      answer = await ask(jar, action, { ...(Object.fromEntries(hidden) as Record<string, string>), ...fields });
    }
    throw new Error('it never ends');
  }

  const sessionOf = async (jar: CookieJar): Promise<Cookie[]> =>
    (await jar.getCookies(`${ISSUER}/`)).filter(({ key }) => /^__Host-aluco(\.sig)?$/u.test(key));

  const isSignedIn = async (cookie: string): Promise<boolean> => {
    const answer = await fetch(`${local}/account`, { headers: { cookie }, redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status === 200;
  };

  test('A58: sets cookies that no sibling domain and no page without https could have set', async () => {
    const jar = newJar();
    const { end, set } = await walk(jar, authorize);
    expect(new URL(end).origin).toBe('https://blog.example');
    expect(new URL(end).searchParams.get('code')).not.toBeNull();
    const { set: atHome } = await walk(newJar(), `${ISSUER}/account`);
    const all = [...set, ...atHome];
    expect(all.some(({ key }) => key === '__Host-aluco')).toBe(true);
    expect(all.some(({ key }) => key === '__Secure-aluco-journey')).toBe(true);
    for (const { key, secure, httpOnly, domain, path, sameSite } of all) {
      expect(key).toMatch(/^__(Host|Secure)-aluco/u);
      expect({ key, secure, httpOnly, domain, sameSite }).toEqual({
        key,
        secure: true,
        httpOnly: true,
        domain: null,
        sameSite: 'lax',
      });
      if (key.startsWith('__Host-')) expect(path).toBe('/');
      else expect(path).toMatch(/^\/(journey|oidc\/authorize)\/[\w-]+$/u);
    }
    expect(await sessionOf(jar)).toHaveLength(2);
  });

  test('A58: a browser refuses those cookies from a sibling domain, over http, or for a part of the address', async () => {
    const jar = newJar();
    for (const [line, from] of [
      ['__Host-aluco=planted; Secure; Path=/; Domain=id.example', 'https://evil.id.example/'],
      ['__Host-aluco=planted; Path=/', 'http://id.example/'],
      ['__Host-aluco=planted; Secure; Path=/account', 'https://id.example/'],
      ['__Secure-aluco-journey=planted; Path=/', 'http://id.example/'],
    ] as const) {
      await jar.setCookie(line, from).catch(() => undefined);
    }
    expect(await jar.getCookies(`${ISSUER}/account`)).toEqual([]);
  });

  test('A58: a planted cookie opens nothing: not under another name, not without the signature, not with one made elsewhere', async () => {
    const jar = newJar();
    await walk(jar, authorize);
    const [id, signature] = (await sessionOf(jar)).toSorted((a, b) => a.key.length - b.key.length);
    const [value, proof] = [id?.value ?? '', signature?.value ?? ''];
    expect(await isSignedIn(`__Host-aluco=${value}; __Host-aluco.sig=${proof}`)).toBe(true);
    for (const planted of [
      `__Host-aluco=${value}`,
      `__Host-aluco=${value}; __Host-aluco.sig=`,
      `__Host-aluco=${value}; __Host-aluco.sig=${'A'.repeat(proof.length)}`,
      `__Host-aluco=${value}; aluco.sig=${proof}`,
      `aluco=${value}; aluco.sig=${proof}`,
      `aluco=${value}; __Host-aluco.sig=${proof}`,
      `__Secure-aluco=${value}; __Secure-aluco.sig=${proof}`,
    ]) {
      expect(await isSignedIn(planted), planted.replaceAll(value, 'id').replaceAll(proof, 'proof')).toBe(false);
    }
  });

  test('A58: a journey of another browser does not open with a planted cookie of any other name', async () => {
    const jar = newJar();
    const first = await ask(jar, authorize);
    const journey = first.location ?? '';
    const own = await jar.getCookies(journey);
    const value = own.find(({ key }) => key === '__Secure-aluco-journey')?.value ?? '';
    const open = async (cookie: string): Promise<number> => {
      const answer = await fetch(journey.replace(ISSUER, local), { headers: { cookie }, redirect: 'manual' });
      await answer.arrayBuffer();
      return answer.status;
    };
    expect(await open(`__Secure-aluco-journey=${value}`)).toBe(200);
    expect(await open(`aluco-journey=${value}`)).not.toBe(200);
    expect(await open('__Secure-aluco-journey=planted')).not.toBe(200);
    expect(await open('')).not.toBe(200);
  });
});
