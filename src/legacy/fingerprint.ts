import { createHash } from 'node:crypto';
import type { Open } from './check-pass.ts';

/** The SHA-256 of a file as it lies there, in base64url, and its length in bytes. */
export async function fingerprintOf(open: Open): Promise<{ fingerprint: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    bytes += Buffer.byteLength(chunk);
  }
  return { fingerprint: hash.digest('base64url'), bytes };
}
