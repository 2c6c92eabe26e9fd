import { and, asc, count, desc, eq, gt, gte, inArray, lt, lte, min, notExists, or, sql } from 'drizzle-orm';
import { perHandle, type Db, type Storage } from '../../storage/storage.ts';

/** Where a delivery stands, as its row shows it. */
export type Status = 'waiting' | 'held' | 'failed' | 'closed';

export type DeliveryRow = {
  id: string;
  status: Status;
  profileTag: string | null;
  spoolId: string | null;
  returnHash: string;
  seenTag: string | null;
  dueHour: number;
  sealed: string;
};

/** A row as it is opened. */
export type ReadRow = Pick<DeliveryRow, 'id' | 'spoolId' | 'sealed'> & { status: string };

/** What changes of a row. */
export type RowChange = Pick<DeliveryRow, 'status' | 'spoolId' | 'dueHour' | 'sealed'>;

/** So many rows are read or changed together. */
export const BATCH = 200;
/** So many pieces of a message are removed together. */
const PIECES = 4;

/** The queries of deliveries; those of every message are built once. */
export function makeDeliveryStore({ read, tables }: Storage) {
  const { delivery } = tables;
  const readable = {
    id: delivery.id,
    spoolId: delivery.spoolId,
    sealed: delivery.sealed,
    status: delivery.status,
  };
  const value = (name: keyof DeliveryRow) => sql`${sql.placeholder(name)}`;

  const insert = perHandle((db) =>
    db
      .insert(delivery)
      .values({
        id: sql.placeholder('id'),
        status: sql.placeholder('status'),
        profileTag: sql.placeholder('profileTag'),
        spoolId: sql.placeholder('spoolId'),
        returnHash: sql.placeholder('returnHash'),
        seenTag: sql.placeholder('seenTag'),
        dueHour: sql.placeholder('dueHour'),
        sealed: sql.placeholder('sealed'),
      })
      .prepare('delivery_insert'),
  );
  const change = perHandle((db) =>
    db
      .update(delivery)
      .set({ status: value('status'), spoolId: value('spoolId'), dueHour: value('dueHour'), sealed: value('sealed') })
      .where(and(eq(delivery.id, sql.placeholder('id')), eq(delivery.sealed, sql.placeholder('before'))))
      .returning({ id: delivery.id })
      .prepare('delivery_change'),
  );
  const bySeen = perHandle((db) =>
    db
      .select({ id: delivery.id, sealed: delivery.sealed })
      .from(delivery)
      .where(eq(delivery.seenTag, sql.placeholder('tag')))
      .prepare('delivery_by_seen'),
  );
  const countOf = perHandle((db) =>
    db
      .select({ count: count() })
      .from(delivery)
      .where(eq(delivery.profileTag, sql.placeholder('tag')))
      .prepare('delivery_count'),
  );
  const one = perHandle((db) =>
    db
      .select(readable)
      .from(delivery)
      .where(eq(delivery.id, sql.placeholder('id')))
      .prepare('delivery_by_id'),
  );
  const byReturn = perHandle((db) =>
    db
      .select(readable)
      .from(delivery)
      .where(eq(delivery.returnHash, sql.placeholder('hash')))
      .prepare('delivery_by_return'),
  );

  return {
    async insert(tx: Db, row: DeliveryRow): Promise<void> {
      await insert(tx).execute(row);
    },

    /** Changes a row if it still is what was read; returns whether it was. */
    async change(tx: Db, id: string, before: string, set: RowChange): Promise<boolean> {
      const rows = await change(tx).execute({ id, before, ...set });
      return rows.length === 1;
    },

    /** Rows that have one of these tags of messages already seen. */
    async seen(tx: Db, tags: readonly string[]): Promise<{ id: string; sealed: string }[]> {
      const found: { id: string; sealed: string }[] = [];
      for (const tag of tags) found.push(...(await bySeen(tx).execute({ tag })));
      return found;
    },

    async find(id: string): Promise<ReadRow | undefined> {
      const [row] = await one(read).execute({ id });
      return row;
    },

    async findByReturn(hash: string): Promise<ReadRow | undefined> {
      const [row] = await byReturn(read).execute({ hash });
      return row;
    },

    /** The rows of these ids, in any order. */
    findMany(ids: readonly string[]): Promise<ReadRow[]> {
      return read
        .select(readable)
        .from(delivery)
        .where(inArray(delivery.id, [...ids]));
    },

    /** All rows of a profile, by its tags. */
    ofProfile(tags: readonly string[]): Promise<ReadRow[]> {
      return read
        .select(readable)
        .from(delivery)
        .where(inArray(delivery.profileTag, [...tags]));
    },

    /** The ids of what waits and is due until then, or not before `after`; from the index alone, the earliest first. */
    async waiting(until: number, after: number): Promise<string[]> {
      const rows = await read
        .select({ id: delivery.id })
        .from(delivery)
        .where(
          and(
            eq(delivery.status, 'waiting' satisfies Status),
            or(lte(delivery.dueHour, until), gte(delivery.dueHour, after)),
          ),
        )
        .orderBy(asc(delivery.dueHour));
      return rows.map(({ id }) => id);
    },

    /** Some rows of a status, the earliest first. */
    first(status: Status, until: number, limit: number): Promise<ReadRow[]> {
      return read
        .select(readable)
        .from(delivery)
        .where(and(eq(delivery.status, status), lte(delivery.dueHour, until)))
        .orderBy(asc(delivery.dueHour))
        .limit(limit);
    },

    /** How many there are of each status but closed, and the earliest hour of one that waits; from the index alone. */
    async counts(): Promise<{ waiting: number; held: number; failed: number; oldestDue: number | undefined }> {
      const rows = await read
        .select({ status: delivery.status, count: count(), oldest: min(delivery.dueHour) })
        .from(delivery)
        .where(inArray(delivery.status, ['waiting', 'held', 'failed'] satisfies Status[]))
        .groupBy(delivery.status);
      const of = (status: Status) => rows.find((row) => row.status === status);
      return {
        waiting: of('waiting')?.count ?? 0,
        held: of('held')?.count ?? 0,
        failed: of('failed')?.count ?? 0,
        oldestDue: of('waiting')?.oldest ?? undefined,
      };
    },

    /** How many rows a profile has. */
    async countOf(tx: Db, tags: readonly string[]): Promise<number> {
      let sum = 0;
      for (const tag of tags) {
        const [row] = await countOf(tx).execute({ tag });
        sum += row?.count ?? 0;
      }
      return sum;
    },

    /** Removes the oldest lines of a profile. */
    async forgetOldest(tx: Db, tags: readonly string[], limit: number): Promise<void> {
      const oldest = await tx
        .select({ id: delivery.id })
        .from(delivery)
        .where(and(inArray(delivery.profileTag, [...tags]), eq(delivery.status, 'closed')))
        .orderBy(asc(delivery.dueHour))
        .limit(limit);
      const ids = oldest.map(({ id }) => id);
      if (ids.length > 0) await tx.delete(delivery).where(inArray(delivery.id, ids));
    },

    /** Removes lines whose time has come; returns how many. */
    async forgetClosed(tx: Db, until: number): Promise<number> {
      const rows = await tx
        .delete(delivery)
        .where(and(eq(delivery.status, 'closed'), lte(delivery.dueHour, until)))
        .returning({ id: delivery.id });
      return rows.length;
    },

    /** Removes a row if it still is what was read. */
    async remove(tx: Db, id: string, before: string): Promise<boolean> {
      const rows = await tx
        .delete(delivery)
        .where(and(eq(delivery.id, id), eq(delivery.sealed, before)))
        .returning({ id: delivery.id });
      return rows.length === 1;
    },
  };
}

/** The queries of messages and their pieces. */
export function makeMessageStore({ engine, read, tables }: Storage) {
  const { delivery, spool, spoolChunk } = tables;
  const insert = perHandle((db) =>
    db
      .insert(spool)
      .values({
        id: sql.placeholder('id'),
        sealed: sql.placeholder('sealed'),
        body: sql.placeholder('body'),
        expiresHour: sql.placeholder('expiresHour'),
      })
      .prepare('spool_insert'),
  );
  const userOf = perHandle((db) =>
    db
      .select({ id: delivery.id })
      .from(delivery)
      .where(eq(delivery.spoolId, sql.placeholder('id')))
      .limit(1)
      .prepare('spool_user'),
  );
  const size = sql<number>`length(${spool.sealed}) + coalesce(length(${spool.body}), 0)`;
  const pieceSize = sql<number>`length(${spoolChunk.body})`;
  const removeRow = perHandle((db) =>
    db
      .delete(spool)
      .where(eq(spool.id, sql.placeholder('id')))
      .returning({ size })
      .prepare('spool_remove'),
  );
  const pieceOf = perHandle((db) =>
    db
      .select({ number: spoolChunk.number })
      .from(spoolChunk)
      .where(eq(spoolChunk.spoolId, sql.placeholder('id')))
      .orderBy(desc(spoolChunk.number))
      .limit(PIECES)
      .prepare('spool_pieces'),
  );

  /**
   * Has whoever else closes a delivery of this message wait for the end of this transaction, so that the last of them
   * sees that it is the last. SQLite has one writer.
   */
  async function lock(tx: Db, id: string): Promise<void> {
    if (engine === 'sqlite') return;
    await tx
      .update(spool)
      .set({ expiresHour: sql`${spool.expiresHour}` })
      .where(eq(spool.id, id));
  }

  return {
    async insert(tx: Db, row: { id: string; sealed: string; body: Buffer | null; expiresHour: number }): Promise<void> {
      await insert(tx).execute(row);
    },

    async addPiece(tx: Db, spoolId: string, number: number, body: Buffer): Promise<void> {
      await tx.insert(spoolChunk).values({ spoolId, number, body });
    },

    /** Changes a body that is being written, if it is not being removed; returns whether it was there. */
    async change(tx: Db, id: string, set: { sealed?: string; expiresHour: number }): Promise<boolean> {
      const rows = await tx
        .update(spool)
        .set(set)
        .where(and(eq(spool.id, id), gt(spool.expiresHour, 0)))
        .returning({ id: spool.id });
      return rows.length === 1;
    },

    lock,

    /**
     * Removes a message that no delivery needs any more; returns the bytes that are free again. One in pieces only loses
     * its time, for `removeSome` to follow: many bytes in one transaction hold up everybody else.
     */
    async removeUnused(tx: Db, id: string): Promise<{ bytes: number; isLeft: boolean }> {
      if ((await userOf(tx).execute({ id })).length > 0) return { bytes: 0, isLeft: false };
      if ((await pieceOf(tx).execute({ id })).length > 0) {
        await tx.update(spool).set({ expiresHour: 0 }).where(eq(spool.id, id));
        return { bytes: 0, isLeft: true };
      }
      const rows = await removeRow(tx).execute({ id });
      return { bytes: rows[0]?.size ?? 0, isLeft: false };
    },

    /**
     * Removes some pieces of a message that no delivery needs, or, without any, the message; returns the bytes that are
     * free again and whether something is left to remove.
     */
    async removeSome(tx: Db, id: string): Promise<{ bytes: number; isLeft: boolean }> {
      await lock(tx, id);
      if ((await userOf(tx).execute({ id })).length > 0) return { bytes: 0, isLeft: false };
      const numbers = (await pieceOf(tx).execute({ id })).map(({ number }) => number);
      if (numbers.length === 0) {
        const rows = await removeRow(tx).execute({ id });
        return { bytes: rows[0]?.size ?? 0, isLeft: false };
      }
      const pieces = await tx
        .delete(spoolChunk)
        .where(and(eq(spoolChunk.spoolId, id), inArray(spoolChunk.number, numbers)))
        .returning({ size: pieceSize });
      return { bytes: pieces.reduce((sum, piece) => sum + piece.size, 0), isLeft: true };
    },

    async find(id: string): Promise<{ sealed: string; body: Buffer | null } | undefined> {
      const [row] = await read.select({ sealed: spool.sealed, body: spool.body }).from(spool).where(eq(spool.id, id));
      return row;
    },

    async piece(spoolId: string, number: number): Promise<Buffer | undefined> {
      const [row] = await read
        .select({ body: spoolChunk.body })
        .from(spoolChunk)
        .where(and(eq(spoolChunk.spoolId, spoolId), eq(spoolChunk.number, number)));
      return row?.body;
    },

    /** Messages that nobody needs and whose time has come. */
    async orphans(until: number): Promise<string[]> {
      const users = read.select({ id: delivery.id }).from(delivery).where(eq(delivery.spoolId, spool.id));
      const rows = await read
        .select({ id: spool.id })
        .from(spool)
        .where(and(lt(spool.expiresHour, until), notExists(users)))
        .limit(BATCH);
      return rows.map(({ id }) => id);
    },

    /** Takes its time from one of those, if it was not put off meanwhile; returns whether it has none now. */
    async expire(tx: Db, id: string, until: number): Promise<boolean> {
      const rows = await tx
        .update(spool)
        .set({ expiresHour: 0 })
        .where(and(eq(spool.id, id), lt(spool.expiresHour, until)))
        .returning({ id: spool.id });
      return rows.length === 1;
    },

    /** The bytes of all messages, as they lie there. */
    async bytes(): Promise<number> {
      const [rows] = await read.select({ sum: sql<string | number | null>`sum(${size})` }).from(spool);
      const [pieces] = await read.select({ sum: sql<string | number | null>`sum(${pieceSize})` }).from(spoolChunk);
      return Number(rows?.sum ?? 0) + Number(pieces?.sum ?? 0);
    },
  };
}
