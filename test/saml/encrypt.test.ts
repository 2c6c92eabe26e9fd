import { beforeAll, describe, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { ENCRYPTION_ALGORITHMS } from '../../src/applications/applications.ts';
import { canEncryptWith } from '../../src/saml/encrypt.ts';
import { writeResponse } from '../../src/saml/response.ts';
import { answer, anyValue, BASIC } from './answers.ts';
import { keyPemOf, newSigner } from './signer.ts';
import {
  asPysaml2Decrypts,
  decryptsWithXmlsec,
  metadataOf,
  newNodeSaml,
  pysaml2Present,
  readWithNodeSaml,
  readWithPysaml2,
  verifiesWithXmlsec,
  xmlsecPresent,
} from './verifiers.ts';

/** A certificate with a key on an elliptic curve. */
const EC_CERTIFICATE =
  'MIIBhzCCAS2gAwIBAgIUTKYJm/cQ/7hOVxcJewYnSTC/zNswCgYIKoZIzj0EAwIwGDEWMBQGA1UEAwwNZm9ydW0uZXhhbXBsZTAg' +
  'Fw0yNjExMjcwOTM4NDZaGA8yMTI2MTEwMzA5Mzg0NlowGDEWMBQGA1UEAwwNZm9ydW0uZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG' +
  'SM49AwEHA0IABNg7/Qfi6NXodQtIS0Mpjp5XFEJfw4yVdA5ASC672jtDFSqBLMalaVg88ZzOdyf9QbHSkB6RvqMHzcyYQga8uDOj' +
  'UzBRMB0GA1UdDgQWBBRMGjx4iEefVugG1nzu7TzE+t+kNzAfBgNVHSMEGDAWgBRMGjx4iEefVugG1nzu7TzE+t+kNzAPBgNVHRMB' +
  'Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDB2FrXVSArrpuaxs2NXbdz6h8013H2tSeMLLDZFbWJ1gIgZlJyf71I7F2fbhxe' +
  '0p5c4R+XHAoS1gk6rXuduoVFHRc=';

let house: ReturnType<typeof newSigner>;
let forum: ReturnType<typeof newSigner>;
beforeAll(() => {
  house = newSigner('id.example');
  forum = newSigner('forum.example');
});

const expected = {
  nameId: 'tawny-subject',
  attributes: [
    ['username', ['alix']],
    ['groups', ['readers', 'writers']],
  ],
  sessionIndex: '_session',
};

describe.each(ENCRYPTION_ALGORITHMS)('an answer encrypted with %s', (algorithm) => {
  const write = (more: Parameters<typeof answer>[0] = {}): Promise<string> =>
    writeResponse(answer({ ...more, encryption: { certificate: forum.certificate, algorithm } }), house);

  test('A87: shows nothing of the person', async () => {
    const xml = await write();
    expect(xml).not.toMatch(/alix|tawny-subject|saml:Assertion|_session/u);
    expect(xml).toContain(`${algorithm}"></xenc:EncryptionMethod>`);
  });

  test('is read by node-saml with the key, by nobody without', async () => {
    const values = fc.sample(anyValue, 20);
    const xml = await write({ attributes: [{ name: 'name', nameFormat: BASIC, values }] });
    const read = await readWithNodeSaml(newNodeSaml([house], { decryptionPvk: keyPemOf(forum) }), xml);
    expect(read).toEqual({ ...expected, attributes: [['name', values]] });
    const stranger = newNodeSaml([house], { decryptionPvk: keyPemOf(newSigner('other.example')) });
    await expect(readWithNodeSaml(stranger, xml)).rejects.toThrow();
  });

  test.skipIf(!xmlsecPresent)('is signed outside and inside, as xmlsec1 finds', async () => {
    const values = fc.sample(anyValue, 20);
    const xml = await write({ attributes: [{ name: 'name', nameFormat: BASIC, values }] });
    expect(verifiesWithXmlsec([xml], ['samlp', 'Response'], house)).toBe(true);
    const decrypted = decryptsWithXmlsec(xml, forum);
    expect(verifiesWithXmlsec([decrypted], ['saml', 'Assertion'], house)).toBe(true);
  });

  test.skipIf(!pysaml2Present)('is read by pysaml2', async () => {
    const values = fc.sample(anyValue, 20);
    const xml = await write({ attributes: [{ name: 'name', nameFormat: BASIC, values }] });
    const { read } = readWithPysaml2([xml], { metadata: metadataOf(house), theirs: forum });
    expect(read).toEqual([{ ...expected, attributes: [['name', values.map(asPysaml2Decrypts)]] }]);
  });

  test('has a key and a start of its own each time', async () => {
    const written = await Promise.all([write(), write()]);
    const ciphers = written.flatMap((xml) => [...xml.matchAll(/<xenc:CipherValue>([^<]+)</gu)].map(([, text]) => text));
    expect(new Set(ciphers.map((text) => text?.slice(0, 16))).size).toBe(4);
  });
});

test('only RSA keys in certificates that can be read are taken for encryption', () => {
  expect(canEncryptWith(forum.certificate)).toBe(true);
  expect(canEncryptWith('AAAA')).toBe(false);
  expect(canEncryptWith(EC_CERTIFICATE)).toBe(false);
});
