import type { Seals } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import { addressTag, NAMES_OF_ADDRESS } from './address-tag.ts';
import type { ImportStore, NewRow, NewTag } from './import-store.ts';

/** A row that is to be written, and the address it is to be found by, canonical: one that was confirmed. */
export type Untagged = NewRow & { readonly address: string | undefined };

/**
 * Tags for the rows by their addresses, several names of one address under tags of their own. Nobody else gives tags at
 * the application until the transaction ends: one file is imported there at a time.
 */
export async function giveTags(
  { store, seals }: { store: ImportStore; seals: Seals },
  tx: Db,
  applicationId: string,
  rows: readonly Untagged[],
): Promise<NewTag[]> {
  const tags: NewTag[] = [];
  const given = new Set<string>();
  let left = rows.flatMap((row) => (row.address === undefined ? [] : [{ row, address: row.address }]));
  for (let nth = 0; nth < NAMES_OF_ADDRESS && left.length > 0; nth += 1) {
    const wanted = left.map((one) => ({ ...one, tag: addressTag(seals, applicationId, one.address, nth) }));
    const there = await store.tagsThere(
      tx,
      wanted.map(({ tag }) => tag),
    );
    left = wanted.filter(({ row, tag }) => {
      if (there.has(tag) || given.has(tag)) return true;
      given.add(tag);
      tags.push({ tag, nameKey: row.nameKey });
      return false;
    });
  }
  return tags;
}
