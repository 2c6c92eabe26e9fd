import { createHash } from 'node:crypto';
import { z } from 'zod';
import { aliasLocalOf } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';

/** What is kept of an old account, sealed in its row. */
const legacySecret = z.object({
  /** 128 random bits, from which the subject and the alias of its profile follow: see `identityOf`. */
  seed: z.string(),
  /** What the application calls the account inside. */
  key: z.string(),
  /** As in schemes/record.ts; wiped when the name is taken back or the batch forgotten. */
  record: z.looseObject({ scheme: z.string() }).optional(),
  /** Wiped likewise. */
  address: z.string().optional(),
  confirmed: z.boolean().default(false),
  blocked: z.boolean().default(false),
  secondFactor: z.boolean().default(false),
  /** Whether its owner let us replace the address that the application knows by the relay address. */
  moves: z.boolean().default(false),
  /** Whether its owner is still to be asked that: the application knows an address of theirs. */
  asksToMove: z.boolean().default(false),
  /** Whether the address asked for no more notices. */
  unsubscribed: z.boolean().default(false),
});

export type LegacySecret = z.output<typeof legacySecret>;

/** The same where what is not so may be left out. */
export type NewSecret = z.input<typeof legacySecret>;

/** Rows are of one size, but for those with very long hashes. */
const PADDING = 256;

const SUBJECT_BYTES = 16;

const contextOf = (applicationId: string, nameKey: string): string => `${applicationId} ${nameKey}`;

/** What stands in a row, sealed for this name at this application. */
export function sealLegacy(seals: Seals, applicationId: string, nameKey: string, value: NewSecret): string {
  // What is not so is left out: with it most rows would need twice the room, and an import most of its time for that.
  const json = JSON.stringify(value, (_name, part: unknown) => (part === false ? undefined : part));
  return seals.sealPadded('legacy-profile', contextOf(applicationId, nameKey), json, PADDING);
}

export function openLegacy(
  seals: Seals,
  row: { readonly applicationId: string; readonly nameKey: string; readonly sealed: string },
): LegacySecret {
  const text = seals.open('legacy-profile', contextOf(row.applicationId, row.nameKey), row.sealed);
  return legacySecret.parse(JSON.parse(text));
}

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
