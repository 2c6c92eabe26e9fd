import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import { contextOf } from './sealing.ts';

/** What is kept of an old account, sealed in its row. */
const legacySecret = z.object({
  /** 128 random bits, from which the subject and the alias of its profile follow: see identity.ts. */
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

/** What stands in a row. @throws {SealError} when it was not sealed for this name at this application */
export function openLegacy(
  seals: Seals,
  row: { readonly applicationId: string; readonly nameKey: string; readonly sealed: string },
): LegacySecret {
  const text = seals.open('legacy-profile', contextOf(row.applicationId, row.nameKey), row.sealed);
  return legacySecret.parse(JSON.parse(text));
}
