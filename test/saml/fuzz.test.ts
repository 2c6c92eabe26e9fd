import { deflateRawSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { SERVICE_PROVIDER_DEFAULTS, type ServiceProvider } from '../../src/applications/applications.ts';
import { UserError } from '../../src/errors.ts';
import { judgeAuthnRequest } from '../../src/saml/judge.ts';
import { openMessage } from '../../src/saml/message.ts';
import { fromForm, fromQuery } from '../../src/saml/received.ts';
import { makeKey, type TestKey } from './keys.ts';
import { authnRequest, BLOG, logoutRequest, RSA_SHA256, signed, SSO } from './requests.ts';

const RUNS = 20_000;
const NOW = Date.parse('2026-11-27T09:00:00Z');

const rich = authnRequest({
  attributes: ' ForceAuthn="true" AssertionConsumerServiceURL="https://blog.example/acs"',
  inside:
    '<samlp:Extensions><x xmlns="urn:x" y="z">w</x></samlp:Extensions><saml:Subject><saml:NameID Format="urn:f">owl</saml:NameID></saml:Subject>' +
    '<samlp:NameIDPolicy AllowCreate="1"/><samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>urn:a</saml:AuthnContextClassRef>' +
    '</samlp:RequestedAuthnContext><samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="urn:i"/></samlp:IDPList></samlp:Scoping>',
});
const answer = logoutRequest()
  .replaceAll('LogoutRequest', 'LogoutResponse')
  .replace(/<saml:NameID>.*<\/samlp:SessionIndex>/, '<samlp:Status><samlp:StatusCode Value="urn:a"/></samlp:Status>');

let key: TestKey;
let whole: { xml: string; weight: number }[];
beforeAll(() => {
  key = makeKey();
  whole = [
    { xml: authnRequest(), weight: 8 },
    { xml: rich, weight: 8 },
    { xml: logoutRequest(), weight: 4 },
    { xml: answer, weight: 4 },
    // Verifying one takes ten times as long as all the rest.
    { xml: signed(rich, key), weight: 2 },
  ];
});

/** A message in pieces that mean something: tags, names, values, texts. */
const piecesOf = (xml: string): string[] => xml.match(/<\/?|\/?>|[\w:.-]+|="|"|\s+|[^<>\w]/g) ?? [];

/** What a piece may become. */
const piece = fc.oneof(
  fc.constantFrom(
    '<',
    '>',
    '/>',
    '</',
    '"',
    "'",
    '=',
    ' ',
    '&',
    ';',
    '&amp;',
    '&#x0;',
    '&#xD;',
    '&x;',
    '&#65;',
    ']]>',
    '<!--',
    '-->',
    '<?x?>',
    '<![CDATA[',
    '<!DOCTYPE a>',
    '\0',
    '\u0085',
    '\u2028',
    '\uFFFE',
    '\uD800',
    '\uFEFF',
    '\r',
    '\n',
    '\u{1F989}',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'xmlns=""',
    ' xmlns="urn:x"',
    ' xmlns:samlp="urn:x"',
    ' xmlns:xml="urn:x"',
    ' xmlns:q="relative"',
    'xml:id="_r1"',
    ' ID="_r1"',
    ' Id="_x"',
    'samlp:',
    'saml:',
    'q:',
    ':',
    'xmlns',
    'xml',
    'ID',
    'Issuer',
    'Signature',
    'Assertion',
    'AuthnRequest',
    'Status',
    'true',
    '2',
    '65536',
    '-1',
    '<a/>',
    '<samlp:AuthnRequest/>',
    '<saml:Issuer>a</saml:Issuer>',
    '<saml:NameID/>',
    '<samlp:NameIDPolicy/>',
    '<samlp:Status/>',
    '<samlp:Scoping/>',
    '2026-02-30T09:00:00Z',
    '9999-12-31T23:59:59Z',
    '#',
    'x'.repeat(3000),
    '<a>'.repeat(60),
    ' b=""'.repeat(80),
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

type Change = {
  kind: 'replace' | 'insert' | 'remove' | 'double' | 'swap' | 'cut';
  at: number;
  other: number;
  piece: string;
};

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'double', 'swap', 'cut'),
  at: fc.nat({ max: 2000 }),
  other: fc.nat({ max: 2000 }),
  piece,
});

function changed(xml: string, changes: readonly Change[]): string {
  const pieces = piecesOf(xml);
  for (const { kind, at, other, piece } of changes) {
    const index = at % Math.max(1, pieces.length);
    const far = other % Math.max(1, pieces.length);
    if (kind === 'replace') pieces[index] = piece;
    if (kind === 'insert') pieces.splice(index, 0, piece);
    if (kind === 'remove') pieces.splice(index, 1 + (other % 4));
    if (kind === 'double') pieces.splice(index, 0, ...pieces.slice(index, index + (other % 12)));
    if (kind === 'swap') [pieces[index], pieces[far]] = [pieces[far] ?? '', pieces[index] ?? ''];
    if (kind === 'cut' && other % 8 === 0) pieces.length = index;
  }
  return pieces.join('');
}

/** Other values in the places where messages have values: these nearly always stay well-formed. */
const value = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    'true',
    'maximum',
    'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
    '2026-11-27T08:59:00Z',
    SSO,
    BLOG,
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

function refilled(xml: string, fills: readonly { at: number; text: string }[]): string {
  const places = [...xml.matchAll(/(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)/g)].map((match) => ({
    from: match.index,
    length: match[0].length,
  }));
  let result = xml;
  for (const { at, text } of fills.toSorted((a, b) => (b.at % places.length) - (a.at % places.length))) {
    const place = places[at % places.length];
    if (place !== undefined)
      result = result.slice(0, place.from) + escaped(text) + result.slice(place.from + place.length);
  }
  return result;
}

/** Mostly nothing. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const transport = fc.record({
  binding: fc.constantFrom('redirect', 'post'),
  field: fc.constantFrom('right', 'right', 'right', 'right', 'wrong'),
  state: rarely(fc.string({ unit: 'binary', maxLength: 30 })),
  charset: fc.constantFrom('utf8', 'utf8', 'utf8', 'utf8', 'utf8', 'utf8', 'latin1', 'utf16le'),
  signature: rarely(fc.uint8Array({ minLength: 1, maxLength: 300 })),
  algorithm: fc.constantFrom(RSA_SHA256, RSA_SHA256.replace('rsa', 'ecdsa'), 'urn:x', ''),
  damage: rarely(fc.record({ at: fc.nat({ max: 3000 }), text: fc.string({ unit: 'binary-ascii', maxLength: 4 }) })),
});
type Transport = typeof transport extends fc.Arbitrary<infer T> ? T : never;

/** The query or form that carries a message. */
function sent(xml: string, { binding, field, state, charset, signature, algorithm, damage }: Transport): string {
  const bytes = Buffer.from(xml, charset as BufferEncoding);
  const base64 = (binding === 'redirect' ? deflateRawSync(bytes) : bytes).toString('base64');
  const isAnswer = xml.includes('LogoutResponse') === (field === 'right');
  const parameters = new URLSearchParams({ [isAnswer ? 'SAMLResponse' : 'SAMLRequest']: base64 });
  if (state !== null) parameters.set('RelayState', state);
  if (signature !== null) parameters.set('SigAlg', algorithm);
  if (signature !== null) parameters.set('Signature', Buffer.from(signature).toString('base64'));
  const text = parameters.toString();
  if (damage === null) return text;
  const at = damage.at % text.length;
  return text.slice(0, at) + damage.text + text.slice(at + damage.text.length);
}

const blog: ServiceProvider = {
  ...SERVICE_PROVIDER_DEFAULTS,
  id: 'p1',
  applicationId: 'a1',
  label: 'Blog',
  entityId: BLOG,
  consumers: [{ url: 'https://blog.example/acs', index: 0, isDefault: true }],
};

/** How far a message gets: the reason why it is refused, or what it is. */
function outcomeOf(text: string, binding: string): string {
  let opened: ReturnType<typeof openMessage> | undefined;
  try {
    opened = openMessage(binding === 'redirect' ? fromQuery(text) : fromForm(text));
    const { message, signed: isSigned } = opened.verify([key.certificate]);
    if (message.kind !== 'AuthnRequest') return `taken: ${message.kind}`;
    const here = { now: NOW, destination: SSO, entityId: 'urn:i', sendsAddress: true };
    const { status = 'served' } = judgeAuthnRequest(message, isSigned, blog, here);
    return `taken: ${isSigned ? 'signed' : status}`;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'saml_message_invalid') throw error;
    return `refused${opened === undefined ? '' : ' late'}: ${String(error.params['reason'])}`;
  }
}

test('whatever is sent is understood or refused, and nothing else ever happens', () => {
  const counted = new Map<string, number>();
  const template = fc.nat({ max: 25 });
  fc.assert(
    fc.property(
      template,
      fc.array(fc.record({ at: fc.nat({ max: 100 }), text: value }), { maxLength: 2 }),
      fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.array(change, { maxLength: 3 }) }),
      transport,
      (which, fills, changes, how) => {
        let left = which;
        const base = whole.find(({ weight }) => (left -= weight) < 0) ?? whole[0];
        const xml = changed(refilled(base?.xml ?? '', fills), changes);
        const outcome = outcomeOf(sent(xml, how), how.binding);
        counted.set(outcome, (counted.get(outcome) ?? 0) + 1);
      },
    ),
    { numRuns: RUNS },
  );
  const share = (start: string): number =>
    [...counted].filter(([name]) => name.startsWith(start)).reduce((sum, [, number]) => sum + number, 0) / RUNS;
  // The search is worth something only if it reaches every storey.
  expect(share('taken')).toBeGreaterThan(0.05);
  expect(share('refused late')).toBeGreaterThan(0.05);
  expect(share('refused: xml')).toBeGreaterThan(0.1);
  expect([...counted.keys()]).toEqual(
    expect.arrayContaining([
      'taken: served',
      'taken: signed',
      'taken: RequestUnsupported',
      'taken: LogoutRequest',
      'taken: LogoutResponse',
      'refused: encoding_invalid',
      'refused: xml_forbidden',
      'refused: xml_namespace',
      'refused: issuer_invalid',
      'refused late: signature_invalid',
      'refused late: instant_invalid',
      'refused late: structure',
    ]),
  );
});
