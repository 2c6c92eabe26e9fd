import { constants, createPublicKey, verify, X509Certificate, type KeyObject } from 'node:crypto';

type Algorithm = { readonly hash: 'sha256' | 'sha384' | 'sha512'; readonly key: 'rsa' | 'pss' | 'ec' };

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const MGF1 = 'http://www.w3.org/2007/05/xmldsig-more#';

/** What signatures may be made with (XML Signature 1.1 §6.4, RFC 9231 §2.3). No SHA-1, no DSA, and never a shared secret. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  [`${MORE}rsa-sha256`, { hash: 'sha256', key: 'rsa' }],
  [`${MORE}rsa-sha384`, { hash: 'sha384', key: 'rsa' }],
  [`${MORE}rsa-sha512`, { hash: 'sha512', key: 'rsa' }],
  [`${MGF1}sha256-rsa-MGF1`, { hash: 'sha256', key: 'pss' }],
  [`${MGF1}sha384-rsa-MGF1`, { hash: 'sha384', key: 'pss' }],
  [`${MGF1}sha512-rsa-MGF1`, { hash: 'sha512', key: 'pss' }],
  [`${MORE}ecdsa-sha256`, { hash: 'sha256', key: 'ec' }],
  [`${MORE}ecdsa-sha384`, { hash: 'sha384', key: 'ec' }],
  [`${MORE}ecdsa-sha512`, { hash: 'sha512', key: 'ec' }],
]);

/** What is digested with (XML Encryption 1.1 §5.7, RFC 9231 §2.1). */
export const DIGESTS: ReadonlyMap<string, 'sha256' | 'sha384' | 'sha512'> = new Map([
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  [`${MORE}sha384`, 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);

const LEAST_RSA_BITS = 2048;

/** Whether we take signatures of this algorithm, given by its identifier (URI). */
export function isSignatureAlgorithm(uri: string): boolean {
  return ALGORITHMS.has(uri);
}

/** What was read of each list, for as long as somebody has it: the settings of a service provider keep theirs. */
const known = new WeakMap<readonly string[], readonly KeyObject[]>();

/**
 * The public keys of certificates, or public keys themselves (DER in base64). A certificate's dates, issuer and names are
 * not looked at: in metadata it is nothing but the wrapping of a key (SAML Metadata Interoperability Profile 1.0 §2.5.1),
 * so an expired one still verifies. What cannot be read is passed over, and so are RSA keys under 2048 bits.
 */
export function publicKeys(certificates: readonly string[]): readonly KeyObject[] {
  const before = known.get(certificates);
  if (before !== undefined) return before;
  const keys = certificates.flatMap((certificate) => {
    try {
      const key = publicKeyIn(Buffer.from(certificate, 'base64'));
      return isWeak(key) ? [] : [key];
    } catch {
      return [];
    }
  });
  known.set(certificates, keys);
  return keys;
}

function publicKeyIn(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return new X509Certificate(der).publicKey;
  }
}

function isWeak(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS;
}

function isFor(key: KeyObject, algorithm: Algorithm): boolean {
  const type = key.asymmetricKeyType;
  return algorithm.key === 'pss' ? type === 'rsa' || type === 'rsa-pss' : type === algorithm.key;
}

/** What the cryptographic library needs to know beside the key. */
const PARAMETERS = {
  rsa: { padding: constants.RSA_PKCS1_PADDING },
  pss: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  ec: { dsaEncoding: 'ieee-p1363' },
} as const;

/** Whether one of the keys made this signature of the text; no key of the algorithm's own kind: no. */
export function verifies(text: string, signature: Buffer, algorithmUri: string, keys: readonly KeyObject[]): boolean {
  const algorithm = ALGORITHMS.get(algorithmUri);
  if (algorithm === undefined) return false;
  return keys.some((key) => {
    if (!isFor(key, algorithm)) return false;
    try {
      return verify(algorithm.hash, Buffer.from(text), { key, ...PARAMETERS[algorithm.key] }, signature);
    } catch {
      // Of a length, or by a key with parameters of its own, that this cannot be a signature of.
      return false;
    }
  });
}
