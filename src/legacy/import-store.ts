import { and, asc, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import { isId } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';
import type { BatchRow } from './batch.ts';

/** What an import writes of one old account. */
export type NewRow = {
  readonly nameKey: string;
  readonly name: string;
  readonly sealed: string;
};

/** By which tag a name is found. */
export type NewTag = { readonly tag: string; readonly nameKey: string };

export type OldRow = {
  readonly applicationId: string;
  readonly nameKey: string;
  readonly name: string;
  readonly batchId: string;
  readonly status: string;
  readonly sealed: string;
};

/** Statements for many rows, prepared for these numbers of them: building one anew takes longer than running it. */
const WIDTHS = [128, 16, 1] as const;

const numbers = (width: number): number[] => Array.from({ length: width }, (_, index) => index);

/** Values for the numbered placeholders of one statement. */
function numbered(rows: readonly object[], common: Readonly<Record<string, unknown>>) {
  const values: Record<string, unknown> = { ...common };
  for (const [index, row] of rows.entries())
    for (const [name, value] of Object.entries(row)) values[`${name}${index}`] = value;
  return values;
}

/** Cuts a list into pieces of the widths there are statements for, the widest first. */
function* pieces<T>(list: readonly T[]): Generator<{ width: number; piece: readonly T[] }> {
  let at = 0;
  for (const width of WIDTHS) {
    for (; list.length - at >= width; at += width) yield { width, piece: list.slice(at, at + width) };
  }
}

type Statement<T> = { execute(values?: Record<string, unknown>): Promise<T> };

/** One prepared statement for each width. */
function widths<T>(prepare: (db: Db, width: number) => Statement<T>) {
  return perHandle((db) => new Map(WIDTHS.map((width) => [width as number, lazily(() => prepare(db, width))])));
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The queries of importing old names. */
export function makeImportStore({ read, tables }: Storage) {
  const { legacyAddress, legacyProfile, legacyBatch, nameTaken, profile } = tables;
  const oldRow = {
    applicationId: legacyProfile.applicationId,
    nameKey: legacyProfile.nameKey,
    name: legacyProfile.name,
    batchId: legacyProfile.batchId,
    status: legacyProfile.status,
    sealed: legacyProfile.sealed,
  };
  const place = (name: string) => sql.placeholder(name);

  const takeShapes = widths<unknown>((db, width) =>
    db
      .insert(nameTaken)
      .values(numbers(width).map((index) => ({ applicationId: place('applicationId'), shape: place(`shape${index}`) })))
      .onConflictDoNothing()
      .prepare(`legacy_shapes_${width}`),
  );
  const insertRows = widths<{ nameKey: string }[]>((db, width) =>
    db
      .insert(legacyProfile)
      .values(
        numbers(width).map((index) => ({
          applicationId: place('applicationId'),
          batchId: place('batchId'),
          status: 'free',
          takenDay: null,
          nameKey: place(`nameKey${index}`),
          name: place(`name${index}`),
          sealed: place(`sealed${index}`),
        })),
      )
      .onConflictDoNothing()
      .returning({ nameKey: legacyProfile.nameKey })
      .prepare(`legacy_rows_${width}`),
  );
  const insertTags = widths<unknown>((db, width) =>
    db
      .insert(legacyAddress)
      .values(
        numbers(width).map((index) => ({
          applicationId: place('applicationId'),
          addressTag: place(`tag${index}`),
          nameKey: place(`nameKey${index}`),
        })),
      )
      .prepare(`legacy_addresses_${width}`),
  );
  const tagsThere = widths<{ tag: string }[]>((db, width) =>
    db
      .select({ tag: legacyAddress.addressTag })
      .from(legacyAddress)
      .where(
        inArray(
          legacyAddress.addressTag,
          numbers(width).map((index) => place(`tag${index}`)),
        ),
      )
      .prepare(`legacy_tags_${width}`),
  );

  async function gather<R>(
    statements: (db: Db) => Map<number, () => Statement<R[]>>,
    db: Db,
    list: readonly object[],
    common: Readonly<Record<string, unknown>>,
  ): Promise<R[]> {
    const found: R[] = [];
    for (const { width, piece } of pieces(list)) {
      const rows = await statements(db).get(width)?.().execute(numbered(piece, common));
      for (const row of rows ?? []) found.push(row);
    }
    return found;
  }

  return {
    /** Takes shapes for ever; some may be taken already. */
    async takeShapes(tx: Db, applicationId: string, shapes: readonly string[]): Promise<void> {
      for (const { width, piece } of pieces(shapes))
        await takeShapes(tx)
          .get(width)?.()
          .execute(
            numbered(
              piece.map((shape) => ({ shape })),
              { applicationId },
            ),
          );
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
    /** Writes rows where no row is under the same key; returns how many it wrote. */
    async insertRows(
      tx: Db,
      common: { applicationId: string; batchId: string },
      rows: readonly NewRow[],
    ): Promise<number> {
      return (await gather(insertRows, tx, rows, common)).length;
    },
    /** Has names be found by these tags, none of which is given yet. */
    async insertTags(tx: Db, applicationId: string, tags: readonly NewTag[]): Promise<void> {
      for (const { width, piece } of pieces(tags))
        await insertTags(tx).get(width)?.().execute(numbered(piece, { applicationId }));
    },
    /** Those of the tags that are given. */
    async tagsThere(db: Db, tags: readonly string[]): Promise<Set<string>> {
      const rows = await gather(
        tagsThere,
        db,
        tags.map((tag) => ({ tag })),
        {},
      );
      return new Set(rows.map(({ tag }) => tag));
    },
    /** The old names under these keys. */
    oldRows(db: Db, applicationId: string, keys: readonly string[]): Promise<OldRow[]> {
      return db
        .select(oldRow)
        .from(legacyProfile)
        .where(and(eq(legacyProfile.applicationId, applicationId), inArray(legacyProfile.nameKey, [...keys])));
    },
    /** Whether the application has old names, but for those of this batch. */
    async hasOldRows(applicationId: string, butBatch = ''): Promise<boolean> {
      const rows = await read
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .where(and(eq(legacyProfile.applicationId, applicationId), ne(legacyProfile.batchId, butBatch)))
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
    /** Whether somebody took a name of this batch back. */
    async hasTaken(db: Db, batchId: string): Promise<boolean> {
      const rows = await db
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .where(and(eq(legacyProfile.batchId, batchId), eq(legacyProfile.status, 'taken')))
        .limit(1);
      return rows.length > 0;
    },
    /** Free names of a batch, in the order of their keys. */
    freeRows(db: Db, batchId: string, after: string, limit: number): Promise<OldRow[]> {
      return db
        .select(oldRow)
        .from(legacyProfile)
        .where(
          and(eq(legacyProfile.batchId, batchId), eq(legacyProfile.status, 'free'), gt(legacyProfile.nameKey, after)),
        )
        .orderBy(asc(legacyProfile.nameKey))
        .limit(limit);
    },
    /** Removes those of a batch that are free still, and returns their keys; their shapes stay taken (P3). */
    async removeRows(tx: Db, batchId: string, applicationId: string, keys: readonly string[]): Promise<string[]> {
      const removed = await tx
        .delete(legacyProfile)
        .where(
          and(
            eq(legacyProfile.applicationId, applicationId),
            // Whoever undoes it at the same moment may be done, and the names imported again.
            eq(legacyProfile.batchId, batchId),
            eq(legacyProfile.status, 'free'),
            inArray(legacyProfile.nameKey, [...keys]),
          ),
        )
        .returning({ nameKey: legacyProfile.nameKey });
      return removed.map(({ nameKey }) => nameKey);
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
    /** Replaces what is sealed of a row; false where somebody changed it since it was read. */
    async wipeRow(tx: Db, before: OldRow, sealed: string): Promise<boolean> {
      const rows = await tx
        .update(legacyProfile)
        .set({ sealed })
        .where(
          and(
            eq(legacyProfile.applicationId, before.applicationId),
            eq(legacyProfile.nameKey, before.nameKey),
            eq(legacyProfile.sealed, before.sealed),
          ),
        )
        .returning({ nameKey: legacyProfile.nameKey });
      return rows.length === 1;
    },
  };
}

export type ImportStore = ReturnType<typeof makeImportStore>;
