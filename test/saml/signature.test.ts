import { createSign, constants } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from '../../src/saml/document.ts';
import { verifyEnveloped, verifyOctets } from '../../src/saml/signature.ts';
import { makeKey, type TestKey } from './keys.ts';
import {
  authnRequest,
  ENVELOPED,
  EXCLUSIVE,
  hasXmlsec,
  reasonOf,
  RSA_SHA256,
  signed,
  signedByXmlsec,
} from './requests.ts';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const MGF1 = 'http://www.w3.org/2007/05/xmldsig-more#';

let rsa: TestKey;
let other: TestKey;
let curve: TestKey;
let short: TestKey;
beforeAll(() => {
  rsa = makeKey();
  other = makeKey();
  curve = makeKey(['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
  short = makeKey(['rsa:1024']);
});

const verify = (xml: string, keys: readonly TestKey[]): string =>
  verifyEnveloped(
    parseDocument(xml),
    keys.map(({ certificate }) => certificate),
  );
const reason = (xml: string, keys: readonly TestKey[] = [rsa]): string => reasonOf(() => verify(xml, keys));

describe('a signature inside a message', () => {
  test('verifies with one of the keys, and what it is over is given back without it', () => {
    const xml = authnRequest();
    expect(verify(signed(xml, rsa), [other, curve, rsa])).toBe(
      xml
        .replace(' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', '')
        .replace('<saml:Issuer>', '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">')
        .replace(
          / (xmlns:samlp="[^"]*") (.*?)>/,
          (_, namespace: string, attributes: string) => ` ${namespace} ${attributes.split(' ').sort().join(' ')}>`,
        ),
    );
  });

  test('does not verify with another key, a short one, or none', () => {
    const xml = signed(authnRequest(), rsa);
    expect(reason(xml, [other, curve])).toBe('signature_invalid');
    expect(reason(xml, [])).toBe('signature_key_missing');
    expect(reason(signed(authnRequest(), short), [short])).toBe('signature_key_missing');
    expect(reasonOf(() => verifyEnveloped(parseDocument(xml), ['AAAA', rsa.certificate]))).toBe('taken');
  });

  test('verifies with an expired certificate, because certificates only wrap keys', () => {
    const expired = makeKey(undefined, '-1');
    expect(reason(signed(authnRequest(), expired), [expired])).toBe('taken');
  });

  test.each(['sha256', 'sha512'])('may be made with %s', (hash) => {
    const digest = `http://www.w3.org/2001/04/xmlenc#${hash}`;
    expect(reason(signed(authnRequest(), rsa, { algorithm: `${MORE}rsa-${hash}`, digest }))).toBe('taken');
  });

  test('may be made with RSASSA-PSS', () => {
    expect(reason(signed(authnRequest(), rsa, { algorithm: `${MGF1}sha256-rsa-MGF1` }))).toBe('taken');
  });

  test.skipIf(!hasXmlsec)('may name prefixes to be kept (skipped without xmlsec1)', () => {
    const kept = (list: string): string =>
      `$1><InclusiveNamespaces xmlns="${EXCLUSIVE}" PrefixList="${list}"/></Transform>`;
    const template = (list: string): string =>
      signed(authnRequest({ attributes: ' xmlns:xs="urn:xs"' }), rsa).replace(
        /(<Transform Algorithm="http:\/\/www.w3.org\/2001\/10\/xml-exc-c14n#")\/>/,
        kept(list),
      );
    expect(verify(signedByXmlsec(template('saml'), rsa), [rsa])).not.toContain('urn:xs');
    expect(verify(signedByXmlsec(template('#default samlp saml ds xs md'), rsa), [rsa])).toContain('urn:xs');
    expect(reason(signedByXmlsec(template('xs &lt;'), rsa))).toBe('signature_structure');
  });

  test('is the only one, wherever another might stand', () => {
    const xml = signed(authnRequest({ inside: '<samlp:Extensions/>' }), rsa);
    const [signature = ''] = /<Signature .*<\/Signature>/.exec(xml) ?? [];
    const again = xml.replace('<samlp:Extensions/>', `<samlp:Extensions>${signature}</samlp:Extensions>`);
    expect(reason(again)).toBe('signature_structure');
  });

  test('is missing where there is none', () => {
    expect(reason(authnRequest())).toBe('signature_missing');
  });

  test.each([
    ['the destination', /Destination="[^"]*"/, 'Destination="https://evil.example/"', 'signature_invalid'],
    ['the issuer', '>https://blog', '>https://evil', 'signature_invalid'],
    ['the identifier', / ID="_r1"/, ' ID="_r2"', 'signature_structure'],
    ['the reference', 'URI="#_r1"', 'URI=""', 'signature_structure'],
    ['the digest', /<DigestValue>./, '<DigestValue>/', 'signature_invalid'],
    ['the algorithm', 'rsa-sha256', 'rsa-sha512', 'signature_invalid'],
    ['a child of SignedInfo', '</SignedInfo>', '<x/></SignedInfo>', 'signature_structure'],
    ['an object', '</Signature>', '<Object/></Signature>', 'signature_structure'],
    ['an element in the digest', '</DigestValue>', '<x/></DigestValue>', 'structure'],
    ['an element in the value', '</SignatureValue>', '<x/></SignatureValue>', 'structure'],
    ['letters of no base64', '</SignatureValue>', '!</SignatureValue>', 'signature_structure'],
    [
      'a parameter of the algorithm',
      /(<SignatureMethod[^>]*)\/>/,
      '$1><HMACOutputLength>0</HMACOutputLength></SignatureMethod>',
      'signature_structure',
    ],
    [
      'comments',
      /Transform Algorithm="http:\/\/www.w3.org\/2001\/10\/xml-exc-c14n#"/,
      `Transform Algorithm="${EXCLUSIVE}WithComments"`,
      'signature_structure',
    ],
    ['a third transform', '</Transforms>', `<Transform Algorithm="${EXCLUSIVE}"/></Transforms>`, 'signature_structure'],
    ['a stylesheet', ENVELOPED, 'http://www.w3.org/TR/1999/REC-xslt-19991116', 'signature_structure'],
    [
      'canonicalisation of another kind',
      /CanonicalizationMethod Algorithm="[^"]*"/,
      'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
      'signature_structure',
    ],
    ['a second reference', /(<Reference .*<\/Reference>)/, '$1$1', 'signature_structure'],
    ['a second SignedInfo', /(<SignedInfo>.*<\/SignedInfo>)/, '$1$1', 'signature_structure'],
    ['a namespace that is not that of signatures', /<SignedInfo>/, '<SignedInfo xmlns="urn:x">', 'signature_structure'],
  ])('is refused after a change: %s', (_what, from, to, expected) => {
    const xml = signed(authnRequest(), rsa);
    const changed = xml.replace(from, to);
    expect(changed).not.toBe(xml);
    expect(reason(changed)).toBe(expected);
  });

  test('stands first or right after the issuer', () => {
    const xml = signed(authnRequest({ inside: '<samlp:Extensions/>' }), rsa);
    const [signature = ''] = /<Signature .*<\/Signature>/.exec(xml) ?? [];
    const without = xml.replace(signature, '');
    expect(reason(without.replace('<saml:Issuer>', `${signature}<saml:Issuer>`))).toBe('taken');
    expect(reason(without.replace('<samlp:Extensions/>', `<samlp:Extensions/>${signature}`))).toBe('signature_place');
    expect(reason(without.replace('<samlp:Extensions/>', `<samlp:Extensions>${signature}</samlp:Extensions>`))).toBe(
      'signature_place',
    );
  });

  test.skipIf(!hasXmlsec).each(['rsa-sha384', 'ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'])(
    'of xmlsec1 with %s verifies (skipped without xmlsec1)',
    (name) => {
      const key = name.startsWith('rsa') ? rsa : curve;
      const template = signed(authnRequest(), rsa)
        .replace(RSA_SHA256, `${MORE}${name}`)
        .replace('http://www.w3.org/2001/04/xmlenc#sha256', `${MORE}sha384`);
      const xml = signedByXmlsec(template, key);
      expect(reason(xml, [other, key])).toBe('taken');
      expect(reason(xml, [other])).toBe('signature_invalid');
    },
  );
});

describe('a signature beside a message', () => {
  const octets = 'SAMLRequest=abc&SigAlg=x';
  const check = (signature: Buffer, algorithm: string, keys: readonly TestKey[]): boolean =>
    verifyOctets(
      octets,
      signature,
      algorithm,
      keys.map(({ certificate }) => certificate),
    );

  test.each(['sha256', 'sha384', 'sha512'])('verifies with RSA, RSASSA-PSS and ECDSA, all with %s', (hash) => {
    const sign = (options: Parameters<ReturnType<typeof createSign>['sign']>[0]): Buffer =>
      createSign(hash).update(octets).sign(options);
    const plain = sign({ key: rsa.privateKey });
    const pss = sign({
      key: rsa.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
    const ecdsa = sign({ key: curve.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(check(plain, `${MORE}rsa-${hash}`, [curve, other, rsa])).toBe(true);
    expect(check(plain, `${MORE}rsa-${hash}`, [curve, other])).toBe(false);
    expect(check(plain, `${MGF1}${hash}-rsa-MGF1`, [rsa])).toBe(false);
    expect(check(pss, `${MGF1}${hash}-rsa-MGF1`, [rsa])).toBe(true);
    expect(check(pss, `${MORE}rsa-${hash}`, [rsa])).toBe(false);
    expect(check(ecdsa, `${MORE}ecdsa-${hash}`, [rsa, curve])).toBe(true);
    expect(check(ecdsa, `${MORE}ecdsa-${hash}`, [rsa])).toBe(false);
    expect(check(sign({ key: curve.privateKey }), `${MORE}ecdsa-${hash}`, [curve])).toBe(false);
    // The algorithm says which kind of key: one of another kind is never asked.
    expect(check(plain, `${MORE}ecdsa-${hash}`, [rsa])).toBe(false);
    expect(check(sign({ key: curve.privateKey }), `${MORE}rsa-${hash}`, [curve])).toBe(false);
    expect(verifyOctets(`${octets}&`, plain, `${MORE}rsa-${hash}`, [rsa.certificate])).toBe(false);
  });

  test.each([
    'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    'http://www.w3.org/2000/09/xmldsig#dsa-sha1',
    'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
    `${MORE}hmac-sha256`,
    `${MORE}rsa-md5`,
    `${MORE}rsa-sha256 `,
    '',
    'constructor',
  ])('is not made with %j', (algorithm) => {
    expect(reasonOf(() => check(Buffer.alloc(256), algorithm, [rsa]))).toBe('signature_algorithm');
  });
});
