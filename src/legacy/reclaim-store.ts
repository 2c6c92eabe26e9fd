import { and, eq, getTableColumns, inArray, ne, sql } from 'drizzle-orm';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';
import { makeAddressStore } from './address-store.ts';

export type LegacyProfileRow = {
  applicationId: string;
  nameKey: string;
  name: string;
  batchId: string;
  status: string;
  takenDay: string | null;
  sealed: string;
};

/** Far more than any person looked up by an address has. */
const OFFERS_MAX = 200;

/** The queries of giving old names back. */
export function makeReclaimStore(storage: Storage) {
  const { read, tables, engine } = storage;
  const { removeTags } = makeAddressStore(storage);
  const { legacyAddress, legacyProfile, legacyBatch } = tables;
  const ofKey = (applicationId: string, nameKey: string) =>
    and(eq(legacyProfile.applicationId, applicationId), eq(legacyProfile.nameKey, nameKey));

  // SQLite has one writer, and no words for locking a row.
  const sharedBatch = perHandle((db) => {
    const byId = db
      .select({ status: legacyBatch.status })
      .from(legacyBatch)
      .where(eq(legacyBatch.id, sql.placeholder('id')));
    return (engine === 'postgres' ? byId.for('share') : byId).prepare('legacy_batch_shared');
  });

  return {
    /** Those of an application with one of these keys, but for what is left of an import that was undone halfway. */
    named(applicationId: string, keys: readonly string[], db: Db = read): Promise<LegacyProfileRow[]> {
      return db
        .select(getTableColumns(legacyProfile))
        .from(legacyProfile)
        .innerJoin(legacyBatch, eq(legacyBatch.id, legacyProfile.batchId))
        .where(
          and(
            eq(legacyProfile.applicationId, applicationId),
            inArray(legacyProfile.nameKey, [...keys]),
            ne(legacyBatch.status, 'undone'),
          ),
        );
    },

    /** Which of these applications had an import that came to its end: most never have any. */
    async imported(applicationIds: readonly string[]): Promise<string[]> {
      const rows = await read
        .selectDistinct({ applicationId: legacyBatch.applicationId })
        .from(legacyBatch)
        .where(and(inArray(legacyBatch.applicationId, [...applicationIds]), eq(legacyBatch.status, 'done')));
      return rows.map(({ applicationId }) => applicationId);
    },

    /** Those that nobody has taken back yet, by the tags of their addresses; of batches that came to their end alone. */
    free(tags: readonly string[]): Promise<LegacyProfileRow[]> {
      return read
        .select(getTableColumns(legacyProfile))
        .from(legacyAddress)
        .innerJoin(
          legacyProfile,
          and(
            eq(legacyProfile.applicationId, legacyAddress.applicationId),
            eq(legacyProfile.nameKey, legacyAddress.nameKey),
          ),
        )
        .innerJoin(legacyBatch, eq(legacyBatch.id, legacyProfile.batchId))
        .where(
          and(
            inArray(legacyAddress.addressTag, [...tags]),
            eq(legacyProfile.status, 'free'),
            eq(legacyBatch.status, 'done'),
          ),
        )
        .limit(OFFERS_MAX);
    },

    /** Whether there is any of an application. */
    async has(applicationId: string): Promise<boolean> {
      const rows = await read
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .where(eq(legacyProfile.applicationId, applicationId))
        .limit(1);
      return rows.length === 1;
    },

    /** A row as it stands, held until the transaction ends. */
    async hold(tx: Db, applicationId: string, nameKey: string): Promise<LegacyProfileRow | undefined> {
      const [row] = await tx.update(legacyProfile).set({ nameKey }).where(ofKey(applicationId, nameKey)).returning();
      return row;
    },

    /**
     * Writes what is left of a name that is free and is taken from now on; false where it is not free any more. `tags`:
     * those of its address, by which it is found no more.
     */
    async take(
      tx: Db,
      { applicationId, nameKey }: LegacyProfileRow,
      { day, sealed, tags }: { day: string; sealed: string; tags: readonly string[] },
    ): Promise<boolean> {
      await removeTags(tx, applicationId, [nameKey], tags);
      const rows = await tx
        .update(legacyProfile)
        .set({ status: 'taken', takenDay: day, sealed })
        .where(and(ofKey(applicationId, nameKey), eq(legacyProfile.status, 'free')))
        .returning({ nameKey: legacyProfile.nameKey });
      return rows.length === 1;
    },

    /** As much work as a letter that is written, where none is. */
    async pass(tx: Db): Promise<void> {
      await tx.select({ name: legacyProfile.name }).from(legacyProfile).where(ofKey('-', '-'));
      await tx.update(legacyProfile).set({ nameKey: '-' }).where(ofKey('-', '-'));
    },

    async reseal(tx: Db, { applicationId, nameKey }: LegacyProfileRow, sealed: string): Promise<void> {
      await tx.update(legacyProfile).set({ sealed }).where(ofKey(applicationId, nameKey));
    },

    /** Whether the names of a batch are there to be taken, which stays so until the transaction ends. */
    async standsBatch(tx: Db, id: string): Promise<boolean> {
      const [row] = await sharedBatch(tx).execute({ id });
      return row !== undefined && row.status !== 'undone';
    },

    /** Some rows of a batch that nobody has taken back. */
    someFree(batchId: string, limit: number): Promise<LegacyProfileRow[]> {
      return read
        .select()
        .from(legacyProfile)
        .where(and(eq(legacyProfile.batchId, batchId), eq(legacyProfile.status, 'free')))
        .limit(limit);
    },
  };
}

export type ReclaimStore = ReturnType<typeof makeReclaimStore>;
