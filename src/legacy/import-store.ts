import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { jsonRows } from '../storage/json-rows.ts';
import { isId } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';
import { makeAddressStore } from './address-store.ts';
import type { BatchRow } from './batch.ts';

/** What an import writes of one old account. */
export type NewRow = readonly [nameKey: string, name: string, sealed: string];

export type OldRow = {
  readonly applicationId: string;
  readonly nameKey: string;
  readonly name: string;
  readonly batchId: string;
  readonly status: string;
  readonly sealed: string;
};

/** The queries of importing old names. */
export function makeImportStore(storage: Storage) {
  const { engine, read, tables } = storage;
  const { legacyProfile, legacyBatch, nameTaken, profile } = tables;
  const oldRow = {
    applicationId: legacyProfile.applicationId,
    nameKey: legacyProfile.nameKey,
    name: legacyProfile.name,
    batchId: legacyProfile.batchId,
    status: legacyProfile.status,
    sealed: legacyProfile.sealed,
  };
  const place = (name: string) => sql.placeholder(name);
  /** Whoever undoes a batch at the same moment may be done, and the names imported again. */
  const freeUnder = (batchId: string, applicationId: string, keys: readonly string[]) =>
    and(
      eq(legacyProfile.applicationId, applicationId),
      eq(legacyProfile.batchId, batchId),
      eq(legacyProfile.status, 'free'),
      inArray(legacyProfile.nameKey, [...keys]),
    );

  async function hasRows(db: Db, batchId: string, status: 'free' | 'taken'): Promise<boolean> {
    const rows = await db
      .select({ nameKey: legacyProfile.nameKey })
      .from(legacyProfile)
      .where(and(eq(legacyProfile.batchId, batchId), eq(legacyProfile.status, status)))
      .limit(1);
    return rows.length > 0;
  }

  const takeShapes = perHandle((db) =>
    db
      .insert(nameTaken)
      .select(sql`select ${place('applicationId')}, value->>0 from ${jsonRows(engine, place('rows'))} where true`)
      .onConflictDoNothing()
      .prepare('legacy_shapes'),
  );
  const insertRows = perHandle((db) =>
    db
      .insert(legacyProfile)
      .select(
        sql`select ${place('applicationId')}, value->>0, value->>1, ${place('batchId')}, 'free', null, value->>2 from ${jsonRows(engine, place('rows'))} where true`,
      )
      .prepare('legacy_rows'),
  );
  // One row after the other: joined with JSON, SQLite looks through all of it for each row of the application.
  const wipeRow = perHandle((db) =>
    db
      .update(legacyProfile)
      .set({ sealed: sql`${place('after')}` })
      .where(
        and(
          eq(legacyProfile.applicationId, place('applicationId')),
          eq(legacyProfile.nameKey, place('nameKey')),
          eq(legacyProfile.sealed, place('before')),
        ),
      )
      .returning({ nameKey: legacyProfile.nameKey })
      .prepare('legacy_wiped'),
  );
  return {
    ...makeAddressStore(storage),

    /** Takes shapes for ever, given as a JSON array of arrays of one; some may be taken already. */
    async takeShapes(tx: Db, applicationId: string, shapes: string): Promise<void> {
      await takeShapes(tx).execute({ applicationId, rows: shapes });
    },
    /** Those of the shapes that are taken. */
    async takenShapes(db: Db, applicationId: string, shapes: readonly string[]): Promise<string[]> {
      const rows = await db
        .select({ shape: nameTaken.shape })
        .from(nameTaken)
        .where(and(eq(nameTaken.applicationId, applicationId), inArray(nameTaken.shape, [...shapes])));
      return rows.map(({ shape }) => shape);
    },
    async hasShapes(applicationId: string): Promise<boolean> {
      const rows = await read
        .select({ shape: nameTaken.shape })
        .from(nameTaken)
        .where(eq(nameTaken.applicationId, applicationId))
        .limit(1);
      return rows.length > 0;
    },
    /** Writes rows, a JSON array of `NewRow` of which is given. @throws what `isTaken` knows, where a row is under one of their keys */
    async insertRows(tx: Db, common: { applicationId: string; batchId: string }, rows: string): Promise<void> {
      await insertRows(tx).execute({ ...common, rows });
    },
    /** Which of some names of a batch nobody took back. */
    async stillFree(tx: Db, batchId: string, applicationId: string, keys: readonly string[]): Promise<Set<string>> {
      const rows = await tx
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .where(freeUnder(batchId, applicationId, keys));
      return new Set(rows.map(({ nameKey }) => nameKey));
    },
    /** The old names under these keys. */
    oldRows(db: Db, applicationId: string, keys: readonly string[]): Promise<OldRow[]> {
      return db
        .select(oldRow)
        .from(legacyProfile)
        .where(and(eq(legacyProfile.applicationId, applicationId), inArray(legacyProfile.nameKey, [...keys])));
    },
    /** Whether the application has old names. */
    async hasOldRows(applicationId: string): Promise<boolean> {
      const rows = await read
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .where(eq(legacyProfile.applicationId, applicationId))
        .limit(1);
      return rows.length > 0;
    },
    /** The names of profiles under these keys, whatever became of the profiles. */
    profiles(db: Db, applicationId: string, keys: readonly string[]): Promise<{ nameKey: string; name: string }[]> {
      return db
        .select({ nameKey: profile.nameKey, name: profile.name })
        .from(profile)
        .where(and(eq(profile.applicationId, applicationId), inArray(profile.nameKey, [...keys])));
    },
    async hasProfiles(db: Db, applicationId: string): Promise<boolean> {
      const rows = await db
        .select({ id: profile.id })
        .from(profile)
        .where(eq(profile.applicationId, applicationId))
        .limit(1);
      return rows.length > 0;
    },

    async addBatch(tx: Db, row: BatchRow): Promise<void> {
      await tx.insert(legacyBatch).values(row);
    },
    async batch(id: string): Promise<BatchRow | undefined> {
      const [row] = isId(id) ? await read.select().from(legacyBatch).where(eq(legacyBatch.id, id)) : [];
      return row;
    },
    batches(db: Db, applicationId: string): Promise<BatchRow[]> {
      return db.select().from(legacyBatch).where(eq(legacyBatch.applicationId, applicationId));
    },
    allBatches(): Promise<BatchRow[]> {
      return read.select().from(legacyBatch);
    },
    /** A batch's row, held until the transaction ends. */
    async holdBatch(tx: Db, id: string): Promise<BatchRow | undefined> {
      if (!isId(id)) return undefined;
      const [row] = await tx.update(legacyBatch).set({ id }).where(eq(legacyBatch.id, id)).returning();
      return row;
    },
    async changeBatch(tx: Db, id: string, set: Pick<BatchRow, 'status' | 'sealed'>): Promise<void> {
      await tx.update(legacyBatch).set(set).where(eq(legacyBatch.id, id));
    },
    /**
     * To be called before many names are gone through by their batch: PostgreSQL does not know how many came until it looks by
     * itself, some time after an import, and would read all of the batch for each page of it until then.
     */
    async reckon(): Promise<void> {
      if (engine === 'postgres')
        await storage.write(async (tx) => void (await tx.execute(sql`ANALYZE ${legacyProfile}`)));
    },
    /** Whether somebody took a name of this batch back. */
    hasTaken: (db: Db, batchId: string): Promise<boolean> => hasRows(db, batchId, 'taken'),
    /** Whether a batch has names that nobody took back. */
    hasFree: (db: Db, batchId: string): Promise<boolean> => hasRows(db, batchId, 'free'),
    /** Free names of a batch of this application, in the order of their keys; as fast of a million as of ten. */
    freeRows(db: Db, batchId: string, applicationId: string, after: string, limit: number): Promise<OldRow[]> {
      return db
        .select(oldRow)
        .from(legacyProfile)
        .where(
          and(
            eq(legacyProfile.batchId, batchId),
            eq(legacyProfile.status, 'free'),
            eq(legacyProfile.applicationId, applicationId),
            gt(legacyProfile.nameKey, after),
          ),
        )
        .orderBy(asc(legacyProfile.nameKey))
        .limit(limit);
    },
    /** Removes those of a batch that are free still, and returns their keys; their shapes stay taken (P3). */
    async removeRows(tx: Db, batchId: string, applicationId: string, keys: readonly string[]): Promise<string[]> {
      const removed = await tx
        .delete(legacyProfile)
        .where(freeUnder(batchId, applicationId, keys))
        .returning({ nameKey: legacyProfile.nameKey });
      return removed.map(({ nameKey }) => nameKey);
    },
    /** Replaces what is sealed of some rows; returns the keys of those that nobody changed since they were read. */
    async wipeRows(tx: Db, wiped: readonly { readonly before: OldRow; readonly sealed: string }[]): Promise<string[]> {
      const keys: string[] = [];
      for (const { before, sealed } of wiped) {
        const { applicationId, nameKey } = before;
        const rows = await wipeRow(tx).execute({ applicationId, nameKey, before: before.sealed, after: sealed });
        keys.push(...rows.map((row) => row.nameKey));
      }
      return keys;
    },
  };
}

export type ImportStore = ReturnType<typeof makeImportStore>;
