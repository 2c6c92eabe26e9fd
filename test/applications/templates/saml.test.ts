import { X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  placeOf,
  samlPlaceOf,
  TEMPLATES,
  type Block,
  type ServiceProviderSettings,
} from '../../../src/applications/applications.ts';
import { checkServiceProvider } from '../../../src/applications/service-provider-settings.ts';
import { samlPlace } from '../../saml-place.ts';
import {
  readGitlab,
  readMastodonSaml,
  readOcc,
  READERS,
  readPython,
  readSynapseSaml,
  readYaml,
  type Configured,
} from './readers.ts';

const PLACE = placeOf({ ALUCO_URL: 'https://id.example', ALUCO_NAME: 'Le Nid', ALUCO_ALIAS_DOMAIN: 'relay.example' });
const SAML = await samlPlace('https://id.example');
const ADDRESS = 'https://app.example';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';

/** What an administrator may well write on a button. */
const BUTTON = `Chez l'Oiseau "bleu" – $5, %{x},#{1} <%= 2 %>`;

type Made = { provider: ServiceProviderSettings; blocks: readonly Block[]; code: readonly string[] };

/** An application made from a template. `code`: each of the parts to be copied. */
function make(id: string, answers: Record<string, string> = {}): Made {
  const template = findTemplate(id);
  if (template === undefined) throw new Error(`no template ${id}`);
  const given = { name: 'Ours', people: 'none', answers: { address: ADDRESS, ...answers } };
  const made = fromTemplate(template, given, PLACE);
  if (made.protocol !== 'saml') throw new Error(`${id} is not by SAML`);
  const blocks = instructionsOf(made.application, { protocol: 'saml', place: PLACE, saml: SAML }) ?? [];
  const code = blocks.flatMap((block) => (block.kind === 'code' ? [block.lines.join('\n')] : []));
  return { provider: checkServiceProvider(made.serviceProvider), blocks, code };
}

const fieldsOf = ({ blocks }: Made): Record<string, string> =>
  Object.fromEntries(
    blocks.flatMap((block) => (block.kind === 'fields' ? block.lines.map(({ name, value }) => [name, value]) : [])),
  );

const keysOf = ({ blocks }: Made): string[] =>
  blocks.flatMap((block) => (block.kind === 'steps' ? block.lines.map(({ key }) => key) : []));

/** SHA-256 of a certificate that stands somewhere, with or without its first and last line. */
function fingerprintOf(text: string): string {
  const der = text.replaceAll(/-----[A-Z ]+-----|\s/gu, '');
  return new X509Certificate(Buffer.from(der, 'base64')).fingerprint256;
}

const BY_SAML = TEMPLATES.filter(({ protocol }) => protocol === 'saml').map(({ id }) => id);
const GENERIC = { entity: 'urn:example:app', consumer: `${ADDRESS}/acs` };

describe.each(BY_SAML)('%s', (id) => {
  const made = make(id, GENERIC);

  test('needs nothing of its metadata, and nothing it could not check', () => {
    expect(made.provider).toMatchObject({ signedRequests: false, encrypt: true, unsolicited: false });
    expect(made.provider.consumers.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    for (const { url } of made.provider.consumers) expect(url.startsWith(`${ADDRESS}/`)).toBe(true);
  });

  test('says what happens when the certificate is renewed, and nothing of a secret', () => {
    expect(made.blocks.at(-1)).toMatchObject({ title: 'admin.template.saml.renew', kind: 'steps' });
    expect(keysOf(made)).toContain('admin.template.saml.renew_when');
    expect(JSON.stringify(made.blocks)).not.toMatch(/secret/iu);
  });

  test('stands beside the way by OpenID Connect, or alone', () => {
    const template = findTemplate(id);
    const other = template?.protocol === 'saml' ? template.besides : 'none';
    const alone = ['flarum-saml', 'seafile-saml'].includes(id);
    expect(other).toBe(alone ? undefined : id.replace('-saml', ''));
    if (other !== undefined) expect(findTemplate(other)?.protocol).toBe('oidc');
  });
});

test('the instructions hold the certificate that signs at this moment', () => {
  const one = { pem: 'a', fingerprint: 'A', fingerprintSha1: '1' };
  const ours = { entityId: 'e', metadataUrl: 'm', ssoUrl: 's', sloUrl: 'l' };
  const certificates = [
    { ...one, pem: 'b', state: 'previous' },
    { ...one, state: 'signing' },
  ] as const;
  expect(samlPlaceOf({ ...ours, certificates })).toEqual({
    ...ours,
    certificate: 'a',
    fingerprint: 'A',
    fingerprintSha1: '1',
  });
  expect(() => samlPlaceOf({ ...ours, certificates: certificates.slice(0, 1) })).toThrow('no certificate');
});

describe.skipIf(!READERS.omniauth)('Mastodon', () => {
  const said = { uid: 'alice', name: 'Alice', email: 'x@relay.example', full_name: 'other', mail: 'y@relay.example' };

  test.each(['older', 'newer'] as const)(
    'in its %s versions, sets OmniAuth up with the lines of its environment, and takes the name from uid',
    (version) => {
      const { provider, code } = make('mastodon-saml', { button: BUTTON, only: 'yes' });
      const found: Configured = readMastodonSaml(code[0] ?? '', version, said);
      expect(found).toMatchObject({
        display_name: BUTTON,
        issuer: provider.entityId,
        consumer: provider.consumers[0]?.url,
        sso: SAML.ssoUrl,
        nameid: PERSISTENT,
        certificate: SAML.fingerprint,
        subject: 'alice',
        name: 'Alice',
        email: 'x@relay.example',
        assume_verified: true,
      });
      const packed = new URL(found.request).searchParams.get('SAMLRequest') ?? '';
      const request = inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8');
      expect(request).toContain(`>${provider.entityId}</saml:Issuer>`);
      expect(request).toContain(`AssertionConsumerServiceURL='${ADDRESS}/auth/auth/saml/callback'`);
      expect(request).toContain(`Format='${PERSISTENT}'`);
      expect(new URL(found.request).origin).toBe('https://id.example');
    },
  );

  test('signs in nobody whose name is missing', () => {
    const { code } = make('mastodon-saml');
    expect(() => readMastodonSaml(code[0] ?? '', 'older', { email: 'x@relay.example' })).toThrow(/missing 'uid'/u);
  });

  test('locks nobody out before the accounts are attached', () => {
    const only = make('mastodon-saml', { only: 'yes' });
    expect(keysOf(only)[0]).toBe('admin.template.mastodon.only_last');
    expect(only.code[0]).toContain('OMNIAUTH_ONLY=true');
    expect(make('mastodon-saml').code[0]).not.toContain('OMNIAUTH_ONLY');
  });
});

describe.skipIf(!READERS.pysaml2)('Synapse', () => {
  const attributes = [
    { name: 'uid', format: BASIC, value: 'alice' },
    { name: 'displayName', format: BASIC, value: 'Alice' },
    { name: 'email', format: BASIC, value: 'x@relay.example' },
  ];

  test('reads the basic names through its library, which drops them without the setting', () => {
    const { provider, code } = make('synapse-saml', { button: BUTTON });
    expect(provider).toMatchObject({
      entityId: `${ADDRESS}/_synapse/client/saml2/metadata.xml`,
      consumers: [{ url: `${ADDRESS}/_synapse/client/saml2/authn_response` }],
      attributes: 'basic',
      logout: [],
    });
    expect(readSynapseSaml(code[0] ?? '', attributes)).toEqual({
      read: { uid: ['alice'], displayName: ['Alice'], email: ['x@relay.example'] },
      readWithout: {},
    });
  });

  test('knows this site by its metadata, and shows the button as it was written', () => {
    expect(readYaml(make('synapse-saml', { button: BUTTON }).code[0] ?? '')).toMatchObject({
      saml2_config: {
        idp_entityid: SAML.entityId,
        idp_name: BUTTON,
        sp_config: { metadata: { remote: [{ url: SAML.metadataUrl }] } },
        user_mapping_provider: { config: { mxid_source_attribute: 'uid' } },
      },
    });
  });

  test('opens the account of the same name only where the administrator said so', () => {
    const opens = (same: string): unknown => readYaml(make('synapse-saml', { same }).code[0] ?? '');
    expect(opens('no')).toMatchObject({ saml2_config: { grandfathered_mxid_source_attribute: '' } });
    expect(opens('yes')).toMatchObject({ saml2_config: { grandfathered_mxid_source_attribute: 'uid' } });
  });
});

describe('Nextcloud', () => {
  const optionsOf = (words: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      words.flatMap((word) => [...word.matchAll(/^--([\w.-]+)=(.*)$/gsu)].map(([, name, value]) => [name, value])),
    );

  test('is told by its own commands who we are, and where the name, the address and the groups stand', () => {
    const { provider, code } = make('nextcloud-saml', { address: `${ADDRESS}/cloud`, button: BUTTON, groups: 'yes' });
    // What the command that makes a provider prints is the number that the next one is about.
    const commands = readOcc(`case $- in *) ;; esac\n${code[0]}`);
    expect(commands.slice(0, 3)).toEqual([
      ['app:install', 'user_saml'],
      ['config:app:set', 'user_saml', 'type', '--value=saml'],
      ['config:app:set', 'user_saml', 'general-allow_multiple_user_back_ends', '--value=1'],
    ]);
    const set = commands[3] ?? [];
    expect([set[0], ...set.slice(-2)]).toEqual(['saml:config:set', '--', 'saml:config:create']);
    const options = optionsOf(set);
    expect(options).toMatchObject({
      'general-idp0_display_name': BUTTON,
      'general-uid_mapping': 'uid',
      'sp-entityId': provider.entityId,
      'sp-name-id-format': PERSISTENT,
      'idp-entityId': SAML.entityId,
      'idp-singleSignOnService.url': SAML.ssoUrl,
      'saml-attribute-mapping-displayName_mapping': 'displayName',
      'saml-attribute-mapping-email_mapping': 'email',
      'saml-attribute-mapping-group_mapping': 'groups',
      'security-wantAssertionsSigned': '1',
      'security-wantMessagesSigned': '1',
    });
    expect(fingerprintOf(options['idp-x509cert'] ?? '')).toBe(SAML.fingerprint);
    // Signing out together needs its key: until then it is not told where.
    expect(options).not.toHaveProperty('idp-singleLogoutService.url');
    expect(provider.consumers.map(({ url }) => url)).toEqual([
      `${ADDRESS}/cloud/apps/user_saml/saml/acs`,
      `${ADDRESS}/cloud/index.php/apps/user_saml/saml/acs`,
    ]);
  });

  test('signs what it says of sign-outs with a key that the second commands make', () => {
    const { code } = make('nextcloud-saml');
    const stand = 'cat() { printf "%s" "in $1"; }; openssl() { :; }; rm() { :; }; provider=7';
    const [set = []] = readOcc(`${stand}\n${code[1]}`);
    expect([set[0], ...set.slice(-2)]).toEqual(['saml:config:set', '--', '7']);
    expect(optionsOf(set)).toMatchObject({
      'security-logoutRequestSigned': '1',
      'security-logoutResponseSigned': '1',
      'idp-singleLogoutService.url': SAML.sloUrl,
      'sp-x509cert': 'in saml.crt',
      'sp-privateKey': 'in saml.key',
    });
  });
});

describe.skipIf(!READERS.ruby)('GitLab', () => {
  test('is set up by its file: the user name from uid, and a certificate that OpenSSL reads', () => {
    const { provider, code } = make('gitlab-saml', { button: BUTTON, block: 'yes' });
    const settings = readGitlab(code[0] ?? '');
    expect(settings).toMatchObject({
      omniauth_allow_single_sign_on: ['saml'],
      omniauth_block_auto_created_users: true,
      omniauth_providers: [
        {
          name: 'saml',
          label: BUTTON,
          args: {
            assertion_consumer_service_url: provider.consumers[0]?.url,
            issuer: provider.entityId,
            idp_sso_target_url: SAML.ssoUrl,
            name_identifier_format: PERSISTENT,
            attribute_statements: { nickname: ['uid'], name: ['name'], email: ['email'] },
          },
        },
      ],
    });
    const [{ args }] = settings['omniauth_providers'] as [{ args: { idp_cert: string } }];
    expect(args.idp_cert).toBe(SAML.certificate.trim());
    expect(fingerprintOf(args.idp_cert)).toBe(SAML.fingerprint);
  });
});

test('Flarum recognises people by their relay address, since its extension reads it nowhere else', () => {
  const made = make('flarum-saml', { address: `${ADDRESS}/forum` });
  expect(made.provider).toMatchObject({
    entityId: `${ADDRESS}/forum/auth/saml/metadata`,
    consumers: [{ url: `${ADDRESS}/forum/auth/saml/acs` }],
    nameId: 'emailAddress',
    nameIdFixed: true,
  });
  expect(fieldsOf(made)).toMatchObject({
    'Identity Provider Metadata URL': SAML.metadataUrl,
    'Attribute to map the username to': 'uid',
  });
  // It is no part of Flarum, and that is said first.
  expect(made.blocks[0]).toMatchObject({ verified: false });
});

describe.skipIf(!READERS.yaml)('Seafile', () => {
  test('reads our metadata by itself, and gets an identifier that stays in place of an address', () => {
    const { provider, code } = make('seafile-saml');
    expect(provider).toMatchObject({
      entityId: `${ADDRESS}/saml2/metadata/`,
      consumers: [{ url: `${ADDRESS}/saml2/acs/` }],
      nameId: 'persistent',
      nameIdFixed: true,
    });
    expect(readPython(code[1] ?? '')).toEqual({
      ENABLE_ADFS_LOGIN: true,
      LOGIN_REDIRECT_URL: '/saml2/complete/',
      SAML_REMOTE_METADATA_URL: SAML.metadataUrl,
      SAML_PROVIDER_IDENTIFIER: 'saml',
      SAML_ATTRIBUTE_MAPPING: { name: ['display_name'], mail: ['contact_email'] },
    });
  });
});

describe('an application that we know nothing of', () => {
  test('is set up as its administrator says, and told everything under the usual names', () => {
    const answers = { ...GENERIC, logout: `${ADDRESS}/sls`, nameid: 'unspecified', attributes: 'both' };
    const made = make('generic-saml', answers);
    expect(made.provider).toMatchObject({
      entityId: 'urn:example:app',
      consumers: [{ url: `${ADDRESS}/acs`, index: 0, isDefault: true }],
      logout: [{ binding: 'redirect', url: `${ADDRESS}/sls` }],
      nameId: 'unspecified',
      nameIdFixed: false,
      attributes: 'both',
    });
    expect(fieldsOf(made)).toMatchObject({
      'Metadata URL': SAML.metadataUrl,
      'Entity ID': SAML.entityId,
      'Single sign-on URL': SAML.ssoUrl,
      'Single logout URL': SAML.sloUrl,
      'Certificate fingerprint (SHA-256)': SAML.fingerprint,
      'Certificate fingerprint (SHA-1)': SAML.fingerprintSha1,
      'NameID format': 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
      'SP entity ID': 'urn:example:app',
    });
    expect(fingerprintOf(made.code[0] ?? '')).toBe(SAML.fingerprint);
    expect(keysOf(made)).toEqual(
      expect.arrayContaining(['admin.template.generic_saml.names_basic', 'admin.template.generic_saml.names_oid']),
    );
  });

  test('hears of no sign-out where it did not say where', () => {
    expect(make('generic-saml', GENERIC).provider).toMatchObject({ logout: [], nameId: 'persistent' });
  });
});
