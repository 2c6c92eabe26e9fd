import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { makeKey } from '../saml/keys.ts';
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
import type { Fields, Page } from '../visitor.ts';
import { file, openDesk, problemsOn, wordsOf, type Desk } from './desk.ts';

const key = makeKey();
const t = translator('en');

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(() => desk.clear());
afterAll(() => desk.house.close());

describe('Odile adds a service provider', () => {
  test('from its metadata, and reads what was understood and what to write there', async () => {
    const inside = [
      keyDescriptor(key.certificate),
      endpoint('SingleLogoutService', 'HTTP-Redirect', 'https://forum.example/slo'),
      endpoint('SingleLogoutService', 'SOAP', 'https://forum.example/soap'),
      consumer(),
      consumer('https://old.forum.example/acs', 'index="7" isDefault="true"'),
    ].join('');
    const { page, forum } = await desk.addForum(entity({ inside, role: 'AuthnRequestsSigned="true"' }));
    expect(page.url.pathname).toBe(`/admin/service-providers/${forum.id}`);
    const said = wordsOf(page);
    const { certificates, ...addresses } = await desk.house.parts.saml.ours();
    for (const part of [
      FORUM,
      'https://forum.example/acs',
      'https://forum.example/slo',
      new X509Certificate(key.pem).subject,
    ]) {
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
    const back = await desk.odile.get(`${desk.house.url}/admin/applications/${desk.application.id}`);
    expect(back.document.querySelector(`a[href="/admin/service-providers/${forum.id}"]`)?.textContent.trim()).toBe(
      'Main',
    );
  });

  test('from a file', async () => {
    const page = await desk.add({ source: 'file', metadataFile: file(`\uFEFF${entity()}`) });
    expect(page.status).toBe(200);
    expect(await desk.only()).toMatchObject({ label: 'Main', entityId: FORUM });
  });

  test('from an address, with the name its metadata gives where she gives none', async () => {
    const name =
      '<md:Extensions><mdui:UIInfo><mdui:DisplayName xml:lang="en">Le Forum</mdui:DisplayName></mdui:UIInfo></md:Extensions>';
    const site = await openSite((_req, res) => res.end(entity({ inside: name + consumer() })));
    await desk.add({ source: 'url', metadataUrl: `${site.url}/metadata`, label: '' });
    expect(await desk.only()).toMatchObject({ label: 'Le Forum', metadata: { url: `${site.url}/metadata` } });
    await site.close();
  });

  test('of several by choosing, or by writing the entity ID of one', async () => {
    const metadata = federation([entity(), entity({ entityId: WIKI, inside: consumer('https://wiki.example/acs') })]);
    const choice = await desk.add({ metadata });
    expect(choice.document.querySelectorAll('input[name=entity]').map((one) => one.getAttribute('value'))).toEqual([
      FORUM,
      WIKI,
    ]);
    const unanswered = await desk.odile.submit(choice, '/new');
    expect([unanswered.status, Object.keys(problemsOn(unanswered))]).toEqual([422, ['#entity']]);
    const made = await desk.odile.submit(unanswered, '/new', { entity: WIKI });
    expect(made.status).toBe(200);
    expect(await desk.only()).toMatchObject({ label: 'Main', entityId: WIKI });
    const again = await desk.odile.submit(choice, '/new', { entity: WIKI });
    expect(problemsOn(again)).toEqual({ '#entity': t('error.entity_id_taken') });
    const many = federation(Array.from({ length: 52 }, (_, place) => entity({ entityId: `urn:sp:${place}` })));
    const long = await desk.add({ metadata: many });
    expect(long.document.querySelectorAll('input[name=entity]')).toHaveLength(50);
    const absent = await desk.odile.submit(long, '/new', { otherEntity: 'urn:sp:none' });
    expect(problemsOn(absent)).toEqual({
      '#otherEntity': t('admin.saml.reason.entity_absent', { entity: 'urn:sp:none' }),
    });
    await desk.odile.submit(absent, '/new', { otherEntity: 'urn:sp:51' });
    expect(await desk.house.parts.applications.serviceProviderNamed('urn:sp:51')).toBeDefined();
  });

  test('only where one of her keys has signed the metadata', async () => {
    const whole = entity({ of: 'ID="_e"' });
    const other = makeKey();
    const unsigned = await desk.add({ metadata: whole, keys: key.pem });
    expect(problemsOn(unsigned)).toEqual({ '#keys': t('admin.saml.reason.signature_missing') });
    const foreign = await desk.add({ metadata: signed(whole, other), keys: key.pem });
    expect(problemsOn(foreign)).toEqual({ '#keys': t('admin.saml.reason.signature_invalid') });
    const none = await desk.add({ metadata: whole, keys: 'my key' });
    expect(problemsOn(none)).toEqual({ '#keys': t('error.metadata_key_invalid') });
    expect(await desk.house.parts.applications.serviceProvidersOf(desk.application.id)).toEqual([]);
    await desk.add({ metadata: signed(whole, key), keys: `${other.pem}\n${key.pem}` });
    expect((await desk.only()).metadata?.keys).toHaveLength(2);
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
      () => ({ source: 'file', metadataFile: file(Buffer.from('<é/>', 'latin1')) }),
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
    const page = await desk.add(fields());
    expect([page.status, problemsOn(page)]).toEqual([422, wrong]);
    expect(page.document.querySelector('#label')?.getAttribute('value')).toBe('Main');
    expect(await desk.house.parts.applications.serviceProvidersOf(desk.application.id)).toEqual([]);
  });

  test('and finds what was in a file again where something was wrong with it', async () => {
    const page = await desk.add({ source: 'file', metadataFile: file('<html></html>') });
    expect(page.document.querySelector('#metadata')?.textContent).toBe('<html></html>');
    expect(Object.keys(problemsOn(page))).toEqual(['#metadata']);
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
    desk.odile.submit(await desk.odile.get(desk.below('/by-hand')), '/by-hand', { ...HAND, ...fields });

  test('Odile writes everything by hand, and changes it later', async () => {
    await write({ signingCertificates: key.pem, signedRequests: 'on' });
    const made = await desk.only();
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
    const page = await desk.odile.get(desk.at(made));
    await desk.odile.submit(page, desk.at(made).slice(desk.house.url.length), {
      consumers: 'https://forum.example/c\nhttps://forum.example/b',
    });
    expect(await desk.only()).toMatchObject({
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
    expect(problemsOn(page)).toEqual({
      '#label': t('error.application_name_required'),
      '#entityId': t('error.entity_id_invalid'),
      '#consumers': t('error.consumer_invalid'),
      '#logout': t('error.url_invalid'),
      '#nameId': t('error.choice_required'),
      '#unsolicitedState': t('error.relay_state_invalid'),
    });
    expect(problemsOn(await write({ encryptionCertificates: 'none' }))).toEqual({
      '#encryptionCertificates': t('error.certificate_invalid'),
    });
    const curve = makeKey(['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']).pem;
    expect(problemsOn(await write({ signingCertificates: curve, encryptionCertificates: curve }))).toEqual({
      '#encryptionCertificates': t('error.certificate_not_rsa'),
    });
    expect(problemsOn(await write({ signingCertificates: makeKey(['rsa:1024']).pem }))).toEqual({
      '#signingCertificates': t('error.certificate_weak'),
    });
    expect(problemsOn(await write({ signedRequests: 'on' }))).toEqual({
      '#signedRequests': t('error.certificate_required'),
    });
    await write({});
    expect(problemsOn(await write({}))).toEqual({ '#entityId': t('error.entity_id_taken') });
  });
});
