import { hash, sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { DkimAlgorithm } from './verdict.ts';

const signAsync = promisify(sign);
const verifyAsync = promisify(verify);

/** Ed25519 signs the hash of what is signed (RFC 8463 §3). */
const prehashed = (octets: Buffer): Buffer => hash('sha256', octets, 'buffer');

/** Signs, on the thread pool. */
export const signOctets = (algorithm: DkimAlgorithm, octets: Buffer, key: KeyObject): Promise<Buffer> =>
  algorithm === 'rsa-sha256' ? signAsync('sha256', octets, key) : signAsync(null, prehashed(octets), key);

/** Whether a signature is of these octets, on the thread pool. The key must be of the algorithm's kind. */
export const isSigned = (
  algorithm: DkimAlgorithm,
  octets: Buffer,
  key: KeyObject,
  signature: Buffer,
): Promise<boolean> =>
  algorithm === 'rsa-sha256'
    ? verifyAsync('sha256', octets, key, signature)
    : verifyAsync(null, prehashed(octets), key, signature);
