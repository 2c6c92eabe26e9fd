import { canonicalMailbox } from '../mailbox.ts';
import type { Seals } from '../storage/seal.ts';

/** So many names of one address at one application are found by it; of any further one its owner has to know the name. */
export const NAMES_OF_ADDRESS = 8;

/**
 * The tag under which the `nth` name (from 0) of an address at an application is found: each has one of its own, so that
 * in a copy of the tables no two names show that they have one address (P2). `address`: canonical.
 */
export function addressTag(seals: Pick<Seals, 'tag'>, applicationId: string, address: string, nth: number): string {
  return seals.tag('legacy-address', applicationId, address, String(nth));
}

/**
 * All tags under which names of an address may stand at an application, with every key there is. `address`: as anybody wrote
 * it; without one there are none.
 */
export function addressTags(seals: Seals, applicationId: string, address: string | undefined): string[] {
  if (address === undefined) return [];
  const canonical = canonicalMailbox(address);
  const nths = Array.from({ length: NAMES_OF_ADDRESS }, (_, nth) => String(nth));
  return nths.flatMap((nth) => seals.tags('legacy-address', applicationId, canonical, nth));
}

/** The tags of an address itself, whatever names it has, with every key there is, the newest first. */
export function ownTags(seals: Seals, applicationId: string, address: string): string[] {
  return seals.tags('legacy-address', applicationId, address, '0');
}
