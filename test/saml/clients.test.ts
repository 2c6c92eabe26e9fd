import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SAML } from '@node-saml/node-saml';
import { beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_PROVIDER_DEFAULTS, type ServiceProvider } from '../../src/applications/applications.ts';
import { judgeAuthnRequest, type Judgement } from '../../src/saml/judge.ts';
import { openMessage, type Message } from '../../src/saml/message.ts';
import { fromForm, fromQuery, type Received } from '../../src/saml/received.ts';
import { makeKey, type TestKey } from './keys.ts';
import { BLOG, form, signedQuery, SSO } from './requests.ts';

const ENTITY = 'https://aluco.example/saml/metadata';
const SLO = 'https://aluco.example/saml/slo';
const ACS = 'https://blog.example/acs';
const STATE = 'https://blog.example/some/long/address/that/is/longer/than/eighty/bytes?and=has&a=query+of%20its#own';

const hasPysaml = spawnSync('/usr/bin/python3', ['-c', 'import saml2']).status === 0;
const hasRuby = spawnSync('ruby', ['-e', 'require "onelogin/ruby-saml"']).status === 0;

let key: TestKey;
beforeAll(() => {
  key = makeKey();
});

const blog: ServiceProvider = {
  ...SERVICE_PROVIDER_DEFAULTS,
  id: 'p1',
  applicationId: 'a1',
  label: 'Blog',
  entityId: BLOG,
  consumers: [{ url: ACS, index: 0, isDefault: true }],
};

type Outcome = { message: Message; signed: boolean; judgement: Judgement | undefined; relayState: string | undefined };

function receive(received: Received, now = Date.now()): Outcome {
  const { message, signed } = openMessage(received).verify([key.certificate]);
  const provider = { ...blog, signedRequests: signed };
  const here = { now, destination: SSO, entityId: ENTITY, sendsAddress: true };
  const judgement = message.kind === 'AuthnRequest' ? judgeAuthnRequest(message, signed, provider, here) : undefined;
  return { message, signed, judgement, relayState: received.relayState };
}

const queryOf = (address: string): string => address.slice(address.indexOf('?') + 1);

describe('node-saml', () => {
  const client = (signs: boolean): SAML =>
    new SAML({
      callbackUrl: ACS,
      entryPoint: SSO,
      logoutUrl: SLO,
      issuer: BLOG,
      idpCert: key.pem,
      signatureAlgorithm: 'sha256',
      // Its default is SHA-1, which is refused (A83).
      digestAlgorithm: 'sha256',
      ...(signs ? { privateKey: key.privateKey } : {}),
    });

  test.each([true, false])('sends people here by an address, signed: %s', async (signs) => {
    const address = await client(signs).getAuthorizeUrlAsync(STATE, undefined, {});
    expect(receive(fromQuery(queryOf(address)))).toMatchObject({
      message: { kind: 'AuthnRequest', issuer: BLOG, consumerUrl: ACS, destination: SSO },
      signed: signs,
      judgement: { consumer: ACS, contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport' },
      relayState: STATE,
    });
  });

  test.each([true, false])('sends people here by a form, signed: %s', async (signs) => {
    const poster = client(signs);
    poster.options.authnRequestBinding = 'HTTP-POST';
    const { SAMLRequest } = await poster.getAuthorizeMessageAsync(STATE, undefined, {});
    const body = new URLSearchParams({ SAMLRequest: String(SAMLRequest), RelayState: STATE }).toString();
    const outcome = receive(fromForm(body));
    expect(outcome).toMatchObject({ signed: signs, judgement: { consumer: ACS }, relayState: STATE });
    expect(outcome.judgement).not.toHaveProperty('status');
  });

  test('asks to sign people out', async () => {
    const user = { issuer: ENTITY, nameID: 'owl', nameIDFormat: 'urn:f', sessionIndex: '_s1' };
    const address = await client(true).getLogoutUrlAsync(user, STATE, {});
    expect(receive(fromQuery(queryOf(address)))).toMatchObject({
      message: {
        kind: 'LogoutRequest',
        destination: SLO,
        nameId: { value: 'owl', format: 'urn:f' },
        sessionIndexes: ['_s1'],
      },
      signed: true,
    });
  });
});

const PYTHON = `
import json, sys
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.saml import NameID
given = json.load(sys.stdin)
idp = '''<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%(entity)s">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<SingleLogoutService Binding="%(redirect)s" Location="%(slo)s"/>
<SingleSignOnService Binding="%(redirect)s" Location="%(sso)s"/><SingleSignOnService Binding="%(post)s" Location="%(sso)s"/>
</IDPSSODescriptor></EntityDescriptor>''' % dict(given, redirect=BINDING_HTTP_REDIRECT, post=BINDING_HTTP_POST)
config = SPConfig()
config.load({
  "entityid": given["blog"], "xmlsec_binary": "/usr/bin/xmlsec1", "metadata": {"inline": [idp]},
  "key_file": given["key"], "cert_file": given["cert"],
  "service": {"sp": {"endpoints": {"assertion_consumer_service": [(given["acs"], BINDING_HTTP_POST)]},
    "authn_requests_signed": True, "logout_requests_signed": True}},
})
client = Saml2Client(config)
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA = "http://www.w3.org/2001/04/xmlenc#sha256"
out = {}
_, info = client.prepare_for_authenticate(given["entity"], relay_state=given["state"], binding=BINDING_HTTP_REDIRECT, sign=True, sigalg=RSA)
out["redirect"] = dict(info["headers"])["Location"]
_, request = client.create_authn_request(given["sso"], binding=BINDING_HTTP_POST, sign=True, sign_alg=RSA, digest_alg=SHA)
out["post"] = str(request)
_, request = client.create_authn_request(given["sso"], binding=BINDING_HTTP_POST, sign=False)
out["unsigned"] = str(request)
_, request = client.create_logout_request(given["slo"], given["entity"], name_id=NameID(text="owl", format="urn:f"),
  session_indexes=["s1", "s2"], sign=True, sign_alg=RSA, digest_alg=SHA)
out["logout"] = str(request)
print(json.dumps(out))
`;

describe.skipIf(!hasPysaml)('pysaml2, as Synapse and Seafile use it (skipped where it is not installed)', () => {
  let made: Record<'redirect' | 'post' | 'unsigned' | 'logout', string>;
  beforeAll(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'aluco-pysaml-'));
    const files = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
    writeFileSync(files.key, key.privateKey);
    writeFileSync(files.cert, key.pem);
    const input = JSON.stringify({ ...files, entity: ENTITY, sso: SSO, slo: SLO, acs: ACS, blog: BLOG, state: STATE });
    const output = execFileSync('/usr/bin/python3', ['-c', PYTHON], { input, encoding: 'utf8', stdio: 'pipe' });
    rmSync(folder, { recursive: true });
    made = JSON.parse(output) as typeof made;
  });

  test('sends people here by an address', () => {
    expect(receive(fromQuery(queryOf(made.redirect)))).toMatchObject({
      message: { issuer: BLOG, destination: SSO },
      signed: true,
      judgement: { consumer: ACS },
      relayState: STATE,
    });
  });

  test('sends people here by a form', () => {
    expect(receive(fromForm(form(made.post)))).toMatchObject({ signed: true, judgement: { consumer: ACS } });
    expect(receive(fromForm(form(made.unsigned)))).toMatchObject({ signed: false, judgement: { consumer: ACS } });
  });

  test('asks to sign people out', () => {
    expect(receive(fromForm(form(made.logout)))).toMatchObject({
      message: { kind: 'LogoutRequest', nameId: { value: 'owl', format: 'urn:f' }, sessionIndexes: ['s1', 's2'] },
      signed: true,
    });
  });
});

const RUBY = `
require 'json'
require 'onelogin/ruby-saml'
OneLogin::RubySaml::Logging.logger = Logger.new(STDERR)
given = JSON.parse(STDIN.read)
settings = OneLogin::RubySaml::Settings.new
settings.issuer = given['blog']
settings.idp_sso_service_url = given['sso']
settings.assertion_consumer_service_url = given['acs']
settings.name_identifier_format = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
settings.authn_context = 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password'
settings.certificate = given['cert']
settings.private_key = given['key']
settings.security[:authn_requests_signed] = true
settings.security[:signature_method] = XMLSecurity::Document::RSA_SHA256
settings.security[:digest_method] = XMLSecurity::Document::SHA256
out = {}
settings.security[:embed_sign] = false
out['redirect'] = OneLogin::RubySaml::Authrequest.new.create(settings, 'RelayState' => given['state'])
settings.security[:embed_sign] = true
settings.idp_sso_service_binding = :post if settings.respond_to?(:idp_sso_service_binding=)
out['post'] = OneLogin::RubySaml::Authrequest.new.create_params(settings)['SAMLRequest']
puts JSON.generate(out)
`;

describe.skipIf(!hasRuby)('ruby-saml, as Mastodon and GitLab use it (skipped where it is not installed)', () => {
  let made: Record<'redirect' | 'post', string>;
  beforeAll(() => {
    const input = JSON.stringify({ key: key.privateKey, cert: key.pem, sso: SSO, acs: ACS, blog: BLOG, state: STATE });
    made = JSON.parse(execFileSync('ruby', ['-e', RUBY], { input, encoding: 'utf8', stdio: 'pipe' })) as typeof made;
  });

  test('sends people here by an address', () => {
    expect(receive(fromQuery(queryOf(made.redirect)))).toMatchObject({
      message: { issuer: BLOG, consumerUrl: ACS, nameIdPolicy: { allowCreate: true } },
      signed: true,
      judgement: {
        consumer: ACS,
        nameId: 'persistent',
        contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
      },
      relayState: STATE,
    });
  });

  test('sends people here by a form', () => {
    const body = new URLSearchParams({ SAMLRequest: made.post, RelayState: '' }).toString();
    expect(receive(fromForm(body))).toMatchObject({ signed: true, judgement: { consumer: ACS }, relayState: '' });
  });
});

describe('programs that are not at hand, by what they write', () => {
  const NOW = Date.parse('2026-11-27T09:00:00Z');

  test('mod_auth_mellon sends people here', () => {
    const xml =
      '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
      ` ID="_0A1B2C3D" Version="2.0" IssueInstant="2026-11-27T09:00:00Z" Destination="${SSO}" Consent="urn:oasis:names:tc:SAML:2.0:consent:current-implicit"` +
      ` ForceAuthn="false" IsPassive="false" AssertionConsumerServiceURL="${ACS}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">` +
      `<saml:Issuer>${BLOG}</saml:Issuer>` +
      '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" AllowCreate="true"/></samlp:AuthnRequest>';
    const outcome = receive(fromQuery(signedQuery(xml, key, STATE)), NOW);
    expect(outcome).toMatchObject({
      signed: true,
      judgement: { consumer: ACS, nameId: 'transient' },
      relayState: STATE,
    });
  });

  test('php-saml sends people here, in many lines', () => {
    const xml = `<samlp:AuthnRequest
    xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
    xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
    ID="ONELOGIN_0a1b2c3d"
    Version="2.0"
    IssueInstant="2026-11-27T09:00:00Z"
    Destination="${SSO}"
    ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    AssertionConsumerServiceURL="${ACS}">
    <saml:Issuer>${BLOG}</saml:Issuer>
    <samlp:NameIDPolicy
        Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
        AllowCreate="true" />
    <samlp:RequestedAuthnContext Comparison="exact">
        <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
    </samlp:RequestedAuthnContext>
</samlp:AuthnRequest>`;
    const outcome = receive(fromQuery(signedQuery(xml, key, STATE)), NOW);
    expect(outcome).toMatchObject({ signed: true, judgement: { consumer: ACS, nameId: 'persistent' } });
    expect(outcome.judgement).not.toHaveProperty('status');
  });

  test('a .NET program sends people here, with default namespaces and seven digits of a second', () => {
    const xml =
      `<?xml version="1.0" encoding="utf-8"?>\r\n<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="id0a1b" Version="2.0"` +
      ` IssueInstant="2026-11-27T09:00:00.1234567Z" Destination="${SSO}" AssertionConsumerServiceIndex="0">\r\n` +
      `  <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${BLOG}</Issuer>\r\n</AuthnRequest>\r\n`;
    const lower = signedQuery(xml, key, STATE).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
    expect(() => receive(fromQuery(lower), NOW)).toThrow('saml_message_invalid');
    expect(receive(fromForm(form(xml)), NOW)).toMatchObject({ signed: false, judgement: { consumer: ACS } });
  });
});
