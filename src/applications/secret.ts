import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret of ours: 256 bit, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The form in which a secret of ours is kept and compared: SHA-256, base64url. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Compares a presented secret with a kept hash, in the same time wherever they differ. */
export function isSecret(secret: string, hash: string): boolean {
  const presented = Buffer.from(hashSecret(secret));
  const kept = Buffer.from(hash);
  return presented.length === kept.length && timingSafeEqual(presented, kept);
}
