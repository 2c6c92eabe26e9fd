import { and, asc, count, gt, inArray, isNotNull, isNull, eq } from 'drizzle-orm';
import type { Storage } from '../../storage/storage.ts';

/** So many rows are checked at a time. */
const PAGE = 500;

/** The queries of `check.ts`, which write nothing. */
export function makeSpoolCheckStore({ read, tables }: Storage) {
  const { delivery, spool, spoolChunk } = tables;
  return {
    deliveries: (after: string | undefined) =>
      read
        .select()
        .from(delivery)
        .where(after === undefined ? undefined : gt(delivery.id, after))
        .orderBy(asc(delivery.id))
        .limit(PAGE),

    /** Messages without their bodies. */
    async messages(after: string | undefined): Promise<{ id: string; sealed: string; hasBody: boolean }[]> {
      const rows = await read
        .select({ id: spool.id, sealed: spool.sealed })
        .from(spool)
        .where(after === undefined ? undefined : gt(spool.id, after))
        .orderBy(asc(spool.id))
        .limit(PAGE);
      const ids = rows.map(({ id }) => id);
      const full =
        ids.length === 0
          ? []
          : await read
              .select({ id: spool.id })
              .from(spool)
              .where(and(inArray(spool.id, ids), isNotNull(spool.body)));
      const withBody = new Set(full.map(({ id }) => id));
      return rows.map((row) => ({ ...row, hasBody: withBody.has(row.id) }));
    },

    /** Which of these messages there are. */
    async messagesAmong(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set();
      const rows = await read
        .select({ id: spool.id })
        .from(spool)
        .where(inArray(spool.id, [...ids]));
      return new Set(rows.map(({ id }) => id));
    },

    /** Which of these messages a delivery refers to. */
    async usedAmong(ids: readonly string[]): Promise<Set<string>> {
      const rows = await read
        .selectDistinct({ id: delivery.spoolId })
        .from(delivery)
        .where(inArray(delivery.spoolId, [...ids]));
      return new Set(rows.flatMap(({ id }) => id ?? []));
    },

    /** How many pieces these messages have. */
    async piecesOf(ids: readonly string[]): Promise<Map<string, number>> {
      const rows = await read
        .select({ id: spoolChunk.spoolId, count: count() })
        .from(spoolChunk)
        .where(inArray(spoolChunk.spoolId, [...ids]))
        .groupBy(spoolChunk.spoolId);
      return new Map(rows.map((row) => [row.id, row.count]));
    },

    /** Messages that are not there and have pieces. */
    async strayPieces(): Promise<string[]> {
      const rows = await read
        .selectDistinct({ id: spoolChunk.spoolId })
        .from(spoolChunk)
        .leftJoin(spool, eq(spool.id, spoolChunk.spoolId))
        .where(isNull(spool.id))
        .limit(PAGE);
      return rows.map(({ id }) => id);
    },
  };
}
