import { beforeAll, describe, expect, test } from 'vitest';
import { openMessage, type Message, type Opened } from '../../src/saml/message.ts';
import { fromForm, fromQuery } from '../../src/saml/received.ts';
import { makeKey, type TestKey } from './keys.ts';
import { authnRequest, BLOG, form, logoutRequest, packed, reasonOf, signed, signedQuery, SSO } from './requests.ts';

let key: TestKey;
beforeAll(() => {
  key = makeKey();
});

const open = (xml: string, field?: string): Opened => openMessage(fromForm(form(xml, undefined, field)));
const read = (xml: string, field?: string): Message => open(xml, field).verify([]).message;
const reason = (xml: string, field?: string): string => reasonOf(() => read(xml, field));
const NINE = Date.parse('2026-11-27T09:00:00Z');

describe('a sign-in request', () => {
  test('says who asks, and little else needs to be said', () => {
    const xml = authnRequest();
    expect(open(xml)).toMatchObject({ kind: 'AuthnRequest', issuer: BLOG, hasSignature: false });
    expect(open(xml).verify([key.certificate])).toEqual({
      signed: false,
      message: {
        kind: 'AuthnRequest',
        id: '_r1',
        issuer: BLOG,
        issueInstant: NINE,
        destination: SSO,
        forceAuthn: false,
        isPassive: false,
        xml,
      },
    });
  });

  test('is read with all that it may say', () => {
    const attributes =
      ' ForceAuthn="true" IsPassive="1" AssertionConsumerServiceURL="https://blog.example/acs?a=1&amp;b=2"' +
      ' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ProviderName="The blog" Consent="urn:x"';
    const inside =
      '<samlp:Extensions><x xmlns="urn:x">y</x></samlp:Extensions>' +
      '<saml:Subject><saml:NameID Format="urn:f" NameQualifier="q" SPNameQualifier="s"> owl\n</saml:NameID></saml:Subject>' +
      '<samlp:NameIDPolicy Format="urn:g" SPNameQualifier="t" AllowCreate="0"/>' +
      '<saml:Conditions/>' +
      '<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>urn:a</saml:AuthnContextClassRef>' +
      '<saml:AuthnContextClassRef> urn:b </saml:AuthnContextClassRef></samlp:RequestedAuthnContext>' +
      '<samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="urn:i"/></samlp:IDPList></samlp:Scoping>';
    expect(read(authnRequest({ attributes, inside }))).toMatchObject({
      forceAuthn: true,
      isPassive: true,
      consumerUrl: 'https://blog.example/acs?a=1&b=2',
      protocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      subject: { value: 'owl', format: 'urn:f', nameQualifier: 'q', spNameQualifier: 's' },
      nameIdPolicy: { format: 'urn:g', spNameQualifier: 't', allowCreate: false },
      contexts: { comparison: 'minimum', classes: ['urn:a', 'urn:b'], declarations: false },
      providers: ['urn:i'],
    });
    expect(read(authnRequest({ attributes: ' AssertionConsumerServiceIndex="7"' }))).toMatchObject({
      consumerIndex: 7,
    });
  });

  test('may name declarations, or a person in a way that we do not read', () => {
    const inside =
      '<saml:Subject><saml:NameID>owl</saml:NameID><saml:SubjectConfirmation Method="urn:m"/></saml:Subject>' +
      '<samlp:RequestedAuthnContext><saml:AuthnContextDeclRef>urn:d</saml:AuthnContextDeclRef></samlp:RequestedAuthnContext>';
    expect(read(authnRequest({ inside }))).toMatchObject({
      subject: 'unsupported',
      contexts: { comparison: 'exact', classes: [], declarations: true },
    });
    expect(read(authnRequest({ inside: '<saml:Subject><saml:EncryptedID/></saml:Subject>' }))).toMatchObject({
      subject: 'unsupported',
    });
  });

  test.each([
    ['2026-11-27T09:00:00Z', 0],
    ['2026-11-27T09:00:00.5Z', 500],
    ['2026-11-27T09:00:00.1234567Z', 123],
    [' 2026-11-27T09:00:00Z ', 0],
  ])('was made at an instant: %j', (instant, milliseconds) => {
    const message = read(authnRequest().replace('2026-11-27T09:00:00Z', instant));
    expect(message.issueInstant - NINE).toBe(milliseconds);
  });

  test.each([
    '',
    'now',
    '2026-11-27',
    '2026-11-27T09:00:00',
    '2026-11-27T09:00:00+01:00',
    '2026-11-27T09:00:00z',
    '2026-11-27T24:00:00Z',
    '2026-11-27T09:60:00Z',
    '2026-11-27T09:00:60Z',
    '2026-13-01T09:00:00Z',
    '2026-02-30T09:00:00Z',
    '2025-02-29T09:00:00Z',
    '02026-11-27T09:00:00Z',
    '-2026-11-27T09:00:00Z',
    '2026-11-27T09:00:00.Z',
    '2026-11-27T09:00:00.1234567890Z',
  ])('was not made at %j', (instant) => {
    expect(reason(authnRequest().replace('2026-11-27T09:00:00Z', instant))).toBe('instant_invalid');
  });

  test.each([
    ['ID="_r1"', '', 'id_invalid'],
    ['ID="_r1"', 'ID=""', 'id_invalid'],
    ['ID="_r1"', 'ID="1r"', 'id_invalid'],
    ['ID="_r1"', 'ID="a b"', 'id_invalid'],
    ['ID="_r1"', `ID="_${'a'.repeat(256)}"`, 'too_long'],
    ['Version="2.0"', 'Version="1.1"', 'version_unsupported'],
    ['Version="2.0"', '', 'version_unsupported'],
    ['IssueInstant="2026-11-27T09:00:00Z"', '', 'instant_invalid'],
    [`<saml:Issuer>${BLOG}</saml:Issuer>`, '', 'issuer_invalid'],
    [`>${BLOG}<`, '> <', 'issuer_invalid'],
    [`>${BLOG}<`, `>${'a'.repeat(1025)}<`, 'too_long'],
    [`>${BLOG}<`, `>${BLOG}<x/><`, 'structure'],
    ['</saml:Issuer>', '</saml:Issuer><saml:Issuer>b</saml:Issuer>', 'issuer_invalid'],
    ['<saml:Issuer>', '<samlp:Extensions/><saml:Issuer>', 'issuer_invalid'],
    ['<saml:Issuer>', '<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">', 'issuer_invalid'],
    [
      'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"',
      'xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol"',
      'kind_unknown',
    ],
    ['</saml:Issuer>', '</saml:Issuer><samlp:NameIDPolicy/><samlp:NameIDPolicy/>', 'structure'],
    ['</saml:Issuer>', '</saml:Issuer><samlp:NameIDPolicy AllowCreate="yes"/>', 'structure'],
    ['</saml:Issuer>', '</saml:Issuer><samlp:RequestedAuthnContext Comparison="best"/>', 'structure'],
    [
      '</saml:Issuer>',
      '</saml:Issuer><samlp:Scoping><samlp:IDPList><samlp:IDPEntry/></samlp:IDPList></samlp:Scoping>',
      'structure',
    ],
    ['</saml:Issuer>', '</saml:Issuer><saml:Subject><saml:NameID/></saml:Subject>', 'structure'],
    [
      '</saml:Issuer>',
      `</saml:Issuer><samlp:RequestedAuthnContext>${'<saml:AuthnContextClassRef/>'.repeat(21)}</samlp:RequestedAuthnContext>`,
      'too_long',
    ],
    ['</saml:Issuer>', '</saml:Issuer><samlp:Extensions><saml:Assertion/></samlp:Extensions>', 'structure'],
    ['</saml:Issuer>', '</saml:Issuer><samlp:Extensions><EncryptedAssertion/></samlp:Extensions>', 'structure'],
    [
      '</saml:Issuer>',
      '</saml:Issuer><samlp:Extensions><x:AuthnRequest xmlns:x="urn:x"/></samlp:Extensions>',
      'structure',
    ],
    ['Version', 'ForceAuthn="TRUE" Version', 'structure'],
    ['Version', 'AssertionConsumerServiceIndex="-1" Version', 'consumer_index'],
    ['Version', 'AssertionConsumerServiceIndex="65536" Version', 'consumer_index'],
    ['Version', `AssertionConsumerServiceURL="https://${'a'.repeat(2048)}" Version`, 'too_long'],
  ])('is refused with %.50j → %.90j', (from, to, expected) => {
    const xml = authnRequest();
    expect(xml).toContain(from);
    expect(reason(xml.replace(from, to))).toBe(expected);
  });

  test('comes as a request, and nothing else does', () => {
    expect(reason(authnRequest(), 'SAMLResponse')).toBe('kind_unknown');
    expect(reason(authnRequest().replaceAll('AuthnRequest', 'ArtifactResolve'))).toBe('kind_unknown');
    expect(reason(authnRequest().replaceAll('AuthnRequest', 'Response'), 'SAMLResponse')).toBe('kind_unknown');
  });
});

describe('a logout request', () => {
  test('says whose sessions end', () => {
    const inside = '<samlp:SessionIndex>s1</samlp:SessionIndex><samlp:SessionIndex> s2</samlp:SessionIndex>';
    const attributes = ` NotOnOrAfter="2026-11-27T09:05:00Z" Reason="urn:oasis:names:tc:SAML:2.0:logout:user"`;
    expect(read(logoutRequest({ attributes, inside }))).toMatchObject({
      kind: 'LogoutRequest',
      id: '_l1',
      issuer: BLOG,
      notOnOrAfter: NINE + 300_000,
      nameId: { value: 'owl' },
      sessionIndexes: ['s1', 's2'],
    });
    expect(read(logoutRequest({ inside: '' }))).toMatchObject({ sessionIndexes: [] });
  });

  test('names one person', () => {
    const named = (name: string): string => logoutRequest().replace('<saml:NameID>owl</saml:NameID>', name);
    expect(read(named('<saml:EncryptedID/>'))).toMatchObject({ nameId: undefined });
    expect(reason(named(''))).toBe('structure');
    expect(reason(named('<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>'))).toBe('structure');
    expect(reason(named('<saml:NameID>a</saml:NameID><saml:EncryptedID/>'))).toBe('structure');
    expect(reason(named(`<saml:NameID>${'a'.repeat(1025)}</saml:NameID>`))).toBe('too_long');
  });

  test('names no more than fifty sessions', () => {
    const inside = (number: number): string => '<samlp:SessionIndex>s</samlp:SessionIndex>'.repeat(number);
    expect(reason(logoutRequest({ inside: inside(50) }))).toBe('taken');
    expect(reason(logoutRequest({ inside: inside(51) }))).toBe('too_long');
  });
});

describe('an answer to a logout request', () => {
  const answer = (status: string, attributes = ' InResponseTo="_q1"'): string =>
    logoutRequest({ attributes })
      .replaceAll('LogoutRequest', 'LogoutResponse')
      .replace(/<saml:NameID>.*<\/samlp:SessionIndex>/, status);

  test('says how it went', () => {
    const status =
      '<samlp:Status><samlp:StatusCode Value="urn:a"><samlp:StatusCode Value="urn:b"/></samlp:StatusCode>' +
      '<samlp:StatusMessage>No</samlp:StatusMessage></samlp:Status>';
    expect(read(answer(status), 'SAMLResponse')).toMatchObject({
      kind: 'LogoutResponse',
      inResponseTo: '_q1',
      statusCodes: ['urn:a', 'urn:b'],
    });
    expect(read(answer(status, ''), 'SAMLResponse')).not.toHaveProperty('inResponseTo');
  });

  test.each([
    ['', 'structure'],
    ['<samlp:Status/>', 'structure'],
    ['<samlp:Status><samlp:StatusCode/></samlp:Status>', 'structure'],
    ['<samlp:Status><samlp:StatusCode Value="a"/><samlp:StatusCode Value="b"/></samlp:Status>', 'structure'],
  ])('is refused where it does not: %j', (status, expected) => {
    expect(reason(answer(status), 'SAMLResponse')).toBe(expected);
  });

  test('comes as an answer, and to a request that can be', () => {
    const status = '<samlp:Status><samlp:StatusCode Value="urn:a"/></samlp:Status>';
    expect(reason(answer(status))).toBe('kind_unknown');
    expect(reason(answer(status, ' InResponseTo="1"'), 'SAMLResponse')).toBe('id_invalid');
  });
});

describe('a signed message', () => {
  test('is read from what was signed, over both bindings', () => {
    const inForm = open(signed(authnRequest(), key));
    expect(inForm).toMatchObject({ hasSignature: true, issuer: BLOG });
    const { message, signed: isSigned } = inForm.verify([key.certificate]);
    expect(isSigned).toBe(true);
    expect(message).toMatchObject({ id: '_r1', issuer: BLOG, destination: SSO });
    expect(message.xml).not.toContain('Signature');

    const inQuery = openMessage(fromQuery(signedQuery(authnRequest(), key, 'a+b c')));
    expect(inQuery.hasSignature).toBe(true);
    expect(inQuery.verify([key.certificate])).toMatchObject({ signed: true, message: { id: '_r1' } });
  });

  test('is refused where nothing is known to verify it with', () => {
    expect(reason(signed(authnRequest(), key))).toBe('signature_key_missing');
    const inQuery = openMessage(fromQuery(signedQuery(authnRequest(), key)));
    expect(reasonOf(() => inQuery.verify([]))).toBe('signature_key_missing');
  });

  test('in an address is not signed inside', () => {
    const query = `SAMLRequest=${packed(signed(authnRequest(), key))}`;
    expect(reasonOf(() => openMessage(fromQuery(query)))).toBe('signature_place');
  });
});
