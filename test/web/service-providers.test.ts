import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Application, ServiceProvider } from '../../src/applications/applications.ts';
import { translator } from '../../views/text.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import {
  consumer,
  endpoint,
  entity,
  federation,
  FORUM,
  keyDescriptor,
  openSite,
  signed,
  WIKI,
} from '../saml/service-metadata.ts';
import { makeVisitor, type Fields, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');
const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
const ESCAPED = EVIL.replaceAll('<', '&lt;').replaceAll('"', '&quot;');

let house: House;
let odile: Visitor;
let application: Application;
let key: TestKey;
beforeAll(async () => {
  key = makeKey();
  house = await openHouse();
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'bruno');
  odile = await signedIn('odile');
});
beforeEach(async () => {
  for (const { id } of await house.parts.applications.serviceProviders())
    await house.parts.applications.removeServiceProvider(id);
  application = await addApplication(house.parts, 'Forum', 'https://forum.example/');
});
afterAll(() => house.close());

async function signedIn(person: 'odile' | 'bruno'): Promise<Visitor> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
  return visitor;
}

const below = (path: string): string => `${house.url}/admin/applications/${application.id}/service-providers${path}`;
const at = ({ id }: ServiceProvider, path = ''): string => `${house.url}/admin/service-providers/${id}${path}`;
const xml = (content: BlobPart): File => new File([content], 'metadata.xml', { type: 'text/xml' });
const words = (page: Page): string => page.document.textContent.replaceAll(/\s+/gu, ' ');

/** Sends the form for metadata as Odile fills it. */
const add = async (fields: Fields): Promise<Page> =>
  odile.submit(await odile.get(below('/new')), '/service-providers/new', { source: 'paste', label: 'Main', ...fields });

/** The only service provider of the application. */
async function only(): Promise<ServiceProvider> {
  const [provider, ...others] = await house.parts.applications.serviceProvidersOf(application.id);
  expect(others).toEqual([]);
  if (provider === undefined) throw new Error('no service provider');
  return provider;
}

/** The messages above a form, with the fields they lead to. */
const problems = (page: Page): Record<string, string> =>
  Object.fromEntries(
    page.document.querySelectorAll('.problem a').map((link) => [link.getAttribute('href') ?? '', link.textContent]),
  );

/** Adds the forum from its metadata, and opens its page. */
async function addForum(metadata = entity()): Promise<{ page: Page; forum: ServiceProvider }> {
  const page = await add({ metadata });
  expect(page.url.search).toBe('?notice=provider_added');
  return { page, forum: await only() };
}

describe('Odile adds a service provider', () => {
  test('from its metadata, and reads what was understood and what to write there', async () => {
    const inside = [
      keyDescriptor(key.certificate),
      endpoint('SingleLogoutService', 'HTTP-Redirect', 'https://forum.example/slo'),
      endpoint('SingleLogoutService', 'SOAP', 'https://forum.example/soap'),
      consumer(),
      consumer('https://old.forum.example/acs', 'index="7" isDefault="true"'),
    ].join('');
    const { page, forum } = await addForum(entity({ inside, role: 'AuthnRequestsSigned="true"' }));
    expect(page.url.pathname).toBe(`/admin/service-providers/${forum.id}`);
    const said = words(page);
    const { certificates, ...addresses } = await house.parts.saml.ours();
    for (const part of [FORUM, 'https://forum.example/acs', 'https://forum.example/slo', 'CN=sp.example']) {
      expect(said).toContain(part);
    }
    for (const address of [addresses.entityId, addresses.ssoUrl, addresses.sloUrl]) expect(said).toContain(address);
    const codes = page.document.querySelectorAll('code[data-copy]').map((code) => code.textContent);
    const [ours] = certificates;
    expect(codes).toEqual(expect.arrayContaining([ours?.fingerprint, ours?.fingerprintSha1]));
    expect(page.text).toContain(ours?.pem);
    expect(said).toContain(t('admin.saml.remark.logout_binding'));
    expect(said).toContain(t('admin.provider.must_be_signed'));
    const rows = page.document.querySelectorAll('table tbody tr').map((row) => row.textContent);
    expect(rows).toContain('https://old.forum.example/acs7Yes');
    const back = await odile.get(`${house.url}/admin/applications/${application.id}`);
    expect(back.document.querySelector(`a[href="/admin/service-providers/${forum.id}"]`)?.textContent.trim()).toBe(
      'Main',
    );
  });

  test('from a file', async () => {
    const page = await add({ source: 'file', metadataFile: xml(`\uFEFF${entity()}`) });
    expect(page.status).toBe(200);
    expect(await only()).toMatchObject({ label: 'Main', entityId: FORUM });
  });

  test('from an address, with the name its metadata gives where she gives none', async () => {
    const name =
      '<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="en">Le Forum</mdui:DisplayName></mdui:UIInfo></md:Extensions>';
    const site = await openSite((_req, res) => res.end(entity({ inside: name + consumer() })));
    await add({ source: 'url', metadataUrl: `${site.url}/metadata`, label: '' });
    expect(await only()).toMatchObject({ label: 'Le Forum', metadata: { url: `${site.url}/metadata` } });
    await site.close();
  });

  test('of several by choosing, or by writing the entity ID of one', async () => {
    const metadata = federation([entity(), entity({ entityId: WIKI, inside: consumer('https://wiki.example/acs') })]);
    const choice = await add({ metadata });
    expect(choice.document.querySelectorAll('input[name=entity]').map((one) => one.getAttribute('value'))).toEqual([
      FORUM,
      WIKI,
    ]);
    const unanswered = await odile.submit(choice, '/new');
    expect([unanswered.status, Object.keys(problems(unanswered))]).toEqual([422, ['#entity']]);
    const made = await odile.submit(unanswered, '/new', { entity: WIKI });
    expect(made.status).toBe(200);
    expect(await only()).toMatchObject({ label: 'Main', entityId: WIKI });
    const again = await odile.submit(choice, '/new', { entity: WIKI });
    expect(problems(again)).toEqual({ '#entity': t('error.entity_id_taken') });
    const many = federation(Array.from({ length: 52 }, (_, place) => entity({ entityId: `urn:sp:${place}` })));
    const long = await add({ metadata: many });
    expect(long.document.querySelectorAll('input[name=entity]')).toHaveLength(50);
    const absent = await odile.submit(long, '/new', { otherEntity: 'urn:sp:none' });
    expect(problems(absent)).toEqual({
      '#otherEntity': t('admin.saml.reason.entity_absent', { entity: 'urn:sp:none' }),
    });
    await odile.submit(absent, '/new', { otherEntity: 'urn:sp:51' });
    expect(await house.parts.applications.serviceProviderNamed('urn:sp:51')).toBeDefined();
  });

  test('only where one of her keys has signed the metadata', async () => {
    const whole = entity({ of: 'ID="_e"' });
    const other = makeKey();
    const unsigned = await add({ metadata: whole, keys: key.pem });
    expect(problems(unsigned)).toEqual({ '#keys': t('admin.saml.reason.signature_missing') });
    const foreign = await add({ metadata: signed(whole, other), keys: key.pem });
    expect(problems(foreign)).toEqual({ '#keys': t('admin.saml.reason.signature_invalid') });
    const none = await add({ metadata: whole, keys: 'my key' });
    expect(problems(none)).toEqual({ '#keys': t('error.metadata_key_invalid') });
    expect(await house.parts.applications.serviceProvidersOf(application.id)).toEqual([]);
    await add({ metadata: signed(whole, key), keys: `${other.pem}\n${key.pem}` });
    expect((await only()).metadata?.keys).toHaveLength(2);
  });

  const refusals: readonly (readonly [string, () => Fields, Record<string, string>])[] = [
    ['nothing pasted', () => ({}), { '#metadata': t('error.metadata_required') }],
    ['no file', () => ({ source: 'file' }), { '#metadataFile': t('error.metadata_required') }],
    ['no address', () => ({ source: 'url' }), { '#metadataUrl': t('error.url_invalid') }],
    ['no answer', () => ({ source: 'elsewhere', metadata: entity() }), { '#source': t('error.choice_required') }],
    ['no XML', () => ({ metadata: '<md:EntityDescriptor' }), { '#metadata': t('admin.saml.reason.xml_invalid') }],
    [
      'a page',
      () => ({ metadata: '<html></html>' }),
      { '#metadata': t('admin.saml.reason.not_metadata', { element: 'html' }) },
    ],
    ['a DOCTYPE', () => ({ metadata: `<!DOCTYPE a>${entity()}` }), { '#metadata': t('admin.saml.reason.doctype') }],
    [
      'a file in another encoding',
      () => ({ source: 'file', metadataFile: xml(Buffer.from('<é/>', 'latin1')) }),
      { '#metadataFile': t('error.metadata_encoding') },
    ],
    [
      'no address for answers',
      () => ({ metadata: entity({ inside: consumer().replace('HTTP-POST', 'HTTP-Artifact') }) }),
      { '#metadata': t('admin.saml.reason.no_consumer') },
    ],
    [
      'an address without encryption',
      () => ({ metadata: entity({ inside: consumer('http://forum.example/acs') }) }),
      { '#metadata': t('admin.saml.reason.address_http', { address: 'http://forum.example/acs' }) },
    ],
    [
      'an address in a private network',
      () => ({ source: 'url', metadataUrl: 'https://192.168.1.1/metadata' }),
      { '#metadataUrl': t('error.metadata_private', { host: '192.168.1.1' }) },
    ],
  ];
  test.each(refusals)('and is told exactly what is wrong with %s', async (_, fields, wrong) => {
    const page = await add(fields());
    expect([page.status, problems(page)]).toEqual([422, wrong]);
    expect(page.document.querySelector('#label')?.getAttribute('value')).toBe('Main');
    expect(await house.parts.applications.serviceProvidersOf(application.id)).toEqual([]);
  });

  test('and finds what was in a file again where something was wrong with it', async () => {
    const page = await add({ source: 'file', metadataFile: xml('<html></html>') });
    expect(page.document.querySelector('#metadata')?.textContent).toBe('<html></html>');
    expect(Object.keys(problems(page))).toEqual(['#metadata']);
  });
});

describe('without metadata', () => {
  const HAND = {
    label: 'Main',
    entityId: 'urn:forum',
    consumers: 'https://forum.example/a\nhttps://forum.example/b',
    logout: 'https://forum.example/slo',
    logoutBinding: 'post',
    nameId: 'emailAddress',
  };
  const write = async (fields: Fields): Promise<Page> =>
    odile.submit(await odile.get(below('/by-hand')), '/by-hand', { ...HAND, ...fields });

  test('Odile writes everything by hand, and changes it later', async () => {
    await write({ signingCertificates: key.pem, signedRequests: 'on' });
    const made = await only();
    expect(made).toMatchObject({
      entityId: 'urn:forum',
      consumers: [
        { url: 'https://forum.example/a', index: 0, isDefault: true },
        { url: 'https://forum.example/b', index: 1, isDefault: false },
      ],
      logout: [{ binding: 'post', url: 'https://forum.example/slo' }],
      signingCertificates: [key.certificate],
      signedRequests: true,
      encrypt: true,
      nameId: 'emailAddress',
    });
    const page = await odile.get(at(made));
    await odile.submit(page, at(made).slice(house.url.length), {
      consumers: 'https://forum.example/c\nhttps://forum.example/b',
    });
    expect(await only()).toMatchObject({
      consumers: [
        { url: 'https://forum.example/c', index: 0, isDefault: true },
        { url: 'https://forum.example/b', index: 1, isDefault: false },
      ],
      signingCertificates: [key.certificate],
      logout: [{ binding: 'post', url: 'https://forum.example/slo' }],
    });
  });

  test('and is told at each field what is wrong', async () => {
    const page = await write({
      label: '',
      entityId: 'two words',
      consumers: 'ftp://forum.example',
      logout: 'forum',
      nameId: 'x509',
      unsolicitedState: 'é'.repeat(41),
    });
    expect(page.status).toBe(422);
    expect(problems(page)).toEqual({
      '#label': t('error.application_name_required'),
      '#entityId': t('error.entity_id_invalid'),
      '#consumers': t('error.consumer_invalid'),
      '#logout': t('error.url_invalid'),
      '#nameId': t('error.choice_required'),
      '#unsolicitedState': t('error.relay_state_invalid'),
    });
    expect(problems(await write({ encryptionCertificates: 'none' }))).toEqual({
      '#encryptionCertificates': t('error.certificate_invalid'),
    });
    expect(problems(await write({ signedRequests: 'on' }))).toEqual({
      '#signedRequests': t('error.certificate_required'),
    });
    await write({});
    expect(problems(await write({}))).toEqual({ '#entityId': t('error.entity_id_taken') });
  });
});

describe('on its page', () => {
  test('Odile chooses what it is sent, and no form changes what its metadata says', async () => {
    const { page, forum } = await addForum();
    const saved = await odile.submit(page, `/service-providers/${forum.id}`, {
      label: 'Salon',
      nameId: 'unspecified',
      nameIdFixed: 'on',
      attributes: 'both',
      subjectAttribute: 'pairwise-id',
      unsolicited: 'on',
      unsolicitedState: 'home',
      encrypt: '',
      entityId: 'urn:evil',
      consumers: 'https://evil.example/acs',
    });
    expect(saved.url.search).toBe('?notice=saved');
    const { metadata, ...after } = await only();
    expect(after).toEqual({
      ...forum,
      metadata: undefined,
      label: 'Salon',
      nameId: 'unspecified',
      nameIdFixed: true,
      attributes: 'both',
      subjectAttribute: 'pairwise-id',
      unsolicited: true,
      unsolicitedState: 'home',
      encrypt: false,
    });
    expect(metadata).toEqual(forum.metadata);
  });

  test('she reads why its metadata could not be read again, and that the previous one stays', async () => {
    const site = await openSite();
    await add({ source: 'url', metadataUrl: site.url });
    const before = await only();
    site.answer = (_req, res) => res.end(entity({ inside: consumer('http://forum.example/acs') }));
    const failed = await odile.submit(await odile.get(at(before)), '/refresh');
    expect(words(failed)).toContain(t('admin.saml.reason.address_http', { address: 'http://forum.example/acs' }));
    expect(words(failed)).toContain(t('admin.provider.previous_stays'));
    expect((await only()).consumers).toEqual(before.consumers);
    site.answer = (_req, res) => res.end(entity({ inside: consumer('https://forum.example/new') }));
    const read = await odile.submit(failed, '/refresh');
    expect(words(read)).toContain(t('admin.provider.refreshed'));
    expect(words(read)).not.toContain(t('admin.provider.previous_stays'));
    expect((await only()).consumers).toMatchObject([{ url: 'https://forum.example/new' }]);
    await site.close();
  });

  test('she gives it new metadata, which is refused where it is not good', async () => {
    const { page, forum } = await addForum();
    const other = await odile.submit(page, '/metadata', { metadata: entity({ entityId: WIKI }) });
    expect([other.status, problems(other)]).toEqual([
      422,
      { '#metadata': t('error.metadata_other_entity', { entity: FORUM }) },
    ]);
    const broken = await odile.submit(page, '/metadata', { metadata: '', metadataFile: xml('<a>') });
    expect(problems(broken)).toEqual({ '#metadataFile': t('admin.saml.reason.xml_invalid') });
    const empty = await odile.submit(page, '/metadata', { metadata: '' });
    expect(problems(empty)).toEqual({ '#metadata': t('error.metadata_required') });
    expect(await only()).toEqual(forum);
    await odile.submit(page, '/metadata', { metadata: entity({ inside: consumer('https://forum.example/new') }) });
    expect((await only()).consumers).toMatchObject([{ url: 'https://forum.example/new' }]);
  });

  test('she removes it', async () => {
    const { page, forum } = await addForum();
    const after = await odile.submit(page, '/remove');
    expect(after.url.pathname).toBe(`/admin/applications/${application.id}`);
    expect(words(after)).toContain(t('admin.provider.removed'));
    expect((await odile.get(at(forum))).status).toBe(404);
  });
});

describe('where the application is tried', () => {
  const request = (acs: string): string =>
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${house.url}/saml/sso" AssertionConsumerServiceURL="${acs}"><saml:Issuer>${FORUM}</saml:Issuer></samlp:AuthnRequest>`;
  const address = (acs: string): string =>
    `${house.url}/saml/sso?SAMLRequest=${encodeURIComponent(deflateRawSync(request(acs)).toString('base64'))}`;
  const look = (): Promise<Page> => odile.get(`${house.url}/admin/applications/${application.id}/try`);

  test('Odile sees what would be sent for her own profile', async () => {
    const { forum } = await addForum();
    expect(words(await look())).toContain(t('admin.try.client', { client: forum.label }));
    const account = await house.parts.accounts.findByLogin('odile');
    await house.parts.profiles.create(account?.id ?? '', application, { name: 'owl', note: '' });
    const [profile] = (await house.parts.profiles.at(account?.id ?? '', application)).profiles;
    const page = await look();
    const rows = page.document.querySelectorAll('table tbody tr').map((row) => row.textContent);
    expect(rows).toContain('uidowl');
    expect(words(page)).toContain(profile?.subject);
    expect(page.text).toContain(`&lt;saml:Audience>${FORUM}`);
  });

  test('she pastes a request and reads what it says and what is wrong with it', async () => {
    const { forum } = await addForum();
    const good = await odile.submit(await look(), '/examine', { request: address('https://forum.example/acs') });
    expect(good.status).toBe(200);
    expect(words(good)).toContain(t('admin.try.request_good'));
    expect(good.text).toContain('AssertionConsumerServiceURL=&quot;https://forum.example/acs&quot;');
    const bad = await odile.submit(good, '/examine', { request: address('https://evil.example/acs') });
    expect(words(bad)).toContain(t('admin.saml.reason.consumer_unknown'));
    expect(words(bad)).not.toContain(t('admin.try.would_answer'));
    const posted = Buffer.from(request('https://forum.example/acs')).toString('base64');
    expect(words(await odile.submit(bad, '/examine', { request: posted }))).toContain(t('admin.try.request_good'));
    const none = await odile.submit(bad, '/examine', { request: EVIL });
    expect([none.status, Object.keys(problems(none))]).toEqual([422, ['#request']]);
    expect(none.text).not.toContain('<script>alert');
    expect(problems(await odile.submit(bad, '/examine', { request: ' ' }))).toEqual({
      '#request': t('error.request_required'),
    });
    expect(await house.parts.recent.read(application.id)).toEqual([]);
    expect(await only()).toEqual(forum);
  });

  test('she reads how the last sign-ins by SAML went', async () => {
    const { forum } = await addForum();
    const record = (outcome: 'saml_answered' | 'saml_status' | 'saml_refused', asked?: string): void =>
      house.parts.recent.record(application.id, {
        outcome,
        clientId: forum.id,
        stranger: outcome === 'saml_refused',
        ...(asked === undefined ? {} : { asked }),
      });
    record('saml_answered');
    record('saml_status', 'NoPassive');
    record('saml_refused', 'destination_wrong');
    record('saml_refused', EVIL);
    const page = await look();
    const entries = page.document.querySelectorAll('.timeline li').map((entry) => entry.textContent);
    expect(entries).toHaveLength(4);
    for (const entry of entries) expect(entry).toContain('· Main');
    const all = entries.join(' ');
    expect(all).toContain(t('admin.signin.saml_answered'));
    expect(all).toContain(t('admin.saml.status.NoPassive'));
    expect(all).toContain(t('admin.saml.reason.destination_wrong'));
    expect(page.text).toContain(ESCAPED);
    expect(page.text).not.toContain('<script>alert');
  });
});

test('nothing that an application says of itself becomes markup', async () => {
  const entityId = `urn:${EVIL.replaceAll(' ', '')}`;
  const written = entityId.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const named = `<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="en">${ESCAPED}</mdui:DisplayName></mdui:UIInfo></md:Extensions>`;
  const hostile = entity({ entityId: written, inside: named + consumer() });
  const shown: Page[] = [await add({ metadata: hostile, label: '' })];
  const evil = await only();
  expect(evil).toMatchObject({ entityId, label: EVIL.slice(0, 60) });
  await house.parts.applications.changeServiceProvider(evil.id, (before) => ({
    ...before,
    metadata: {
      url: 'https://forum.example/metadata',
      keys: [],
      takenAt: 0,
      remarks: [EVIL.slice(0, 60)],
      problem: { code: 'metadata_invalid', params: { reason: 'entity_absent', entity: EVIL } },
    },
  }));
  for (const path of [at(evil), `${house.url}/admin/saml`, `${house.url}/admin/applications/${application.id}`])
    shown.push(await odile.get(path));
  shown.push(await odile.get(`${house.url}/admin/applications/${application.id}/try`));
  shown.push(await add({ metadata: federation([hostile, entity()]) }));
  shown.push(await add({ metadata: hostile.replaceAll('forum.example/acs', 'forum.example/&lt;script>alert(1)') }));
  shown.push(await add({ metadata: `<x${EVIL}`, label: EVIL, keys: EVIL, metadataUrl: `javascript:alert(1)` }));
  for (const page of shown) {
    expect([page.url.pathname, page.text.includes('<script>alert'), page.text.includes('<img src=x')]).toEqual([
      page.url.pathname,
      false,
      false,
    ]);
    expect(page.text).not.toMatch(/href="\s*javascript:/iu);
  }
  expect(shown[1]?.text).toContain(ESCAPED);
});

describe('of all this', () => {
  const pages = (id: string): string[] => [
    below('/new'),
    below('/by-hand'),
    `${house.url}/admin/service-providers/${id}`,
  ];
  const forms = (id: string): string[] => [
    below('/new'),
    below('/by-hand'),
    ...['', '/refresh', '/metadata', '/remove', '/examine'].map(
      (verb) => `${house.url}/admin/service-providers/${id}${verb}`,
    ),
  ];

  test('Bruno finds nothing, and a stranger the way to sign in', async () => {
    const { forum } = await addForum();
    const bruno = await signedIn('bruno');
    const { account } = { account: await bruno.get(`${house.url}/account`) };
    const csrf = account.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    for (const url of pages(forum.id)) {
      expect([url, (await bruno.get(url)).status]).toEqual([url, 403]);
      expect((await makeVisitor().get(url)).url.pathname).toMatch(/^\/journey\//u);
    }
    for (const url of forms(forum.id)) {
      expect([url, (await bruno.post(url, { csrf, metadata: entity() })).status]).toEqual([url, 403]);
    }
    expect(await only()).toEqual(forum);
  });

  test('a form of another session does nothing, nor does one without a token', async () => {
    const { forum } = await addForum();
    const elsewhere = await signedIn('odile');
    const page = await elsewhere.get(at(forum));
    const csrf = page.document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    expect(csrf).not.toBe('');
    for (const url of forms(forum.id)) {
      for (const fields of [{ csrf }, {}]) {
        const files = /new|metadata$/u.test(url);
        const answer = await odile.post(url, { ...fields, label: 'Stolen', metadata: entity() }, {}, files);
        expect([url, answer.status]).toEqual([url, 403]);
      }
    }
    expect(await only()).toEqual(forum);
  });

  test('an address that a form was sent to leads back to its page', async () => {
    const { forum } = await addForum();
    for (const verb of ['refresh', 'metadata', 'remove', 'examine']) {
      expect((await odile.get(at(forum, `/${verb}`))).url.pathname).toBe(`/admin/service-providers/${forum.id}`);
    }
    expect((await odile.get(at({ ...forum, id: 'nobody' }))).status).toBe(404);
    expect((await odile.get(`${house.url}/admin/applications/nobody/service-providers/new`)).status).toBe(404);
  });
});
