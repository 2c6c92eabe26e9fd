import { createPublicKey, type KeyObject } from 'node:crypto';
import type { DkimAlgorithm, DkimReason } from './verdict.ts';
import { readBase64, readColons, readTags } from './tags.ts';

/** A published key, as far as a signature must know. `isStrict`: it signs for its domain alone (`t=s`). */
export type PublicKey = { readonly key: KeyObject; readonly isStrict: boolean };

/** RFC 8301 §3.2. */
const BITS_MIN = 1024;
/** A larger one costs more than it proves (P8). */
const BITS_MAX = 4096;
/** Longest record that is read, in characters. */
const RECORD_MAX = 4096;
const ED25519_BYTES = 32;
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function importRsa(octets: Buffer): KeyObject | undefined {
  // What everybody publishes, and what RFC 6376 §3.6.1 says.
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      const key = createPublicKey({ key: octets, format: 'der', type });
      if (key.asymmetricKeyType === 'rsa') return key;
    } catch {
      // It may be the other.
    }
  }
  return undefined;
}

function importEd25519(octets: Buffer): KeyObject | undefined {
  if (octets.length !== ED25519_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, octets]), format: 'der', type: 'spki' });
}

/**
 * Reads a record of a key (RFC 6376 §3.6.1, RFC 8463 §4) for a signature of this algorithm.
 * @returns the key, or why there is none
 */
export function readKeyRecord(record: string, algorithm: DkimAlgorithm): PublicKey | DkimReason {
  const tags = record.length > RECORD_MAX ? undefined : readTags(record);
  if (tags === undefined) return 'key-syntax';
  const [first] = tags.keys();
  const version = tags.get('v');
  if (version !== undefined && (version !== 'DKIM1' || first !== 'v')) return 'key-syntax';
  const [kind = ''] = algorithm.split('-', 1);
  if ((tags.get('k') ?? 'rsa') !== kind) return 'key-syntax';
  const hashes = tags.get('h');
  if (hashes !== undefined && !readColons(hashes).includes('sha256')) return 'key-syntax';
  if (!readColons(tags.get('s') ?? '*').some((service) => service === '*' || service === 'email')) return 'key-syntax';
  const published = tags.get('p');
  if (published === undefined) return 'key-syntax';
  if (published === '') return 'revoked';
  const octets = readBase64(published);
  if (octets === undefined) return 'key-syntax';
  const key = kind === 'rsa' ? importRsa(octets) : importEd25519(octets);
  if (key === undefined) return 'key-syntax';
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < BITS_MIN || bits > BITS_MAX)) return 'weak';
  return { key, isStrict: readColons(tags.get('t') ?? '').includes('s') };
}
