import { and, count, eq, inArray } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** How many names of a batch, or of several, wait and were taken back. */
export type Figures = { readonly free: number; readonly taken: number };

/** What the pages count of old names. */
export function makeFigures({ storage }: { storage: Storage }) {
  const { legacyBatch, legacyProfile } = storage.tables;

  return {
    /** By batch; one without any name is not in it. */
    async ofBatches(batchIds: readonly string[]): Promise<ReadonlyMap<string, Figures>> {
      const found = new Map<string, Figures>();
      if (batchIds.length === 0) return found;
      const rows = await storage.read
        .select({ batchId: legacyProfile.batchId, status: legacyProfile.status, count: count() })
        .from(legacyProfile)
        .where(inArray(legacyProfile.batchId, [...batchIds]))
        .groupBy(legacyProfile.batchId, legacyProfile.status);
      for (const { batchId, status, count: number } of rows) {
        const before = found.get(batchId) ?? { free: 0, taken: 0 };
        found.set(batchId, { ...before, [status === 'taken' ? 'taken' : 'free']: number });
      }
      return found;
    },

    /** Of all batches of an application together. */
    async ofApplication(applicationId: string): Promise<Figures> {
      const batches = await storage.read
        .select({ id: legacyBatch.id })
        .from(legacyBatch)
        .where(eq(legacyBatch.applicationId, applicationId));
      const all = [...(await this.ofBatches(batches.map(({ id }) => id))).values()];
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
