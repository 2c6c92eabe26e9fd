import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SAML } from '@node-saml/node-saml';
import { beforeAll, describe, expect, test } from 'vitest';
import { isChoice, readMetadata, type Understood } from '../../src/saml/sp-metadata.ts';
import { makeKey, type TestKey } from './keys.ts';
import { consumer, endpoint, entity, federation, FORUM, keyDescriptor, signed, WIKI } from './service-metadata.ts';

const NOW = Date.UTC(2026, 10, 27, 9);
const HOUR = 3_600_000;

/** What is understood of metadata that leaves no choice. */
function read(xml: string, options: Partial<Parameters<typeof readMetadata>[1]> = {}): Understood {
  const result = readMetadata(xml, { now: NOW, ...options });
  if (isChoice(result)) throw new Error('there is a choice');
  return result;
}

const refusal = (reason: string): unknown =>
  expect.objectContaining({ code: 'metadata_invalid', params: expect.objectContaining({ reason }) });

let rsa: TestKey;
let other: TestKey;
let ec: TestKey;
beforeAll(() => {
  rsa = makeKey();
  other = makeKey();
  ec = makeKey(['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
});

describe('the metadata that service providers write themselves', () => {
  test('node-saml: what odile pastes is understood', () => {
    const saml = new SAML({
      issuer: FORUM,
      callbackUrl: 'https://forum.example/acs',
      logoutCallbackUrl: 'https://forum.example/logout',
      entryPoint: 'https://aluco.example/saml/sso',
      idpCert: other.pem,
      privateKey: rsa.privateKey,
      decryptionPvk: rsa.privateKey,
      identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    });
    const understood = read(saml.generateServiceProviderMetadata(other.pem, rsa.pem));
    expect(understood).toMatchObject({
      entityId: FORUM,
      consumers: [{ url: 'https://forum.example/acs', index: 1, isDefault: true }],
      logout: [{ binding: 'post', url: 'https://forum.example/logout' }],
      signingCertificates: [rsa.certificate],
      encryptionCertificates: [other.certificate],
      signedRequests: true,
      nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    });
    expect(understood.encryptionAlgorithms[0]).toBe('aes256-gcm');
  });

  const hasPysaml = spawnSync('/usr/bin/python3', ['-c', 'import saml2']).status === 0;
  test.skipIf(!hasPysaml)('pysaml2, as Synapse uses it (skipped without python3-pysaml2)', () => {
    const program = `
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
config = SPConfig()
config.load({"entityid": "${FORUM}", "service": {"sp": {
  "endpoints": {
    "assertion_consumer_service": [("https://forum.example/acs", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")],
    "single_logout_service": [("https://forum.example/slo", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect")]},
  "ui_info": {"display_name": [{"text": "Village forum", "lang": "en"}, {"text": "Forum du village", "lang": "fr"}]}}},
  "valid_for": 24})
print(entity_descriptor(config))`;
    const xml = execFileSync('/usr/bin/python3', ['-c', program], { encoding: 'utf8' });
    const understood = read(xml, { now: Date.now() });
    expect(understood).toMatchObject({
      entityId: FORUM,
      consumers: [{ url: 'https://forum.example/acs', index: 1, isDefault: true }],
      logout: [{ binding: 'redirect', url: 'https://forum.example/slo' }],
      displayName: 'Forum du village',
    });
    expect(Math.abs((understood.validUntil ?? 0) - Date.now() - 24 * HOUR)).toBeLessThan(HOUR);
  });

  const MELLON = '/usr/sbin/mellon_create_metadata';
  test.skipIf(!existsSync(MELLON))('mod_auth_mellon (skipped without libapache2-mod-auth-mellon)', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'aluco-mellon-'));
    execFileSync(MELLON, [FORUM, 'https://forum.example/mellon'], { cwd: folder, stdio: 'pipe' });
    const xml = readFileSync(path.join(folder, 'https_forum.example_saml.xml'), 'utf8');
    rmSync(folder, { recursive: true });
    const understood = read(xml);
    expect(understood).toMatchObject({
      entityId: FORUM,
      consumers: [{ url: 'https://forum.example/mellon/postResponse', index: 0, isDefault: true }],
      logout: [{ binding: 'redirect', url: 'https://forum.example/mellon/logout' }],
      signedRequests: true,
    });
    expect(understood.signingCertificates).toEqual(understood.encryptionCertificates);
    expect(understood.signingCertificates).toHaveLength(1);
  });

  const hasRuby = spawnSync('ruby', ['-e', 'require "onelogin/ruby-saml"']).status === 0;
  test.skipIf(!hasRuby)('ruby-saml, as Mastodon uses it (skipped without ruby-saml)', () => {
    const program = `
require "onelogin/ruby-saml"
settings = OneLogin::RubySaml::Settings.new
settings.sp_entity_id = "${FORUM}"
settings.assertion_consumer_service_url = "https://forum.example/auth/auth/saml/callback"
settings.single_logout_service_url = "https://forum.example/slo"
settings.name_identifier_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
settings.certificate = ENV["CERTIFICATE"]
settings.security[:authn_requests_signed] = true
puts OneLogin::RubySaml::Metadata.new.generate(settings, true)`;
    const xml = execFileSync('ruby', ['-e', program], {
      encoding: 'utf8',
      env: { ...process.env, CERTIFICATE: rsa.pem },
    });
    expect(read(xml)).toMatchObject({
      entityId: FORUM,
      consumers: [{ url: 'https://forum.example/auth/auth/saml/callback', index: 0, isDefault: true }],
      logout: [{ binding: 'redirect', url: 'https://forum.example/slo', responseUrl: 'https://forum.example/slo' }],
      signingCertificates: [rsa.certificate],
      signedRequests: true,
      nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    });
  });
});

describe('endpoints', () => {
  const flagged = (...flags: string[]): string =>
    flags.map((flag, index) => consumer(`https://forum.example/${index}`, `index="${index}" ${flag}`)).join('');
  test.each([
    [flagged('', 'isDefault="true"', 'isDefault="true"'), 1],
    [flagged('isDefault="false"', '', ''), 1],
    [flagged('isDefault="false"', 'isDefault="0"'), 0],
    [flagged('isDefault="0"', 'isDefault=" 1 "', ''), 1],
    [flagged('', ''), 0],
  ])('where no request says, answers go to the default one (%#)', (inside, expected) => {
    const { consumers } = read(entity({ inside }));
    expect(consumers.filter(({ isDefault }) => isDefault).map(({ index }) => index)).toEqual([expected]);
  });

  test('what answers cannot be sent to is left out, and odile is told', () => {
    const inside = [
      endpoint('SingleLogoutService', 'SOAP', 'https://forum.example/soap'),
      endpoint(
        'SingleLogoutService',
        'HTTP-POST',
        'https://forum.example/slo',
        'ResponseLocation="https://forum.example/done"',
      ),
      endpoint(
        'AssertionConsumerService',
        'HTTP-Artifact',
        'https://forum.example/artifact',
        'index="0" isDefault="true"',
      ),
      endpoint('AssertionConsumerService', 'PAOS', 'https://forum.example/ecp', 'index="1"'),
      consumer('https://forum.example/acs', 'index="2"'),
    ].join('');
    expect(read(entity({ inside }))).toMatchObject({
      consumers: [{ url: 'https://forum.example/acs', index: 2, isDefault: true }],
      logout: [{ binding: 'post', url: 'https://forum.example/slo', responseUrl: 'https://forum.example/done' }],
      remarks: ['logout_binding', 'logout_without_key', 'consumer_binding'],
    });
  });

  test('one without index gets a free one, and beyond twenty the default one is among those kept', () => {
    const unnumbered = read(
      entity({ inside: consumer('https://forum.example/a', '') + consumer('https://forum.example/b') }),
    );
    expect(unnumbered.consumers.map(({ index }) => index)).toEqual([1, 0]);
    const many = Array.from({ length: 30 }, (_, index) => (index === 29 ? 'isDefault="true"' : ''));
    const { consumers, remarks } = read(entity({ inside: flagged(...many) }));
    expect(consumers).toHaveLength(20);
    expect(consumers.at(-1)).toMatchObject({ index: 29, isDefault: true });
    expect(remarks).toEqual(['consumers_many']);
  });

  test.each([
    ['no_consumer', endpoint('AssertionConsumerService', 'HTTP-Artifact', 'https://forum.example/acs', 'index="0"')],
    ['address_http', consumer('http://forum.example/acs')],
    ['address_http', consumer() + endpoint('SingleLogoutService', 'HTTP-Redirect', 'http://forum.example/slo')],
    ['address_invalid', consumer('javascript:alert(1)')],
    ['address_invalid', consumer('https://forum.example@elsewhere.example/acs')],
    ['address_invalid', consumer('')],
    [
      'address_invalid',
      consumer() + endpoint('SingleLogoutService', 'HTTP-POST', 'https://forum.example', 'ResponseLocation="data:,"'),
    ],
    ['consumer_index', consumer('https://forum.example/a') + consumer('https://forum.example/b')],
    ['consumer_index', consumer('https://forum.example/a', 'index="-1"')],
    ['consumer_index', consumer('https://forum.example/a', 'index="70000"')],
  ])('is refused: %s (%#)', (reason, inside) => {
    expect(() => read(entity({ inside }))).toThrow(refusal(reason));
  });

  test('a service on this very machine may do without https', () => {
    expect(read(entity({ inside: consumer('http://localhost:3000/acs') })).consumers).toHaveLength(1);
  });
});

describe('keys', () => {
  const GCM = 'http://www.w3.org/2009/xmlenc11#aes128-gcm';
  const CBC = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';
  const TRIPLE_DES = 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc';
  const OAEP = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';
  const OLD_RSA = 'http://www.w3.org/2001/04/xmlenc#rsa-1_5';

  test('a key without a use is for both, several are kept in order, one is not kept twice', () => {
    const inside =
      keyDescriptor(rsa.certificate) +
      keyDescriptor(other.certificate, 'signing') +
      keyDescriptor(rsa.certificate, 'signing') +
      consumer();
    expect(read(entity({ inside }))).toMatchObject({
      signingCertificates: [rsa.certificate, other.certificate],
      encryptionCertificates: [rsa.certificate],
      encryptionAlgorithms: [],
      remarks: [],
    });
  });

  test('encryption follows the order of the service provider, as far as we can', () => {
    const inside = keyDescriptor(rsa.certificate, 'encryption', [TRIPLE_DES, CBC, GCM, OAEP, OLD_RSA]) + consumer();
    const { encryptionAlgorithms, remarks } = read(entity({ inside }));
    expect(encryptionAlgorithms).toEqual(['aes256-cbc', 'aes128-gcm']);
    expect(remarks).toEqual(['encryption_method']);
  });

  test.each([[[TRIPLE_DES]], [[OLD_RSA]], [[CBC, OLD_RSA]]])(
    'nothing is encrypted for one that takes only what we refuse (%#)',
    (methods) => {
      const { encryptionCertificates, remarks } = read(
        entity({ inside: keyDescriptor(rsa.certificate, undefined, methods) + consumer() }),
      );
      expect(encryptionCertificates).toEqual([]);
      expect(remarks).toEqual(['encryption_method', 'encryption_impossible']);
    },
  );

  test('an elliptic key signs and is not encrypted to', () => {
    const { signingCertificates, encryptionCertificates, remarks } = read(
      entity({ inside: keyDescriptor(ec.certificate) + consumer() }),
    );
    expect([signingCertificates, encryptionCertificates, remarks]).toEqual([
      [ec.certificate],
      [],
      ['encryption_key_kind'],
    ]);
  });

  test('a certificate is read whatever its line breaks, and odile is told when its dates are over', () => {
    const broken = rsa.certificate.replace(/(.{64})/gu, '\n    $1');
    const { signingCertificates, remarks } = read(entity({ inside: keyDescriptor(broken, 'signing') + consumer() }), {
      now: NOW + 100 * 365 * 24 * HOUR,
    });
    expect([signingCertificates, remarks]).toEqual([[rsa.certificate], ['certificate_expired']]);
  });

  test.each([
    ['certificate_unreadable', () => 'AAAA'],
    ['certificate_unreadable', () => '-----BEGIN CERTIFICATE-----'],
    ['certificate_unreadable', () => rsa.certificate.slice(0, 400)],
    ['certificate_weak', () => makeKey(['rsa:1024']).certificate],
  ])('is refused: %s (%#)', (reason, certificate) => {
    expect(() => read(entity({ inside: keyDescriptor(certificate()) + consumer() }))).toThrow(refusal(reason));
  });

  test('one that signs its requests must say with which key', () => {
    expect(() => read(entity({ role: 'AuthnRequestsSigned="true"' }))).toThrow(refusal('signing_key_missing'));
    const inside = keyDescriptor(rsa.certificate) + consumer();
    expect(read(entity({ role: 'AuthnRequestsSigned="1"', inside })).signedRequests).toBe(true);
    expect(read(entity({ role: 'AuthnRequestsSigned="false"', inside })).signedRequests).toBe(false);
  });
});

describe('several entities', () => {
  const forum = entity();
  const wiki = entity({ entityId: WIKI, inside: consumer('https://wiki.example/acs') });
  const idp = forum.replaceAll('SPSSODescriptor', 'IDPSSODescriptor').replace(FORUM, 'https://idp.example');

  test('odile is asked which one she means, in groups within groups too, and gets that one', () => {
    const xml = federation([idp, federation([forum, federation([wiki], '')], '')]);
    expect(readMetadata(xml, { now: NOW })).toEqual({ choose: [FORUM, WIKI], of: 2 });
    expect(read(xml, { entityId: WIKI }).consumers[0]?.url).toBe('https://wiki.example/acs');
  });

  test('of many she is shown the first fifty', () => {
    const many = Array.from({ length: 120 }, (_, index) => entity({ entityId: `https://sp${index}.example` }));
    const result = readMetadata(federation(many), { now: NOW });
    expect(result).toMatchObject({ of: 120 });
    expect(isChoice(result) && result.choose.length).toBe(50);
  });

  test('the only service provider among others needs no choice', () => {
    expect(read(federation([idp, forum])).entityId).toBe(FORUM);
  });

  test('a defect of one is no fault of another', () => {
    const broken = entity({ entityId: WIKI, inside: consumer('http://wiki.example/acs') });
    expect(read(federation([broken, forum]), { entityId: FORUM }).entityId).toBe(FORUM);
  });

  test.each([
    ['entity_absent', forum, WIKI],
    ['entity_absent', federation([forum]), WIKI],
    ['entity_twice', federation([forum, wiki, forum]), FORUM],
    ['entity_twice', federation([forum, wiki, forum]), undefined],
    ['no_service_provider', idp, undefined],
    ['no_service_provider', federation([]), undefined],
    ['no_service_provider', forum.replace('SAML:2.0:protocol"', 'SAML:1.1:protocol"'), undefined],
    ['several_roles', forum.replace(/<md:SPSSODescriptor.*<\/md:SPSSODescriptor>/u, '$&$&'), undefined],
    ['entity_id_invalid', entity({ entityId: 'a b' }), undefined],
    ['entity_id_invalid', entity({ entityId: '' }), undefined],
    ['entity_id_invalid', entity({ entityId: `https://${'é'.repeat(600)}` }), undefined],
    ['not_metadata', '<html/>', undefined],
    ['not_metadata', forum.replaceAll('SAML:2.0:metadata', 'SAML:3.0:metadata'), undefined],
    ['xml_invalid', forum.slice(0, -5), undefined],
    ['xml_invalid', 'https://forum.example/saml/metadata', undefined],
  ])('is refused: %s (%#)', (reason, xml, entityId) => {
    expect(() => read(xml, { entityId })).toThrow(refusal(reason));
  });
});

describe('times', () => {
  test('the earliest end counts, of the group, the entity or the role', () => {
    const inner = entity({ of: 'validUntil="2026-12-03T00:00:00Z"', role: 'validUntil="2026-12-02T00:00:00.5+01:00"' });
    const xml = federation([inner], 'validUntil="2026-12-04T00:00:00Z"');
    expect(read(xml).validUntil).toBe(Date.UTC(2026, 11, 1, 23, 0, 0, 500));
    expect(read(entity()).validUntil).toBeUndefined();
  });

  test.each([
    ['PT5M', 1],
    ['PT3H30M', 3.5],
    ['P1Y', 24],
    ['P0DT12H0M0.0S', 12],
    ['P', undefined],
    ['-PT5H', undefined],
    [`PT${'9'.repeat(40)}H`, undefined],
  ])('with the cache duration %s it is read again after %s hours', (duration, hours) => {
    const { refreshEvery } = read(entity({ of: `cacheDuration="${duration}"` }));
    expect(refreshEvery).toBe(hours === undefined ? undefined : hours * HOUR);
  });

  test('a date that is none is refused', () => {
    expect(() => read(entity({ of: 'validUntil="tomorrow"' }))).toThrow(refusal('valid_until_invalid'));
    expect(() => read(entity({ of: 'validUntil="2026-13-41T00:00:00Z"' }))).toThrow(refusal('valid_until_invalid'));
  });
});

describe('words', () => {
  const named = (...names: string[]): string =>
    `<md:Extensions><mdui:UIInfo>${names.join('')}</mdui:UIInfo></md:Extensions>${consumer()}`;
  const name = (language: string, text: string): string =>
    `<mdui:DisplayName xml:lang="${language}">${text}</mdui:DisplayName>`;

  test('the name is the French one, else the English one, else any', () => {
    expect(
      read(entity({ inside: named(name('de', 'Dorf'), name('en', 'Village'), name('fr-FR', 'Bourg')) })).displayName,
    ).toBe('Bourg');
    expect(read(entity({ inside: named(name('de', 'Dorf'), name('en', 'Village')) })).displayName).toBe('Village');
    expect(read(entity({ inside: named(name('de', 'Dorf')) })).displayName).toBe('Dorf');
  });

  test('without a name for people it is that of the organization', () => {
    const after =
      '<md:Organization><md:OrganizationName xml:lang="en">Village Ltd</md:OrganizationName></md:Organization>';
    expect(read(entity({ after })).displayName).toBe('Village Ltd');
  });

  test('a name is one short line without tricks', () => {
    const { displayName = '' } = read(
      entity({ inside: named(name('fr', ` Le\n\t\u202Evillage&#10;&lt;b&gt;${'🦉'.repeat(60)}`)) }),
    );
    expect(displayName).toMatch(/^Le village <b>(?:🦉)+$/u);
    expect(displayName.length).toBeLessThanOrEqual(60);
  });
});

describe('documents as they are found', () => {
  test('comments leave nothing behind, between elements and inside of values', () => {
    const xml = entity().replace('<md:SPSS', '<!-- of the <forum> & more --><md:SPSS');
    expect(read(`<?xml version="1.0" encoding="UTF-8"?>\n<!-- example -->\n${xml}\n`).entityId).toBe(FORUM);
    const split = entity({ inside: `<md:NameIDFormat>urn:a<!-- x -->b</md:NameIDFormat>${consumer()}` });
    expect(read(split).nameIdFormats).toEqual(['urn:ab']);
  });

  test('a signed federation is read from what was signed, with a certificate and with a bare key', () => {
    const xml = signed(federation([entity(), entity({ entityId: WIKI })]), rsa);
    expect(read(xml, { entityId: WIKI, keys: [rsa.pem] }).entityId).toBe(WIKI);
    expect(
      read(xml, {
        entityId: WIKI,
        keys: [other.pem, String(createPublicKey(rsa.pem).export({ type: 'spki', format: 'pem' }))],
      }).entityId,
    ).toBe(WIKI);
  });

  test('without keys a signature is not looked at', () => {
    const xml = signed(federation([entity()]), rsa).replaceAll('forum.example/acs', 'forum.example/new');
    expect(read(xml).consumers[0]?.url).toBe('https://forum.example/new');
  });
});
