import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Visitor } from '../visitor.ts';
import { translator } from '../../views/text.ts';

const t = translator('en');
const CHOSEN = 'onze effraies rousses';

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'odile');
});
afterAll(() => house.close());

const signIn = async (visitor: Visitor, login: string, password: string) =>
  visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });

async function invited(): Promise<string> {
  const { token } = await house.parts.accounts.invitations.invite({ label: 'Somebody', role: 'person', groups: [] });
  return `${house.url}/link/${token}`;
}

test('Bruno makes his account on the page of his invitation, and is signed in', async () => {
  const bruno = makeVisitor();
  const url = await invited();
  const page = await bruno.get(url);
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('referrer-policy')).toBe('same-origin');
  const wrong = await bruno.submit(page, url.slice(house.url.length), {
    loginName: 'odile',
    password: CHOSEN,
    mailbox: PEOPLE.bruno.mailbox,
  });
  expect(wrong.status).toBe(422);
  expect(wrong.document.querySelector('#loginName-error')?.textContent).toContain(t('error.login_name_taken'));
  expect(wrong.document.querySelector('input[name=mailbox]')?.getAttribute('value')).toBe(PEOPLE.bruno.mailbox);
  expect(wrong.text).not.toContain(CHOSEN);
  const home = await bruno.submit(wrong, url.slice(house.url.length), { loginName: 'bruno', password: CHOSEN });
  expect([home.status, home.url.pathname, textOf(home).includes(t('notice.account_made'))]).toEqual([200, '/', true]);
  expect((await makeVisitor().get(url)).status).toBe(410);
});

test('who comes in by an invitation stands in the register of connections as everybody does', async () => {
  const registering = await openHouse({ settings: { ALUCO_CONNECTION_MONTHS: '1' } });
  try {
    const { accounts, seals, storage } = registering.parts;
    const { token } = await accounts.invitations.invite({ label: 'Bruno', role: 'person', groups: [] });
    const bruno = makeVisitor();
    const page = await bruno.get(`${registering.url}/link/${token}`);
    await bruno.submit(page, `/link/${token}`, { loginName: 'bruno', password: CHOSEN });
    const rows = await storage.read.select().from(storage.tables.connection);
    const account = await accounts.findByLogin('bruno');
    expect(rows.map(({ id, sealed }) => JSON.parse(seals.open('connection', id, sealed)) as unknown)).toEqual([
      {
        account: account?.id,
        address: expect.stringMatching(/127\.0\.0\.1|::1/u) as string,
        at: expect.any(Number) as number,
      },
    ]);
  } finally {
    await registering.close();
  }
});

test('where there are rules, the page of an invitation has people accept the very version it shows', async () => {
  const set = async (version: string): Promise<void> => {
    await house.parts.house.change({ ALUCO_TERMS_VERSION: version, ALUCO_RULES_URL: 'https://mill.example/rules' });
    await house.renew();
  };
  try {
    await set('spring');
    const url = await invited();
    const path = url.slice(house.url.length);
    const visitor = makeVisitor();
    const page = await visitor.get(url);
    expect(page.document.querySelector('main a[href="https://mill.example/rules"]')?.textContent).toContain('spring');
    const fields = { loginName: 'ruled', password: CHOSEN };
    const wrong = await visitor.submit(page, path, fields);
    expect([
      wrong.status,
      wrong.document.querySelector('#terms-error')?.textContent.includes('Accept the rules'),
    ]).toEqual([422, true]);
    // What was changed meanwhile was not on the page.
    await set('summer');
    const late = await visitor.submit(wrong, path, { ...fields, terms: 'on' });
    expect([late.status, late.document.querySelector('main p a')?.textContent.includes('summer')]).toEqual([422, true]);
    const home = await visitor.submit(late, path, { ...fields, terms: 'on' });
    expect([home.status, home.url.pathname]).toEqual([200, '/']);
    expect((await house.parts.accounts.findByLogin('ruled'))?.termsAccepted).toBe('summer');
  } finally {
    await set('');
  }
});

test('while no accounts are opened, an invitation says so in words, and serves again afterwards', async () => {
  const set = async (mode: string): Promise<void> => {
    await house.parts.house.change({ ALUCO_SIGN_UP: mode, ALUCO_CONTACT: mode === '' ? '' : 'odile@home.example' });
    await house.renew();
  };
  const url = await invited();
  const visitor = makeVisitor();
  const page = await visitor.get(url);
  try {
    await set('closed');
    const closed = await visitor.get(url);
    expect([closed.status, closed.document.querySelector('h1')?.textContent]).toEqual([403, t('link.closed_title')]);
    expect(closed.document.querySelector('main .contact')?.textContent).toBe('odile@home.example');
    const posted = await visitor.submit(page, url.slice(house.url.length), { loginName: 'early', password: CHOSEN });
    expect([posted.status, posted.document.querySelector('h1')?.textContent]).toEqual([403, t('link.closed_title')]);
    expect(await house.parts.accounts.findByLogin('early')).toBeUndefined();
  } finally {
    await set('');
  }
  expect((await visitor.get(url)).status).toBe(200);
});

test('A51: asking for a link changes nothing, by whatever method and however often', async () => {
  const url = await invited();
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET']) {
    await fetch(`${url}?loginName=scanner&password=${encodeURIComponent(CHOSEN)}`, { method });
  }
  expect((await makeVisitor().get(url)).status).toBe(200);
  expect(await house.parts.accounts.findByLogin('scanner')).toBeUndefined();
});

test('a link that is cut, made up, or of another kind of address opens nothing, and costs no hash', async () => {
  const url = await invited();
  const before = house.parts.hasher.counts();
  const visitor = makeVisitor();
  for (const path of [url.slice(0, -1), `${url}x`, `${house.url}/link/%00`, `${house.url}/link/${'x'.repeat(5000)}`]) {
    expect([(await visitor.get(path)).status, (await visitor.post(path, { password: CHOSEN })).status]).toEqual([
      410, 410,
    ]);
  }
  expect(house.parts.hasher.counts()).toEqual(before);
});

test('two people with one link: exactly one has an account, the other reads that it has served', async () => {
  const url = await invited();
  const visitors = [makeVisitor(), makeVisitor()];
  const pages = await Promise.all(visitors.map((visitor) => visitor.get(url)));
  const ends = await Promise.all(
    visitors.map((visitor, at) => {
      const page = pages[at];
      if (page === undefined) throw new Error('no page');
      return visitor.submit(page, url.slice(house.url.length), { loginName: `twin${at}`, password: CHOSEN });
    }),
  );
  expect(ends.map(({ status }) => status).toSorted()).toEqual([200, 410]);
  const made = [await house.parts.accounts.findByLogin('twin0'), await house.parts.accounts.findByLogin('twin1')];
  expect(made.filter((account) => account !== undefined)).toHaveLength(1);
});

test('an invitation opened by somebody who is signed in is not used up, not even by its form', async () => {
  const odile = makeVisitor();
  await signIn(odile, PEOPLE.odile.loginName, PEOPLE.odile.password);
  const url = await invited();
  const page = await odile.get(url);
  expect(textOf(page)).toContain(t('link.other_title', { login: 'odile' }));
  const posted = await odile.post(url, { loginName: 'mistake', password: CHOSEN });
  expect([posted.status, await house.parts.accounts.findByLogin('mistake')]).toEqual([409, undefined]);
  await odile.submit(page, '/sign-out');
  expect((await odile.get(url)).document.querySelector('input[name=loginName]')).not.toBeNull();
});

test('A22: the form of a link is not taken from a page of somebody else', async () => {
  const url = await invited();
  for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.net' }, { origin: 'null' }]) {
    const body = new URLSearchParams({ loginName: 'forged', password: CHOSEN });
    const own = { 'sec-fetch-site': 'cross-site', ...headers };
    expect((await fetch(url, { method: 'POST', body, headers: own })).status).toBe(403);
  }
  expect((await makeVisitor().get(url)).status).toBe(200);
});

test('A52: a new password by link signs nobody in, and everybody with the old one out', async () => {
  const alix = await addPerson(house.parts, 'alix');
  const { loginName, password } = PEOPLE.alix;
  const thief = makeVisitor();
  await signIn(thief, loginName, password);
  const { token } = await house.parts.accounts.passwordLinks.make(alix.id);
  const url = `${house.url}/link/${token}`;
  const owner = makeVisitor();
  const page = await owner.get(url);
  expect(textOf(page)).toContain(t('link.password_title'));
  const weak = await owner.submit(page, url.slice(house.url.length), { password: 'alix' });
  expect([weak.status, weak.document.querySelector('#password-error') !== null]).toEqual([422, true]);
  const done = await owner.submit(weak, url.slice(house.url.length), { password: CHOSEN });
  expect([done.status, textOf(done).includes(t('link.done_title'))]).toEqual([200, true]);
  for (const visitor of [owner, thief]) {
    expect((await visitor.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);
  }
  expect((await signIn(makeVisitor(), loginName, password)).status).toBe(422);
  const back = await signIn(owner, loginName, CHOSEN);
  expect(back.url.pathname).toBe('/account');
  const activity = (await owner.get(`${house.url}/activity`)).document.textContent;
  expect([activity.includes(t('event.link_made')), activity.includes(t('event.link_used'))]).toEqual([true, true]);
  expect((await owner.get(url)).status).toBe(410);
});

test('a link for a new password is no business of whoever else is signed in, but of its owner', async () => {
  const maud = await addPerson(house.parts, 'maud');
  const { token } = await house.parts.accounts.passwordLinks.make(maud.id);
  const odile = makeVisitor();
  await signIn(odile, PEOPLE.odile.loginName, PEOPLE.odile.password);
  const page = await odile.get(`${house.url}/link/${token}`);
  expect(page.text).not.toContain('maud');
  const owner = makeVisitor();
  await signIn(owner, PEOPLE.maud.loginName, PEOPLE.maud.password);
  expect((await owner.get(`${house.url}/link/${token}`)).document.querySelector('input[name=password]')).not.toBeNull();
});
