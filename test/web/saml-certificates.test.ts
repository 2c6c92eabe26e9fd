import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_PROVIDER_DEFAULTS } from '../../src/applications/applications.ts';
import { translator } from '../../views/text.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const DAY = 86_400_000;

async function signedIn(house: House, person: 'odile' | 'bruno'): Promise<Visitor> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
  return visitor;
}

const words = (page: Page): string => page.document.textContent.replaceAll(/\s+/gu, ' ');

/** What stands in the parts of the page about certificates, in order. */
const certificatesOn = (page: Page): (string | undefined)[] =>
  page.document.querySelectorAll('[aria-labelledby=certificates] h3').map((heading) => heading.textContent);

describe('the page of our own values', () => {
  let house: House;
  let odile: Visitor;
  let time = Date.UTC(2026, 10, 20);
  beforeAll(async () => {
    house = await openHouse({ now: () => time });
    for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
    odile = await signedIn(house, 'odile');
  });
  afterAll(() => house.close());

  const open = (visitor = odile): Promise<Page> => visitor.get(`${house.url}/admin/saml`);
  const states = async (): Promise<string[]> => (await house.parts.saml.ours()).certificates.map(({ state }) => state);

  test('is for administrators, who find it in their navigation', async () => {
    const page = await open();
    expect(page.document.querySelector('nav a[aria-current=page]')?.getAttribute('href')).toBe('/admin/saml');
    const bruno = await signedIn(house, 'bruno');
    expect((await open(bruno)).status).toBe(403);
    for (const verb of ['prepare', 'activate'])
      expect((await bruno.post(`${house.url}/admin/saml/${verb}`, {})).status).toBe(403);
    expect((await bruno.get(house.url)).document.querySelector('a[href="/admin/saml"]')).toBeNull();
  });

  test('says everything that a service provider asks for', async () => {
    const page = await open();
    const { certificates, ...ours } = await house.parts.saml.ours();
    const [certificate] = certificates;
    const codes = page.document.querySelectorAll('code[data-copy]').map((code) => code.textContent);
    expect(codes).toEqual([
      ours.entityId,
      ours.metadataUrl,
      ours.ssoUrl,
      ours.sloUrl,
      certificate?.fingerprint,
      certificate?.fingerprintSha1,
    ]);
    expect(page.text).toContain(certificate?.pem);
    expect(certificatesOn(page)).toEqual([t('admin.saml.certificate_signing')]);
  });

  test('a form of another session, or without a token, changes no certificate', async () => {
    const other = await open(await signedIn(house, 'odile'));
    const csrf = other.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    for (const fields of [{ csrf }, {}])
      expect((await odile.post(`${house.url}/admin/saml/prepare`, fields as Record<string, string>)).status).toBe(403);
    expect(await states()).toEqual(['signing']);
  });

  test('Odile prepares the next certificate, once, and lets it sign when everybody knows it', async () => {
    const application = await addApplication(house.parts, 'Forum', 'https://forum.example/');
    const { id } = await house.parts.applications.addServiceProvider(application.id, {
      ...SERVICE_PROVIDER_DEFAULTS,
      label: '<b>Main</b>',
      entityId: 'urn:forum',
      consumers: [{ url: 'https://forum.example/acs', index: 0, isDefault: true }],
    });
    const before = await open();
    time += DAY / 24;
    const prepared = await odile.submit(before, '/prepare');
    expect(words(prepared)).toContain(t('admin.saml.prepared'));
    expect(certificatesOn(prepared)).toEqual([t('admin.saml.certificate_signing'), t('admin.saml.certificate_next')]);
    const twice = await odile.submit(before, '/prepare');
    expect([twice.status, words(twice)]).toEqual([422, expect.stringContaining(t('error.certificate_already_next'))]);
    expect(await states()).toEqual(['signing', 'next']);

    const link = prepared.document.querySelector(`main a[href="/admin/service-providers/${id}"]`);
    expect(link?.textContent).toBe('Forum, <b>Main</b>');
    const unsure = await odile.submit(prepared, '/activate');
    expect([unsure.status, words(unsure)]).toEqual([422, expect.stringContaining(t('error.certificate_unconfirmed'))]);
    expect(await states()).toEqual(['signing', 'next']);

    const [, next] = (await house.parts.saml.ours()).certificates;
    const signs = await odile.submit(unsure, '/activate', { confirm: 'on' });
    expect(words(signs)).toContain(t('admin.saml.activated'));
    expect(certificatesOn(signs)).toEqual([t('admin.saml.certificate_signing'), t('admin.saml.certificate_previous')]);
    expect((await house.parts.saml.ours()).certificates[0]?.id).toBe(next?.id);
    const late = await odile.submit(unsure, '/activate', { confirm: 'on' });
    expect([late.status, words(late)]).toEqual([422, expect.stringContaining(t('error.certificate_not_next'))]);
  });

  test('an address that a form was sent to leads back to it', async () => {
    for (const verb of ['prepare', 'activate'])
      expect((await odile.get(`${house.url}/admin/saml/${verb}`)).url.pathname).toBe('/admin/saml');
  });

  test('warns when the certificate that signs is about to end, and when it has ended', async () => {
    const { certificates } = await house.parts.saml.ours();
    const end = certificates.find(({ state }) => state === 'signing')?.notAfter ?? 0;
    const warning = async (): Promise<string | undefined> => {
      odile = await signedIn(house, 'odile');
      return (await open()).document.querySelector('[aria-labelledby=certificates] .caution')?.textContent;
    };
    expect(await warning()).toBeUndefined();
    time = end - 91 * DAY;
    expect(await warning()).toBeUndefined();
    time = end - 89.5 * DAY;
    expect(await warning()).toBe(t('admin.saml.warning_ends', { days: 89 }));
    time = end + DAY;
    expect(await warning()).toBe(t('admin.saml.warning_ended'));
  });
});
