import { and, count, eq, inArray } from 'drizzle-orm';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { batchOf, type Batch } from './batch.ts';

/** How many names of a batch, or of several, wait and were taken back. */
export type Figures = { readonly free: number; readonly taken: number };

/** What is known already of a batch whose names are counted. */
type Counted = Pick<Batch, 'id' | 'status' | 'tally'>;

/** What the pages count of old names. */
export function makeFigures({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { legacyBatch, legacyProfile } = storage.tables;

  async function counted(batchIds: readonly string[], status: 'free' | 'taken'): Promise<ReadonlyMap<string, number>> {
    if (batchIds.length === 0) return new Map();
    const rows = await storage.read
      .select({ batchId: legacyProfile.batchId, count: count() })
      .from(legacyProfile)
      .where(and(inArray(legacyProfile.batchId, [...batchIds]), eq(legacyProfile.status, status)))
      .groupBy(legacyProfile.batchId);
    return new Map(rows.map(({ batchId, count: number }) => [batchId, number]));
  }

  /**
   * By batch; one without any name is not in it. Those that wait are what was imported less what was taken: they may be
   * a million, and others wait while they are counted. What is left of an import that was undone is counted.
   */
  async function ofBatches(batches: readonly Counted[]): Promise<ReadonlyMap<string, Figures>> {
    const idsOf = (some: readonly Counted[]): string[] => some.map(({ id }) => id);
    const isUndone = ({ status }: Counted): boolean => status === 'undone';
    const taken = await counted(idsOf(batches), 'taken');
    const left = await counted(idsOf(batches.filter(isUndone)), 'free');
    const figures = batches.map((batch): [string, Figures] => {
      const { id, tally } = batch;
      const gone = taken.get(id) ?? 0;
      const free = isUndone(batch) ? (left.get(id) ?? 0) : Math.max(0, tally.names - gone);
      return [id, { free, taken: gone }];
    });
    return new Map(figures.filter(([, { free, taken: gone }]) => free + gone > 0));
  }

  return {
    ofBatches,

    /** Of all batches of an application together. */
    async ofApplication(applicationId: string): Promise<Figures> {
      const rows = await storage.read.select().from(legacyBatch).where(eq(legacyBatch.applicationId, applicationId));
      const all = [...(await ofBatches(rows.map((row) => batchOf(seals, row)))).values()];
      return all.reduce((sum, { free, taken }) => ({ free: sum.free + free, taken: sum.taken + taken }), {
        free: 0,
        taken: 0,
      });
    },

    /** How many names of a batch were taken back on each day, the earliest first. */
    async takenByDay(batchId: string): Promise<{ day: string; count: number }[]> {
      const rows = await storage.read
        .select({ day: legacyProfile.takenDay, count: count() })
        .from(legacyProfile)
        .where(and(eq(legacyProfile.batchId, batchId), eq(legacyProfile.status, 'taken')))
        .groupBy(legacyProfile.takenDay);
      return rows
        .flatMap(({ day, count: number }) => (day === null ? [] : [{ day, count: number }]))
        .toSorted((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
}
