import { constants, createCipheriv, publicEncrypt, randomBytes, X509Certificate, type CipherGCM } from 'node:crypto';
import type { ServiceProviderSettings } from '../applications/applications.ts';
import { NAMESPACES } from './vocabulary.ts';
import { element, type Element } from './xml.ts';

/** For whom something is encrypted, and how. */
export type Encryption = {
  /** The service provider's certificate (DER, base64), with an RSA key: see {@link canEncryptWith}. */
  readonly certificate: string;
  readonly algorithm: ServiceProviderSettings['encryptionAlgorithms'][number];
};

const XENC = NAMESPACES.xenc;
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';

/** Key length and length of the initialization vector in bytes (XML Encryption 1.1 §5.2.2, §5.2.4). */
const CIPHERS = {
  'aes256-gcm': { uri: `${XENC11}aes256-gcm`, name: 'aes-256-gcm', key: 32, vector: 12 },
  'aes128-gcm': { uri: `${XENC11}aes128-gcm`, name: 'aes-128-gcm', key: 16, vector: 12 },
  'aes256-cbc': { uri: `${XENC}aes256-cbc`, name: 'aes-256-cbc', key: 32, vector: 16 },
  'aes128-cbc': { uri: `${XENC}aes128-cbc`, name: 'aes-128-cbc', key: 16, vector: 16 },
} as const;

/** Whether a certificate (DER, base64) can be read and holds a key that assertions can be encrypted with: RSA. */
export function canEncryptWith(certificate: string): boolean {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function cipherText(plain: string, key: Buffer, { name, vector }: (typeof CIPHERS)[Encryption['algorithm']]): Buffer {
  const start = randomBytes(vector);
  const cipher = createCipheriv(name, key, start);
  const parts = [start, cipher.update(plain, 'utf8'), cipher.final()];
  if (name.endsWith('-gcm')) parts.push((cipher as CipherGCM).getAuthTag());
  return Buffer.concat(parts);
}

const cipherData = (value: Buffer): Element =>
  element('xenc:CipherData', {}, element('xenc:CipherValue', {}, value.toString('base64')));

/**
 * An assertion, as text, encrypted for a service provider (SAML Core §2.3.4; XML Encryption 1.1): a fresh AES key, itself
 * encrypted with RSA-OAEP and its original mask generation function (SHA-1, harmless there), which every service provider
 * understands. With CBC the padding is PKCS #7's, which XML Encryption's own (§5.2) allows.
 *
 * The library for the rest of SAML is not used for this: it reads and writes the signed assertion once more beforehand,
 * turns carriage returns, U+0085 and U+2028 into line feeds on the way, and so breaks the signature inside; and what it
 * writes is not in canonical form.
 * @throws where {@link canEncryptWith} says no.
 */
export function encrypted(assertion: string, { certificate, algorithm }: Encryption): Element {
  const cipher = CIPHERS[algorithm];
  const key = randomBytes(cipher.key);
  const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'));
  const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key);
  const encryptedKey = element(
    'xenc:EncryptedKey',
    {},
    element(
      'xenc:EncryptionMethod',
      { Algorithm: `${XENC}rsa-oaep-mgf1p` },
      element('ds:DigestMethod', { Algorithm: `${NAMESPACES.ds}sha1` }),
    ),
    cipherData(wrapped),
  );
  return element(
    'saml:EncryptedAssertion',
    {},
    element(
      'xenc:EncryptedData',
      { Type: `${XENC}Element` },
      element('xenc:EncryptionMethod', { Algorithm: cipher.uri }),
      element('ds:KeyInfo', {}, encryptedKey),
      cipherData(cipherText(assertion, key, cipher)),
    ),
  );
}
