import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';

/** What is kept of an old account, sealed in its row. */
const legacySecret = z.object({
  /** The subject that its profile will have, or has. */
  subject: z.string(),
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
 * The local part of the alias of an imported name: 80 bits of its subject's hash, so that a file for the application can
 * name it before anybody takes the name back. The application sees both, and nobody can tell one without the other.
 */
export function aliasOf(subject: string): string {
  const bits = createHash('sha256').update(`alias:${subject}`).digest().subarray(0, 10).toString('hex');
  return BigInt(`0x${bits}`).toString(36).padStart(16, '0');
}
