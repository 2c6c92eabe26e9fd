import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TEMPLATES } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const ANSWERS = { name: 'Le Nid', address: 'https://social.example', button: 'Le Nid', only: 'no', people: 'none' };

let house: House;
let odile: Visitor;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'bruno');
});
beforeEach(async () => {
  odile = await signedIn('odile');
});
afterAll(() => house.close());

async function signedIn(person: 'odile' | 'bruno'): Promise<Visitor> {
  const visitor = makeVisitor();
  const page = await visitor.get(house.url);
  await visitor.submit(page, '/sign-in', { login: PEOPLE[person].loginName, password: PEOPLE[person].password });
  return visitor;
}

const admin = (path: string): string => `${house.url}/admin/applications${path}`;

/** Odile answers the questions for Mastodon. */
async function addMastodon(more: Record<string, string> = {}, headers = {}): Promise<{ form: Page; made: Page }> {
  const form = await odile.get(admin('/new/mastodon'));
  const values = Object.fromEntries(
    form.document
      .querySelectorAll('main form input[type=hidden]')
      .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
  );
  return { form, made: await odile.post(form.url, { ...values, ...ANSWERS, ...more }, headers) };
}

const secretIn = ({ text }: Page): string | undefined => /OIDC_CLIENT_SECRET=([\w-]{43})$/mu.exec(text)?.[1];
const csrfOf = ({ document }: Page): string =>
  document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
const idOf = ({ document }: Page): string =>
  document.querySelector('.crumb a')?.getAttribute('href')?.split('/').at(-1) ?? '';

test('odile chooses among the applications that are known; something else and everything by hand come last', async () => {
  const page = await odile.get(admin('/new'));
  const links = page.document.querySelectorAll('main .rows a').map((link) => link.getAttribute('href') ?? '');
  expect(links.map((href) => href.split('/').at(-1))).toEqual([...TEMPLATES.map(({ id }) => id), 'by-hand']);
  expect(links.slice(-3).map((href) => href.split('/').at(-1))).toEqual(['generic', 'generic-saml', 'by-hand']);
  for (const href of links) expect([href, (await odile.get(new URL(href, house.url))).status]).toEqual([href, 200]);
});

test('of two ways of one application, OpenID Connect is the first, and SAML stands beside it', async () => {
  const page = await odile.get(admin('/new'));
  const rows = page.document
    .querySelectorAll('main .rows li')
    .map((row) => row.querySelectorAll('a').map((link) => link.getAttribute('href')?.split('/').at(-1)));
  expect(rows).toContainEqual(['mastodon', 'mastodon-saml']);
  expect(rows).toContainEqual(['grafana']);
  expect(rows).toContainEqual(['seafile-saml']);
  expect(page.text).toContain('Where there are two ways');
});

test('an application by SAML is added with its service provider, and its instructions hold our certificate', async () => {
  const form = await odile.get(admin('/new/mastodon-saml'));
  expect(form.document.querySelector('h1')?.text).toBe('Add Mastodon by SAML');
  const answers = { ...ANSWERS, address: 'https://by-saml.example' };
  const made = await odile.submit(form, '/new/mastodon-saml', answers);
  expect(made.status).toBe(200);
  const id = idOf(made);
  expect(await house.parts.applications.clientsOf(id)).toEqual([]);
  expect(await house.parts.applications.serviceProvidersOf(id)).toMatchObject([
    { label: 'Mastodon', entityId: 'https://by-saml.example/auth/auth/saml/metadata' },
  ]);

  const later = await odile.get(admin(`/${id}/instructions`));
  const text = await odile.submit(later, '/instructions', { format: 'txt' });
  expect(text.headers.get('content-disposition')).toBe('attachment; filename=aluco-mastodon-saml.txt');
  const certificate = /^SAML_IDP_CERT='([A-Za-z0-9+/=]+)'$/mu.exec(text.text)?.[1] ?? '';
  expect(new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.asymmetricKeyType).toBe('rsa');
  expect(text.text).toContain(`\nSAML_IDP_SSO_TARGET_URL=${house.url}/saml/sso\n`);
  // There is no secret: nothing is said of one, and none can be made.
  expect(later.text).not.toMatch(/secret/iu);
  expect((await odile.post(admin(`/${id}/instructions/secret`), { csrf: csrfOf(later) })).status).toBe(400);
  const forged = await odile.submit(later, '/instructions', { format: 'txt', secret: 'x' });
  expect(forged.status).toBe(400);

  const page = await odile.get(admin(`/${id}`));
  expect(page.document.querySelector(`a[href="/admin/applications/${id}/instructions"]`)).not.toBeNull();

  const again = await odile.submit(form, '/new/mastodon-saml', answers);
  expect(again.url.pathname).toBe(`/admin/applications/${id}/instructions`);
  expect(again.text).toContain('had been added already');

  // Two applications cannot call themselves the same.
  const same = await odile.submit(await odile.get(admin('/new/mastodon-saml')), '/new/mastodon-saml', answers);
  expect([same.status, same.document.querySelector('#address[aria-invalid]') === null]).toEqual([422, false]);
});

test('nothing is chosen before odile answers whether people have accounts there already', async () => {
  const page = await odile.get(admin('/new/mastodon'));
  expect(page.document.querySelectorAll('input[name=people]')).toHaveLength(3);
  expect(page.document.querySelectorAll('input[name=people][checked]')).toHaveLength(0);
  const { made } = await addMastodon({ people: '' });
  expect(made.status).toBe(422);
  const { made: awaited } = await addMastodon({ people: 'awaited' });
  expect(await house.parts.applications.get(idOf(awaited))).toMatchObject({
    people: 'awaited',
    entry: { kind: 'nobody' },
  });
});

test('the secret stands in the answer and its download, and behind no address', async () => {
  const { made } = await addMastodon();
  const secret = secretIn(made);
  expect(secret).toBeDefined();
  expect(made.headers.get('cache-control')).toBe('no-store');
  const path = `/${idOf(made)}/instructions`;

  const text = await odile.submit(made, '/instructions', { format: 'txt' });
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(text.headers.get('content-disposition')).toBe('attachment; filename=aluco-mastodon.txt');
  expect(secretIn(text)).toBe(secret);

  for (const address of [admin(path), admin(`${path}?format=txt`), admin(`/${idOf(made)}`)]) {
    expect((await odile.get(address)).text).not.toContain(secret);
  }
  expect((await odile.get(admin(path), { accept: 'text/plain' })).headers.get('content-type')).toContain('text/plain');
  for (const { href } of odile.trail) expect(href).not.toContain(secret);
});

test('the download writes no secret that is not the one of the client', async () => {
  const { made } = await addMastodon();
  const forged = await odile.submit(made, '/instructions', { format: 'txt', secret: 'http://evil.example' });
  expect(forged.status).toBe(400);
  expect(forged.text).not.toContain('evil');
});

test('a new secret takes the place of the old one, shown once with the instructions', async () => {
  const { made } = await addMastodon();
  const later = await odile.get(admin(`/${idOf(made)}/instructions`));
  expect(later.text).toContain('OIDC_CLIENT_SECRET=WRITE-THE-SECRET-HERE');
  const renewed = await odile.submit(later, '/instructions/secret');
  expect(secretIn(renewed)).toMatch(/^[\w-]{43}$/u);
  expect(secretIn(renewed)).not.toBe(secretIn(made));
  const old = await odile.submit(made, '/instructions', { format: 'txt' });
  expect(old.status).toBe(400);
});

test('the form sent twice makes one application, and says that the secret is gone', async () => {
  const count = async (): Promise<number> => (await house.parts.applications.list()).length;
  const before = await count();
  const form = await odile.get(admin('/new/mastodon'));
  const first = await odile.submit(form, '/new/mastodon', ANSWERS);
  const second = await odile.submit(form, '/new/mastodon', ANSWERS);
  expect(await count()).toBe(before + 1);
  expect(second.url.pathname).toBe(`/admin/applications/${idOf(first)}/instructions`);
  expect(secretIn(second)).toBeUndefined();
});

test('the answers come back with what is wrong, and nothing of them becomes markup', async () => {
  const { made } = await addMastodon({ button: `"><script>alert(1)</script>\\`, address: 'https://x.example/path' });
  expect(made.status).toBe(422);
  expect(made.document.querySelector('#button')?.getAttribute('value')).toBe(`"><script>alert(1)</script>\\`);
  expect(made.text).not.toContain('<script>alert');
  const { made: accepted } = await addMastodon({ button: `"><script>alert(1)</script>` });
  expect(accepted.status).toBe(200);
  expect(accepted.text).not.toContain('<script>alert');
});

test('the page of the application keeps what it was made from', async () => {
  const { made } = await addMastodon({ people: 'not-by-name' });
  const page = await odile.get(admin(`/${idOf(made)}`));
  expect(page.document.querySelector(`a[href="/admin/applications/${idOf(made)}/instructions"]`)).not.toBeNull();
  await odile.submit(page, `/${idOf(made)}`, { quota: '3' });
  expect(await house.parts.applications.get(idOf(made))).toMatchObject({
    quota: 3,
    people: 'not-by-name',
    template: { id: 'mastodon', answers: { address: 'https://social.example' } },
  });
});

test('bruno finds none of it, and nobody what is not there', async () => {
  const { made } = await addMastodon();
  const bruno = await signedIn('bruno');
  for (const path of ['/new', '/new/mastodon', '/new/by-hand', `/${idOf(made)}/instructions`]) {
    expect([path, (await bruno.get(admin(path))).status]).toEqual([path, 403]);
  }
  for (const path of ['/new/nothing', '/new/__proto__', '/nothing/instructions']) {
    expect([path, (await odile.get(admin(path))).status]).toEqual([path, 404]);
  }
  const byHand = await odile.submit(await odile.get(admin('/new/by-hand')), '/by-hand', {
    name: 'X',
    homeUrl: 'https://x.example',
  });
  expect((await odile.get(`${byHand.url.origin}${byHand.url.pathname}/instructions`)).status).toBe(404);
});
