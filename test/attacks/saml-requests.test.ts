import { execFile } from 'node:child_process';
import { createHmac, createSign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { SERVICE_PROVIDER_DEFAULTS, type ServiceProvider } from '../../src/applications/applications.ts';
import { MESSAGE_BYTES } from '../../src/saml/document.ts';
import { judgeAuthnRequest } from '../../src/saml/judge.ts';
import { openMessage, type Message } from '../../src/saml/message.ts';
import { fromForm, fromQuery, type Received } from '../../src/saml/received.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import {
  authnRequest,
  BLOG,
  form,
  logoutRequest,
  packed,
  reasonOf,
  RSA_SHA256,
  signed,
  signedQuery,
  SSO,
} from '../saml/requests.ts';

const ENTITY = 'https://aluco.example/saml/metadata';
const NOW = Date.parse('2026-11-27T09:00:00Z');
const ACS = 'https://blog.example/acs';
const EVIL = 'https://evil.example/acs';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

let key: TestKey;
let wiki: TestKey;
beforeAll(() => {
  key = makeKey();
  wiki = makeKey();
});

const blog = (more: Partial<ServiceProvider> = {}): ServiceProvider => ({
  ...SERVICE_PROVIDER_DEFAULTS,
  id: 'p1',
  applicationId: 'a1',
  label: 'Blog',
  entityId: BLOG,
  consumers: [{ url: ACS, index: 0, isDefault: true }],
  ...more,
});

/** The whole way of a message in, with the blog's own key. */
function receive(received: Received, provider = blog(), now = NOW): Message {
  const { message, signed: isSigned } = openMessage(received).verify([key.certificate]);
  const here = { now, destination: SSO, entityId: ENTITY, sendsAddress: true };
  if (message.kind === 'AuthnRequest') judgeAuthnRequest(message, isSigned, provider, here);
  return message;
}

const posted = (xml: string, provider?: ServiceProvider): string =>
  reasonOf(() => receive(fromForm(form(xml)), provider));
const queried = (query: string, provider?: ServiceProvider): string =>
  reasonOf(() => receive(fromQuery(query), provider));
const acs = (url: string): string => authnRequest({ attributes: ` AssertionConsumerServiceURL="${url}"` });

describe('where the answer goes', () => {
  test('A79: is never an address that the request brought along', () => {
    expect(posted(acs(ACS))).toBe('taken');
    for (const url of [
      EVIL,
      '',
      `${ACS}/`,
      `${ACS}?a=1`,
      `${ACS}#a`,
      `${ACS}@evil.example`,
      ACS.toUpperCase(),
      `${ACS} `,
      'javascript:alert(1)',
    ])
      expect(posted(acs(url)), url).toBe('consumer_unknown');
  });

  test('A79: is never an index out of range, nor one beside an address', () => {
    for (const index of ['1', '-1', '65536', '1e1', '0x0', ' 0', ''])
      expect(posted(authnRequest({ attributes: ` AssertionConsumerServiceIndex="${index}"` })), index).toBe(
        'consumer_index',
      );
    expect(
      posted(authnRequest({ attributes: ` AssertionConsumerServiceIndex="0" AssertionConsumerServiceURL="${ACS}"` })),
    ).toBe('consumer_both');
  });
});

describe('what a document asks the parser to do', () => {
  test.each([
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '&x;'],
    ['entities of entities', '<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>', '&y;'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]>', 'x'],
    ['an external subset', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">', 'x'],
    ['a stylesheet', '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:1/x.xsl"?>', 'x'],
  ])('A80: is refused before it is parsed: %s', (_what, before, issuer) => {
    for (const declaration of ['', '<?xml version="1.0"?>', '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n'])
      expect(posted(`${declaration}${before}${authnRequest({ issuer })}`)).toBe('xml_forbidden');
    const utf16 = Buffer.from(`\uFEFF${before}${authnRequest({ issuer })}`, 'utf16le').toString('base64');
    expect(reasonOf(() => receive(fromForm(`SAMLRequest=${encodeURIComponent(utf16)}`)))).toBe('encoding_invalid');
  });

  test('A80: includes nothing', () => {
    const include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>';
    expect(posted(authnRequest({ issuer: include }))).toBe('structure');
    const message = receive(
      fromForm(form(authnRequest({ inside: `<samlp:Extensions>${include}</samlp:Extensions>` }))),
    );
    expect(JSON.stringify(message)).not.toContain('root:');
  });
});

describe('a signed address', () => {
  const strict = blog({ signedRequests: true });
  const good = (): string => signedQuery(acs(ACS), key, 'here');

  test('A81: verifies as it was sent, in any order and with any spelling of escapes', () => {
    expect(queried(good(), strict)).toBe('taken');
    expect(queried(good().split('&').toReversed().join('&'), strict)).toBe('taken');
    const octets =
      `SAMLRequest=${packed(acs(ACS))}&RelayState=%c3%a9+&SigAlg=${encodeURIComponent(RSA_SHA256)}`.replaceAll(
        /%[0-9A-F]{2}/g,
        (escape) => escape.toLowerCase(),
      );
    const signature = createSign('sha256').update(octets).sign(key.privateKey, 'base64');
    const query = `${octets}&Signature=${encodeURIComponent(signature)}`;
    expect(queried(query, strict)).toBe('taken');
    expect(queried(query.replace('%c3', '%C3'), strict)).toBe('signature_invalid');
    expect(queried(query.replace('%a9+', '%a9%20'), strict)).toBe('signature_invalid');
  });

  test.each(['SAMLRequest', 'RelayState', 'SigAlg', 'Signature'])('A81: has no second %s', (name) => {
    for (const again of [
      name,
      name.replace('S', '%53').replace('R', '%52'),
      `${name.slice(0, -1)}%${name.codePointAt(name.length - 1)?.toString(16)}`,
    ])
      for (const value of [packed(acs(EVIL)), '']) {
        expect(queried(`${good()}&${again}=${value}`, strict)).toBe('parameters_invalid');
        expect(queried(`${again}=${value}&${good()}`, strict)).toBe('parameters_invalid');
      }
  });

  test('A81: has no second message', () => {
    expect(queried(`${good()}&SAMLResponse=${packed(acs(ACS))}`, strict)).toBe('parameters_invalid');
    expect(queried(`SAMLResponse=&${good()}`, strict)).toBe('parameters_invalid');
    const deflate = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';
    expect(queried(`${good()}&SAMLEncoding=${deflate}&SAMLEncoding=${deflate}`, strict)).toBe('parameters_invalid');
    expect(queried(`${good()}&SAMLEncoding=urn:none`, strict)).toBe('encoding_unsupported');
  });

  test('A81: keeps what went along, and its message', () => {
    expect(queried(good().replace('RelayState=here', 'RelayState=there'), strict)).toBe('signature_invalid');
    expect(queried(good().replace('&RelayState=here', ''), strict)).toBe('signature_invalid');
    expect(queried(good().replace(/^SAMLRequest=[^&]*/, `SAMLRequest=${packed(acs(EVIL))}`), strict)).toBe(
      'signature_invalid',
    );
    expect(queried(good().replace(/^SAMLRequest/, 'SAMLResponse'), strict)).toBe('kind_unknown');
  });
});

describe('a small message that unfolds', () => {
  test('A82: is refused before it costs memory', async () => {
    const megabyte = deflateRawSync(Buffer.alloc(1024 * 1024, 0x20), { finishFlush: constants.Z_FULL_FLUSH });
    const bomb = Buffer.concat([...Array.from({ length: 1024 }, () => megabyte), deflateRawSync('')]);
    const nine = deflateRawSync(Buffer.alloc(8 * 1024 * 1024, 0x20));
    const inForm = Buffer.concat([...Array.from({ length: 200 }, () => megabyte), deflateRawSync('')]);
    const queries = [bomb, nine, inForm].map((bytes) => `SAMLRequest=${encodeURIComponent(bytes.toString('base64'))}`);
    expect(queries[1]?.length).toBeLessThan(12 * 1024);

    const folder = await mkdtemp(path.join(tmpdir(), 'aluco-bomb-'));
    const file = path.join(folder, 'queries.json');
    await writeFile(file, JSON.stringify(queries));
    const program = `
      import { readFileSync } from 'node:fs';
      import { fromForm, fromQuery } from ${JSON.stringify(path.resolve('src/saml/received.ts'))};
      const queries = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8'));
      const before = process.resourceUsage().maxRSS;
      const reasons = queries.map((query, n) => { try { n === 2 ? fromForm(query) : fromQuery(query); } catch (error) { return error.params?.reason; } });
      console.log(JSON.stringify({ reasons, kilobytes: process.resourceUsage().maxRSS - before }));`;
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args).finally(() => rm(folder, { recursive: true }));
    const { reasons, kilobytes } = JSON.parse(stdout) as { reasons: string[]; kilobytes: number };
    expect(reasons).toEqual(['too_large', 'too_large', 'too_large']);
    expect(kilobytes).toBeLessThan(50 * 1024);
  });

  test('A82: has no more in a form, where it is not packed', () => {
    expect(posted(authnRequest({ inside: ' '.repeat(MESSAGE_BYTES) }))).toBe('too_large');
    expect(posted(authnRequest({ inside: '<a>'.repeat(50) + '</a>'.repeat(50) }))).toBe('xml_complex');
  });
});

describe('who signed a message', () => {
  const strict = (): ServiceProvider => blog({ signedRequests: true });

  test('A83: is asked where the service provider signs', () => {
    expect(posted(signed(acs(ACS), key), strict())).toBe('taken');
    expect(posted(acs(ACS), strict())).toBe('signature_missing');
    expect(queried(`SAMLRequest=${packed(acs(ACS))}`, strict())).toBe('signature_missing');
    const copy = signed(acs(ACS), key).replace(/<Signature .*<\/Signature>/, '');
    expect(posted(copy, strict())).toBe('signature_missing');
    expect(queried(`SAMLRequest=${packed(signed(acs(ACS), key))}`, strict())).toBe('signature_place');
  });

  test('A83: is nobody whose key came along, nor another service provider', () => {
    const xml = signed(acs(ACS), wiki);
    expect(xml).toContain(wiki.certificate);
    for (const provider of [blog(), strict()]) {
      expect(posted(xml, provider)).toBe('signature_invalid');
      expect(queried(signedQuery(acs(ACS), wiki), provider)).toBe('signature_invalid');
    }
    expect(reasonOf(() => openMessage(fromForm(form(xml))).verify([]))).toBe('signature_key_missing');
  });

  test('A83: signed with no broken algorithm', () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
    expect(posted(signed(acs(ACS), key, { algorithm: sha1 }), strict())).toBe('signature_algorithm');
    const digest = 'http://www.w3.org/2000/09/xmldsig#sha1';
    expect(posted(signed(acs(ACS), key, { digest }), strict())).toBe('signature_algorithm');
    const octets = `SAMLRequest=${packed(acs(ACS))}&SigAlg=${encodeURIComponent(sha1)}`;
    const signature = createSign('sha1').update(octets).sign(key.privateKey, 'base64');
    expect(queried(`${octets}&Signature=${encodeURIComponent(signature)}`, strict())).toBe('signature_algorithm');
  });

  test('A83: signed with no secret, least of all one that is public', () => {
    for (const algorithm of [`${MORE}hmac-sha256`, 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'])
      for (const secret of [key.pem, key.certificate, Buffer.from(key.certificate, 'base64')]) {
        const octets = `SAMLRequest=${packed(acs(ACS))}&SigAlg=${encodeURIComponent(algorithm)}`;
        const mac = createHmac(algorithm.endsWith('sha1') ? 'sha1' : 'sha256', secret)
          .update(octets)
          .digest('base64');
        expect(queried(`${octets}&Signature=${encodeURIComponent(mac)}`, strict())).toBe('signature_algorithm');
        const xml = signed(acs(ACS), key).replace(RSA_SHA256, algorithm);
        const inside = xml.replace(/(?<=<SignatureValue>)[^<]+/, mac);
        expect(posted(inside, strict())).toBe('signature_algorithm');
      }
  });

  test('A83: did not sign by leaving the signature empty', () => {
    const empty = `SAMLRequest=${packed(acs(ACS))}&SigAlg=${encodeURIComponent(RSA_SHA256)}&Signature=`;
    expect(queried(empty, strict())).toBe('encoding_invalid');
    const xml = signed(acs(ACS), key);
    expect(posted(xml.replace(/<SignatureValue>.*<\/SignatureValue>/, '<SignatureValue/>'), strict())).toBe(
      'signature_structure',
    );
    expect(
      posted(
        xml.replace(/<Signature .*<\/Signature>/, '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'),
        strict(),
      ),
    ).toBe('signature_structure');
  });
});

/** The eight ways of putting a genuinely signed message where the verifier finds it and the reader does not. */
const WRAPPINGS: Record<
  string,
  (evil: (inside: string, before?: string) => string, genuine: string, signature: string) => string
> = {
  XSW1: (evil, genuine, signature) => evil(signature.replace('</Signature>', `${genuine}</Signature>`)),
  XSW2: (evil, genuine, signature) => evil(`${genuine}${signature}`),
  XSW3: (evil, genuine, signature) => evil('', genuine.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)),
  XSW4: (evil, genuine, signature) => evil(genuine.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)),
  XSW5: (evil, genuine, signature) => evil(`${signature}${genuine}`),
  XSW6: (evil, genuine, signature) => evil(signature.replace('<SignatureValue>', `${genuine}<SignatureValue>`)),
  XSW7: (evil, genuine, signature) => evil(`${signature}<samlp:Extensions>${genuine}</samlp:Extensions>`),
  XSW8: (evil, genuine, signature) =>
    evil(signature.replace('</Signature>', `<Object>${genuine}</Object></Signature>`)),
};

describe('a genuine signature around something else', () => {
  const messages = {
    AuthnRequest: { genuine: () => acs(ACS), evil: () => acs(EVIL) },
    LogoutRequest: {
      genuine: () => logoutRequest(),
      evil: () => logoutRequest({ inside: '<samlp:SessionIndex>of-alix</samlp:SessionIndex>' }),
    },
  };

  for (const [kind, { genuine, evil }] of Object.entries(messages))
    test.each(Object.keys(WRAPPINGS))(`A84: %s does not sign another ${kind}`, (name) => {
      const xml = signed(genuine(), key);
      expect(posted(xml)).toBe('taken');
      const [signature = ''] = /<Signature .*<\/Signature>/.exec(xml) ?? [];
      const original = xml.replace(signature, '');
      for (const id of [undefined, '_evil'])
        for (const inner of [
          original,
          original.replace(/ ID="[^"]*"/, ' Id="_r1"'),
          original.replaceAll('samlp:', 'p:').replace('xmlns:samlp', 'xmlns:p'),
        ]) {
          const shell = evil().replace(/ ID="[^"]*"/, (own) => (id === undefined ? own : ` ID="${id}"`));
          const wrap = (inside: string, before = ''): string =>
            shell.replace(/<saml:Issuer>.*?<\/saml:Issuer>/, (issuer) => `${before}${issuer}${inside}`);
          const wrapped = WRAPPINGS[name]?.(wrap, inner, signature) ?? '';
          expect(['duplicate_id', 'structure', 'signature_structure', 'signature_place', 'issuer_invalid']).toContain(
            posted(wrapped),
          );
        }
    });

  test('A84: is not over a part of the message', () => {
    const inside = '<samlp:Extensions ID="_x">a</samlp:Extensions>';
    const xml = signed(authnRequest({ inside }), key, { xpath: "//*[@ID='_x']" });
    expect(posted(xml)).toBe('signature_structure');
    expect(posted(xml.replace('ID="_r1"', 'ID="_x"').replace('ID="_x">a', 'Id="_y">a'))).toBe('signature_invalid');
  });

  test('A84: is one, and stands by itself', () => {
    const xml = signed(acs(ACS), key);
    const [signature = ''] = /<Signature .*<\/Signature>/.exec(xml) ?? [];
    expect(posted(xml.replace(signature, signature + signature))).toBe('signature_structure');
    expect(posted(signed(signed(acs(ACS), wiki), key))).toBe('signature_structure');
    expect(
      posted(
        xml.replace('</samlp:AuthnRequest>', `<samlp:Extensions>${signature}</samlp:Extensions></samlp:AuthnRequest>`),
      ),
    ).toBe('signature_structure');
    expect(
      posted(xml.replace('</KeyInfo>', `<x:Signature xmlns:x="http://www.w3.org/2000/09/xmldsig#"/></KeyInfo>`)),
    ).toBe('signature_structure');
  });

  test('A84: is over an identifier that stands once', () => {
    const xml = signed(authnRequest({ inside: '<samlp:Extensions><x ID="_x"/></samlp:Extensions>' }), key);
    for (const attribute of [
      'ID="_r1"',
      'Id="_r1"',
      'id="_r1"',
      'xml:id="_r1"',
      'x:ID="_r1" xmlns:x="urn:x"',
      'ID="&#95;r1"',
    ])
      expect(posted(xml.replace('ID="_x"', attribute)), attribute).toBe('duplicate_id');
  });

  test('A84: has no comment or instruction in or around it', () => {
    const xml = signed(acs(ACS), key);
    for (const [from, to] of [
      [`>${BLOG}<`, `>${BLOG}<!-- -->.evil.example<`],
      ['<DigestValue>', '<DigestValue><!--x-->'],
      ['<SignatureValue>', '<SignatureValue><?x y?>'],
      ['</samlp:AuthnRequest>', '</samlp:AuthnRequest><!-- -->'],
      [`>${BLOG}<`, `><![CDATA[${BLOG}]]><`],
    ] as const)
      expect(posted(xml.replace(from, to))).toBe('xml_forbidden');
    expect(posted(`<?xml version="1.0"?><?x?>${xml}`)).toBe('xml_forbidden');
  });

  test('A84: is not made void, nor confused by namespaces', () => {
    const xml = signed(authnRequest({ inside: '<samlp:Extensions><x a="b"/></samlp:Extensions>' }), key);
    for (const [from, to, expected] of [
      ['<x ', '<x xmlns="" ', 'xml_namespace'],
      ['<x ', '<x xmlns:y="1" ', 'xml_namespace'],
      ['<x ', '<x xmlns:y="" ', 'xml_namespace'],
      ['<x ', '<x xmlns:xml="urn:x" ', 'xml_namespace'],
      ['<x ', '<x xmlns:y="urn:&#x26;" ', 'xml_namespace'],
      ['<x ', '<x xmlnsa="urn:x" ', 'xml_namespace'],
      ['<x ', '<x a="c" ', 'xml_invalid'],
      ['<x ', '<y:x ', 'xml_namespace'],
      ['xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', 'xmlns:samlp="relative"', 'xml_namespace'],
      ['<saml:Issuer>', '<saml:Issuer xmlns:saml="urn:x">', 'issuer_invalid'],
      ['<SignedInfo>', '<SignedInfo xmlns="urn:x">', 'signature_structure'],
    ] as const)
      expect(posted(xml.replace(from, to)), to).toBe(expected);
  });

  test('A84: gives the values it is over, whatever else stands in the message', () => {
    const xml = signed(acs(ACS), key);
    // Another spelling of the same canonical form, and declarations that are not part of it.
    const spelled = xml
      .replace('<samlp:AuthnRequest', '<samlp:AuthnRequest\n xmlns:unused="urn:unused"  ')
      .replace(`"${ACS}"`, `'https:&#x2F;/blog.example/acs'`);
    const message = receive(fromForm(form(spelled)));
    expect(message).toMatchObject({ consumerUrl: ACS, issuer: BLOG });
    expect(message.xml).not.toContain('unused');
    expect(message.xml).toContain(`"${ACS}"`);
  });
});

describe('what goes along with a request', () => {
  test('A85: is text of a measure, and nothing is made of it', () => {
    for (const text of ['<script>alert(1)</script>', 'javascript:alert(1)', '"><img src=x>', '//evil.example']) {
      expect(fromForm(form(acs(ACS), text)).relayState).toBe(text);
      expect(fromQuery(`SAMLRequest=${packed(acs(ACS))}&RelayState=${encodeURIComponent(text)}`).relayState).toBe(text);
    }
    // Ends of lines would come out changed, and belong into no header.
    for (const text of ['\r\nSet-Cookie: a=b', 'a\nb', '\0'])
      expect(reasonOf(() => fromForm(form(acs(ACS), text)))).toBe('encoding_invalid');
    expect(reasonOf(() => fromForm(form(acs(ACS), 'x'.repeat(10_240))))).toBe('relay_state_long');
    expect(queried(`SAMLRequest=${packed(acs(ACS))}&RelayState=${'x'.repeat(10_240)}`)).toBe('relay_state_long');
  });
});

describe('when and how a request asks', () => {
  test('A88: it is refused when it is old, early or meant for another', () => {
    const at = (now: number): string => reasonOf(() => receive(fromForm(form(acs(ACS))), blog(), now));
    expect(at(NOW + 9 * 60_000)).toBe('taken');
    expect(at(NOW + 11 * 60_000)).toBe('stale');
    expect(at(NOW - 4 * 60_000)).toBe('early');
    expect(posted(acs(ACS).replace(SSO, 'https://other.example/saml/sso'))).toBe('destination_wrong');
    expect(posted(signed(acs(ACS).replace(` Destination="${SSO}"`, ''), key))).toBe('destination_missing');
  });

  test('A88: it is told that we do not sign people in more strongly', () => {
    const context =
      '<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken' +
      '</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>';
    const message = receive(
      fromForm(form(authnRequest({ inside: context, attributes: ' ForceAuthn="1" IsPassive="true"' }))),
    );
    if (message.kind !== 'AuthnRequest') throw new Error('It is a sign-in request.');
    expect(message).toMatchObject({ forceAuthn: true, isPassive: true });
    const here = { now: NOW, destination: SSO, entityId: ENTITY, sendsAddress: true };
    expect(judgeAuthnRequest(message, false, blog(), here)).toMatchObject({ consumer: ACS, status: 'NoAuthnContext' });
  });
});
