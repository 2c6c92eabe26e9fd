import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { LegacyProfileRow, ReclaimStore } from './reclaim-store.ts';
import { openLegacy, type LegacySecret } from './secret.ts';

/** An old name as it was read: its row, and what is kept of it. */
export type Found = { readonly row: LegacyProfileRow; readonly secret: LegacySecret };

/** Longer than any name that is imported, whichever way it is composed; the rest is not looked at. */
const NAME_MAX = 400;

/** A name that somebody typed: exactly, and as names are compared. */
export type Typed = { readonly exact: string; readonly canonical: string };

/** Reads a name that somebody typed. What no name can be is nobody's: PostgreSQL does not look for just any text. */
export function typedName(text: string): Typed {
  const exact = text.slice(0, NAME_MAX).trim();
  if (/\p{Cc}|\p{Cs}/u.test(exact)) return { exact: '', canonical: '' };
  return { exact, canonical: canonicalName(exact) };
}

/** Under which keys a name may stand: as names are compared, or where two differ by no more than that, exactly. */
const keysOf = ({ exact, canonical }: Typed): string[] => [canonical, `=${exact}`];

export function openFound(seals: Seals, row: LegacyProfileRow): Found {
  return { row, secret: openLegacy(seals, row) };
}

/**
 * The old name that somebody means: the one that is written just so, or the one that no more than its case and its
 * composition tell from what was typed. It may be taken already.
 */
export async function findNamed(
  { store, seals }: { readonly store: ReclaimStore; readonly seals: Seals },
  applicationId: string,
  typed: Typed,
): Promise<Found | undefined> {
  const rows = await store.named(applicationId, keysOf(typed));
  const meant = rows.filter(({ name }) => canonicalName(name) === typed.canonical);
  const row = meant.find(({ name }) => name === typed.exact) ?? meant[0];
  return row === undefined ? undefined : openFound(seals, row);
}
