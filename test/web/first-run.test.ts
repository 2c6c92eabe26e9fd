import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { parse } from 'node-html-parser';
import { afterEach, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const ASKED = ['ALUCO_URL', 'ALUCO_LANGUAGE'];

let house: House;
afterEach(() => house.close());

/** Odile's answers; the address is the one that she finds in the field. */
const answers = {
  name: 'Le Nid',
  contact: 'nid@example.org',
  language: 'en',
  loginName: PEOPLE.odile.loginName,
  password: PEOPLE.odile.password,
  mailbox: PEOPLE.odile.mailbox,
};

const valueOf = (page: Page, name: string): string | undefined =>
  page.document.querySelector(`main input[name=${name}]`)?.getAttribute('value');

/** Proves the code, and stands before the questions. */
async function enter(visitor: Visitor, code = house.parts.accounts.firstRun.code): Promise<Page> {
  return visitor.submit(await visitor.get(`${house.url}/first-run`), '/first-run', { code });
}

/** A request under any host, as a proxy or a stranger would send it. */
async function ask(path: string, headers: Record<string, string>, fields?: Record<string, string>) {
  const { hostname, port } = new URL(house.url);
  const body = fields === undefined ? '' : new URLSearchParams(fields).toString();
  const type = fields === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const options = { hostname, port, path, method: fields === undefined ? 'GET' : 'POST' };
  return new Promise<{ status: number; document: ReturnType<typeof parse>; cookies: string[] }>((resolve, reject) => {
    const req = request({ ...options, headers: { accept: 'text/html', ...type, ...headers } }, (res) => {
      const { statusCode: status = 0, headers } = res;
      text(res).then(
        (html) => resolve({ status, document: parse(html), cookies: headers['set-cookie'] ?? [] }),
        reject,
      );
    });
    req.on('error', reject);
    req.end(body);
  });
}

test('an instance that nobody administers says so first, and what to do, while applications find what they ask for', async () => {
  house = await openHouse();
  await addPerson(house.parts, 'bruno');
  const visitor = makeVisitor();
  const page = await visitor.get(house.url);
  expect(page.document.querySelector('main code')?.textContent).toBe('aluco account add NAME --administrator');
  expect(page.document.querySelector('main a[href="/first-run"]')).not.toBeNull();
  expect(page.text).not.toContain(house.parts.accounts.firstRun.code);
  for (const path of ['/.well-known/openid-configuration', '/oidc/jwks']) {
    expect([path, (await visitor.get(house.url + path)).status]).toEqual([path, 200]);
  }
  // Whoever has an account is at home as always.
  const signIn = await visitor.get(`${house.url}/account`);
  const { loginName: login, password } = PEOPLE.bruno;
  await visitor.submit(signIn, '/sign-in', { login, password });
  expect((await visitor.get(house.url)).document.querySelector('main code')).toBeNull();
});

test('Odile answers a few questions, and signs in at once at the address she gave', async () => {
  house = await openHouse({ without: ASKED });
  const odile = makeVisitor();
  const page = await enter(odile);
  expect([valueOf(page, 'url'), valueOf(page, 'name')]).toEqual([house.url, 'Aluco']);
  const done = await odile.submit(page, '/first-run', answers);
  expect([done.status, done.document.querySelector('main a')?.getAttribute('href')]).toEqual([200, `${house.url}/`]);
  const { ALUCO_URL, ALUCO_NAME, ALUCO_CONTACT, ALUCO_LANGUAGE } = house.parts.config;
  expect([ALUCO_URL, ALUCO_NAME, ALUCO_CONTACT, ALUCO_LANGUAGE]).toEqual([
    house.url,
    'Le Nid',
    'nid@example.org',
    'en',
  ]);

  const { loginName: login, password } = PEOPLE.odile;
  const admin = await odile.submit(await odile.get(`${house.url}/admin/accounts`), '/sign-in', { login, password });
  expect([admin.status, admin.url.href]).toEqual([200, `${house.url}/admin/accounts`]);
  expect(await house.parts.accounts.findByLogin('odile')).toMatchObject({
    role: 'administrator',
    mailboxVerified: false,
  });
});

test('once there is an administrator there is no such page, with the code or without', async () => {
  house = await openHouse({ without: ASKED });
  const odile = makeVisitor();
  const page = await enter(odile);
  await addPerson(house.parts, 'odile');
  const maud = { ...answers, loginName: 'maud' };
  expect((await odile.submit(page, '/first-run', maud)).status).toBe(404);
  expect((await odile.get(`${house.url}/first-run`)).status).toBe(404);
  const { code } = house.parts.accounts.firstRun;
  expect((await odile.post(`${house.url}/first-run`, { code })).status).toBe(404);
  expect((await odile.get(house.url)).document.querySelector('input[name=password]')).not.toBeNull();
  expect(await house.parts.accounts.findByLogin('maud')).toBeUndefined();
  expect(await house.parts.house.kept()).toEqual({});
});

test('what is wrong shows the questions again with everything but secrets, and nothing is kept of it', async () => {
  house = await openHouse({ without: ASKED });
  const odile = makeVisitor();
  let page = await enter(odile);
  for (const [field, value] of [
    ['url', 'http://id.example.org'],
    ['url', ''],
    ['name', 'x'.repeat(61)],
    ['contact', 'x'.repeat(10_000)],
    ['language', 'klingon'],
    ['loginName', 'o'],
    ['password', 'odile'],
    ['mailbox', 'nobody'],
  ] as const) {
    page = await odile.submit(page, '/first-run', { ...answers, url: house.url, [field]: value });
    expect([field, page.status, page.document.querySelector(`#${field}-error`) !== null]).toEqual([field, 422, true]);
    if (field !== 'contact') expect(valueOf(page, 'contact')).toBe(answers.contact);
    expect(valueOf(page, 'loginName')).toBe(field === 'loginName' ? value : answers.loginName);
    expect(page.text).not.toContain(answers.password);
  }
  expect([await house.parts.house.kept(), await house.parts.accounts.firstRun.isNeeded()]).toEqual([{}, true]);
  expect((await odile.submit(page, '/first-run', { ...answers, url: house.url })).status).toBe(200);
});

test('of two who answer at the same moment one becomes administrator, and the settings are that one’s', async () => {
  house = await openHouse({ without: ASKED });
  const visitors = [makeVisitor(), makeVisitor()];
  const pages = await Promise.all(visitors.map((visitor) => enter(visitor)));
  const { storage } = house.parts;
  const done = await Promise.all(
    visitors.map((visitor, at) => {
      const own = { ...answers, loginName: `odile${at}`, name: `House ${at}` };
      return visitor.submit(pages[at] as Page, '/first-run', own);
    }),
  );
  expect(done.map(({ status }) => status).toSorted()).toEqual([200, 404]);
  const winner = done.findIndex(({ status }) => status === 200);
  expect(await storage.read.select().from(storage.tables.account)).toHaveLength(1);
  expect(await house.parts.accounts.findByLogin(`odile${winner}`)).toMatchObject({ role: 'administrator' });
  expect(house.parts.config.ALUCO_NAME).toBe(`House ${winner}`);
});

test('A47: the address of the request is a suggestion in the field, and never more', async () => {
  house = await openHouse({ without: ASKED });
  const { code } = house.parts.accounts.firstRun;
  const suggested = async (headers: Record<string, string>): Promise<string | undefined> => {
    const origin = `https://${headers['host'] ?? ''}`;
    const { document } = await ask('/first-run', { origin, 'sec-fetch-site': 'same-origin', ...headers }, { code });
    return document.querySelector('input[name=url]')?.getAttribute('value');
  };
  expect(await suggested({ host: 'id.example.org' })).toBe('https://id.example.org');
  expect(await suggested({ host: 'ID.example.org:8443' })).toBe('https://id.example.org:8443');
  expect(await suggested({ host: '127.0.0.1:8080' })).toBe('http://127.0.0.1:8080');
  const forged = { 'x-forwarded-host': 'evil.net', forwarded: 'host=evil.net', 'x-forwarded-proto': 'http' };
  expect(await suggested({ host: 'id.example.org', ...forged })).toBe('https://id.example.org');
  for (const host of ['"><script>', 'evil.net/path', 'user@evil.net', 'evil.net#', 'evil..net:99999']) {
    expect([host, await suggested({ host })]).toEqual([host, '']);
  }
  expect(await house.parts.house.kept()).toEqual({});

  const fields = { ...answers, code, step: 'settings', url: house.url };
  const done = await ask('/first-run', { host: 'evil.net', origin: 'http://evil.net' }, fields);
  expect(done.document.querySelector('main a')?.getAttribute('href')).toBe(`${house.url}/`);
  expect(house.parts.config.ALUCO_URL).toBe(house.url);
});

test('A22: the answers are taken from our own page under whatever address, and from no other one', async () => {
  house = await openHouse({ without: ASKED });
  const { code } = house.parts.accounts.firstRun;
  const own = { host: 'nas.lan:8080', origin: 'http://nas.lan:8080' };
  for (const headers of [
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, 'sec-fetch-site': 'none' },
    { ...own, origin: 'http://evil.net' },
    { ...own, origin: 'http://nas.lan' },
    { ...own, origin: 'null' },
    { host: own.host },
  ]) {
    expect([headers, (await ask('/first-run', headers, { code })).status]).toEqual([headers, 403]);
    expect((await ask('/language', headers, { language: 'fr' })).status).toBe(403);
  }
  expect((await ask('/first-run', own, { code })).status).toBe(200);
  expect((await ask('/first-run', { ...own, origin: 'null', 'sec-fetch-site': 'same-origin' }, { code })).status).toBe(
    200,
  );
  // The other language is one press away there too.
  const spoken = await ask('/language', own, { language: 'fr', back: '/first-run' });
  expect([spoken.status, spoken.cookies.join()]).toEqual([303, expect.stringContaining('language=fr')]);
  // Everything else still knows one address only.
  expect((await ask('/sign-out', own, {})).status).toBe(403);
});

test('a wrong code is refused without a word of the settings, and many wrong ones have to wait, but never the right one', async () => {
  house = await openHouse({ settings: { ALUCO_NAME: 'Secret Garden', ALUCO_LANGUAGE: 'fr' }, without: ['ALUCO_URL'] });
  const stranger = makeVisitor();
  for (let tries = 0; tries < 6; tries += 1) {
    const page = await enter(stranger, `AAAA-BBBB-CCCC-DDDD-EEE${tries}`);
    expect([page.status, page.document.querySelector('#code-error') !== null]).toEqual([422, true]);
    expect(page.document.querySelector('input[name=loginName]')).toBeNull();
  }
  const held = await enter(stranger, 'AAAA');
  expect([held.status, Number(held.headers.get('retry-after')) > 0]).toEqual([429, true]);
  const forged = { ...answers, code: 'x', step: 'settings', url: house.url };
  expect((await stranger.post(`${house.url}/first-run`, forged)).status).toBe(429);
  expect(await house.parts.accounts.firstRun.isNeeded()).toBe(true);
  // Behind a proxy that is not trusted yet, strangers come from where Odile comes from.
  expect(await enter(makeVisitor())).toMatchObject({ status: 200 });
});

test('what the environment gives is shown and not asked, and not taken from the form either', async () => {
  house = await openHouse({ settings: { ALUCO_NAME: 'Given' } });
  const odile = makeVisitor();
  const page = await enter(odile);
  expect(page.document.querySelector('main .facts')?.textContent).toContain('Given');
  expect([valueOf(page, 'url'), valueOf(page, 'name'), valueOf(page, 'contact')]).toEqual([undefined, undefined, '']);
  const done = await odile.submit(page, '/first-run', { ...answers, url: 'https://evil.net', name: 'Other' });
  expect(done.document.querySelector('main a')?.getAttribute('href')).toBe(`${house.url}/`);
  expect(await house.parts.house.kept()).toEqual({ ALUCO_CONTACT: answers.contact });
});
