import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MESSAGE_BYTES } from '../../src/saml/document.ts';
import { fromForm, fromQuery } from '../../src/saml/received.ts';
import { authnRequest, form, packed, reasonOf, RSA_SHA256 } from './requests.ts';

const xml = authnRequest();
const inQuery = (rest = ''): string => `SAMLRequest=${packed(xml)}${rest}`;
const queryReason = (query: string): string => reasonOf(() => fromQuery(query));
const formReason = (body: string): string => reasonOf(() => fromForm(body));

describe('a message in an address', () => {
  test('is unpacked, with what goes along', () => {
    const received = fromQuery(inQuery('&RelayState=https%3A%2F%2Fblog.example%2F%3Fa%3D1%2B1+b&other=1'));
    expect(received).toEqual({
      binding: 'redirect',
      field: 'SAMLRequest',
      xml,
      relayState: 'https://blog.example/?a=1+1 b',
      detached: undefined,
    });
    expect(fromQuery(`SAMLResponse=${packed(xml)}`)).toMatchObject({ field: 'SAMLResponse', relayState: undefined });
    expect(fromQuery(inQuery('&RelayState='))).toMatchObject({ relayState: '' });
  });

  test('has its signature over the values as they were sent, in the prescribed order', () => {
    const algorithm = encodeURIComponent(RSA_SHA256).toLowerCase();
    const { detached } = fromQuery(`Signature=AAAA&RelayState=%7e+a&SigAlg=${algorithm}&SAMLRequest=${packed(xml)}`);
    expect(detached).toEqual({
      algorithm: RSA_SHA256,
      signature: Buffer.from([0, 0, 0]),
      octets: `SAMLRequest=${packed(xml)}&RelayState=%7e+a&SigAlg=${algorithm}`,
    });
  });

  test('has its signature over its own name, which has no escapes in it', () => {
    const { detached } = fromQuery(`SAMLResponse=${packed(xml)}&SigAlg=a&Signature=AAAA`);
    expect(detached?.octets).toBe(`SAMLResponse=${packed(xml)}&SigAlg=a`);
    expect(queryReason(`SAMLReques%74=${packed(xml)}`)).toBe('parameters_invalid');
    expect(queryReason(inQuery('&Relay%53tate=a'))).toBe('parameters_invalid');
  });

  test('may have line breaks in its base64, and plus signs nobody escaped', () => {
    const base64 = deflateRawSync(Buffer.from(xml)).toString('base64');
    const wrapped = base64.replace(/.{60}/g, '$&\r\n');
    expect(fromQuery(`SAMLRequest=${encodeURIComponent(wrapped)}`).xml).toBe(xml);
    expect(fromQuery(`SAMLRequest=${base64.replaceAll('/', '%2f').replaceAll('=', '%3d')}`).xml).toBe(xml);
  });

  test('is packed with DEFLATE and nothing else', () => {
    const deflate = encodeURIComponent('urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE');
    expect(fromQuery(inQuery(`&SAMLEncoding=${deflate}`)).xml).toBe(xml);
    expect(queryReason(inQuery('&SAMLEncoding=none'))).toBe('encoding_unsupported');
    const base64 = (bytes: Buffer): string => encodeURIComponent(bytes.toString('base64'));
    expect(queryReason(`SAMLRequest=${base64(Buffer.from(xml))}`)).toBe('encoding_invalid');
    expect(queryReason(`SAMLRequest=${base64(deflateSync(xml))}`)).toBe('encoding_invalid');
    expect(queryReason(`SAMLRequest=${base64(deflateRawSync(xml).subarray(0, 50))}`)).toBe('encoding_invalid');
    expect(queryReason(`SAMLRequest=${base64(deflateRawSync(Buffer.from([0x3c, 0xff])))}`)).toBe('encoding_invalid');
  });

  test.each([
    ['SAMLRequest=', 'encoding_invalid'],
    ['SAMLRequest=%', 'encoding_invalid'],
    ['SAMLRequest=%FF', 'encoding_invalid'],
    ['SAMLRequest=AAA', 'encoding_invalid'],
    ['SAMLRequest=AB==', 'encoding_invalid'],
    ['SAMLRequest=AA-_', 'encoding_invalid'],
    ['', 'message_missing'],
    ['RelayState=a', 'message_missing'],
    ['a=1&'.repeat(60), 'parameters_invalid'],
    ['SAMLRequest=é', 'encoding_invalid'],
    [`SAMLRequest=${'A'.repeat(13_000)}`, 'too_large'],
  ])('is refused where it is none: %.40s', (query, expected) => {
    expect(queryReason(query)).toBe(expected);
  });

  test('is signed with an algorithm that it names, or not at all', () => {
    expect(queryReason(inQuery('&Signature=AAAA'))).toBe('signature_incomplete');
    expect(queryReason(inQuery(`&SigAlg=${RSA_SHA256}`))).toBe('signature_incomplete');
    expect(queryReason(inQuery(`&SigAlg=${encodeURIComponent(RSA_SHA256)}&Signature=`))).toBe('encoding_invalid');
  });
});

describe('a message in a form', () => {
  test('is read, with what goes along', () => {
    expect(fromForm(form(xml, 'a & b\t'))).toEqual({
      binding: 'post',
      field: 'SAMLRequest',
      xml,
      relayState: 'a & b\t',
      detached: undefined,
    });
    const wrapped = Buffer.from(xml).toString('base64').replace(/.{76}/g, '$&\r\n');
    expect(fromForm(new URLSearchParams({ SAMLResponse: wrapped }).toString())).toMatchObject({ xml });
  });

  test('is not signed beside itself', () => {
    expect(formReason(`${form(xml)}&Signature=AAAA`)).toBe('signature_place');
    expect(formReason(`${form(xml)}&SigAlg=AAAA`)).toBe('signature_place');
  });

  test('has a measure', () => {
    const text = (length: number): string =>
      xml.replace('owl', '').replace('</saml:Issuer>', `${' '.repeat(length)}</saml:Issuer>`);
    const room = MESSAGE_BYTES - xml.length;
    expect(fromForm(form(text(room))).xml).toHaveLength(MESSAGE_BYTES);
    expect(formReason(form(text(room + 1)))).toBe('too_large');
    expect(formReason('a'.repeat(600_000))).toBe('too_large');
  });
});

describe('what goes along with a message', () => {
  test('is kept as it came up to 1,024 bytes', () => {
    const long = 'é'.repeat(512);
    expect(fromForm(form(xml, long)).relayState).toBe(long);
    expect(formReason(form(xml, `${long}a`))).toBe('relay_state_long');
    expect(queryReason(inQuery(`&RelayState=${'a'.repeat(1025)}`))).toBe('relay_state_long');
  });

  test('is text', () => {
    expect(queryReason(inQuery('&RelayState=%C3%28'))).toBe('encoding_invalid');
    expect(queryReason(inQuery('&RelayState=%ED%A0%80'))).toBe('encoding_invalid');
    expect(queryReason(inQuery('&RelayState=a%00b'))).toBe('encoding_invalid');
    expect(queryReason(inQuery('&RelayState=a%2'))).toBe('encoding_invalid');
  });

  test('is decoded once', () => {
    expect(fromQuery(inQuery('&RelayState=%2541%2B')).relayState).toBe('%41+');
  });
});
