import { and, eq, inArray, sql } from 'drizzle-orm';
import { jsonRows } from '../storage/json-rows.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

/** By which tag a name is found. */
type NewTag = { readonly tag: string; readonly nameKey: string };

/** By which addresses names that are free are found. */
export function makeAddressStore({ engine, tables: { legacyAddress } }: Pick<Storage, 'engine' | 'tables'>) {
  const insert = perHandle((db) =>
    db
      .insert(legacyAddress)
      .select(
        sql`select value->>0, ${sql.placeholder('applicationId')}, value->>1 from ${jsonRows(engine, sql.placeholder('rows'))} where true`,
      )
      .onConflictDoNothing()
      .returning({ tag: legacyAddress.addressTag, nameKey: legacyAddress.nameKey })
      .prepare('legacy_addresses'),
  );

  return {
    /** Has names be found by these tags, but for those that are given already; returns to which names they were given. */
    async insertTags(tx: Db, applicationId: string, tags: readonly NewTag[]): Promise<Map<string, string>> {
      const json = JSON.stringify(tags.map(({ tag, nameKey }) => [tag, nameKey]));
      const rows = await insert(tx).execute({ applicationId, rows: json });
      return new Map(rows.map(({ tag, nameKey }) => [tag, nameKey]));
    },
    /** Has names be found by these tags no more. */
    async removeTags(tx: Db, applicationId: string, keys: readonly string[], tags: readonly string[]): Promise<void> {
      await tx
        .delete(legacyAddress)
        .where(
          and(
            inArray(legacyAddress.addressTag, [...tags]),
            eq(legacyAddress.applicationId, applicationId),
            inArray(legacyAddress.nameKey, [...keys]),
          ),
        );
    },
  };
}
