import { createHash } from 'node:crypto';
import { aliasLocalOf } from '../profiles/profiles.ts';
import type { LegacySecret } from './secret.ts';

const SUBJECT_BYTES = 16;

/**
 * What a name's profile is known by, fixed for ever when it was imported, so that a file for the application can name
 * both before anybody takes the name back. Each is another part of what the seed gives, which stands in no profile:
 * whoever is told the one, or finds it, cannot reckon the other.
 */
export function identityOf({ seed }: Pick<LegacySecret, 'seed'>): {
  readonly subject: string;
  readonly aliasLocal: string;
} {
  const bits = createHash('sha512').update(`old name:${seed}`).digest();
  // As no other id of ours does, none begins with a dash.
  bits.writeUInt8(bits.readUInt8(0) & 0x7f, 0);
  return { subject: bits.toString('base64url', 0, SUBJECT_BYTES), aliasLocal: aliasLocalOf(bits.subarray(32)) };
}
