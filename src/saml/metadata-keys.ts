import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { UserError } from '../errors.ts';

const BLOCK = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----[A-Za-z0-9+/=\s]{1,20000}-----END \1-----/gu;
const MOST_KEYS = 5;
const LEAST_BITS = 2048;

function keyOf(pem: string): KeyObject {
  try {
    return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch {
    throw new UserError('metadata_key_invalid');
  }
}

/**
 * The keys that metadata must be signed with, one PEM block each, from what an administrator gave: certificates or public
 * keys, several in one text too. Their dates bind nobody, as elsewhere in metadata.
 * @throws {UserError} metadata_key_invalid: none or more than five, unreadable, neither RSA nor EC, RSA under 2048 bits.
 */
export function readKeys(texts: readonly string[]): string[] {
  const blocks = texts.map((text) => [...text.slice(0, 200_000).matchAll(BLOCK)].map(([block]) => block));
  const keys = [...new Set(blocks.flat())];
  if (blocks.some((found) => found.length === 0) || keys.length > MOST_KEYS)
    throw new UserError('metadata_key_invalid');
  for (const pem of keys) {
    const { asymmetricKeyType, asymmetricKeyDetails } = keyOf(pem);
    const isLongRsa = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_BITS;
    if (!isLongRsa && asymmetricKeyType !== 'ec') throw new UserError('metadata_key_invalid');
  }
  return keys;
}

/** A PEM block as signatures are verified with it: DER in base64. */
export function derOf(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/gu, '');
}
