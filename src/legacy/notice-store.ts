import { and, asc, count, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

/** What is known of an address that letters were to go to; see `storage/tables.ts`. */
export type Told = { readonly state: 'told' | 'stopped' | 'refused'; readonly round: number };

/** A name that nobody has taken back, as it lies in the table. */
export type FreeRow = { readonly applicationId: string; readonly nameKey: string; readonly sealed: string };

const stateOf = (text: string): Told['state'] => (text === 'stopped' || text === 'refused' ? text : 'told');

/** What letters to old addresses read and write. */
export function makeNoticeStore({ storage }: { storage: Storage }) {
  const { legacyBatch, legacyProfile, legacyTold } = storage.tables;
  /** Names of an import that was undone halfway are nobody's. */
  const stands = and(eq(legacyBatch.id, legacyProfile.batchId), ne(legacyBatch.status, 'undone'));

  return {
    /** Names that are free, in an order that stays, after `nameKey`. */
    free: (applicationId: string, nameKey: string, limit: number): Promise<FreeRow[]> =>
      storage.read
        .select({
          applicationId: legacyProfile.applicationId,
          nameKey: legacyProfile.nameKey,
          sealed: legacyProfile.sealed,
        })
        .from(legacyProfile)
        .innerJoin(legacyBatch, stands)
        .where(
          and(
            eq(legacyProfile.applicationId, applicationId),
            gt(legacyProfile.nameKey, nameKey),
            eq(legacyProfile.status, 'free'),
          ),
        )
        .orderBy(asc(legacyProfile.nameKey))
        .limit(limit),

    /** Which of some names still are free. */
    async stillFree(tx: Db, applicationId: string, nameKeys: readonly string[]): Promise<ReadonlySet<string>> {
      const rows = await tx
        .select({ nameKey: legacyProfile.nameKey })
        .from(legacyProfile)
        .innerJoin(legacyBatch, stands)
        .where(
          and(
            eq(legacyProfile.applicationId, applicationId),
            inArray(legacyProfile.nameKey, [...nameKeys]),
            eq(legacyProfile.status, 'free'),
          ),
        );
      return new Set(rows.map(({ nameKey }) => nameKey));
    },

    /** What is known of addresses, by their tags. */
    async told(tx: Db, tags: readonly string[]): Promise<ReadonlyMap<string, Told>> {
      const rows = await tx
        .select()
        .from(legacyTold)
        .where(inArray(legacyTold.addressTag, [...tags]));
      return new Map(rows.map(({ addressTag, state, round }) => [addressTag, { state: stateOf(state), round }]));
    },

    /** Notes that an address is told in a round. */
    async tell(tx: Db, applicationId: string, addressTag: string, round: number): Promise<void> {
      await tx
        .insert(legacyTold)
        .values({ addressTag, applicationId, state: 'told', round })
        .onConflictDoUpdate({ target: legacyTold.addressTag, set: { round }, setWhere: eq(legacyTold.state, 'told') });
    },

    /** Has an address be told nothing more. Whoever stopped the letters did, whatever its host says later. */
    async stop(tx: Db, applicationId: string, addressTag: string, state: 'stopped' | 'refused'): Promise<void> {
      await tx
        .insert(legacyTold)
        .values({ addressTag, applicationId, state, round: 0 })
        .onConflictDoUpdate({
          target: legacyTold.addressTag,
          set: { state },
          ...(state === 'refused' ? { setWhere: eq(legacyTold.state, 'told') } : {}),
        });
    },

    /** How many addresses of an application are in each state, and the last round that told any. */
    async counts(applicationId: string): Promise<Record<Told['state'], number> & { round: number }> {
      const rows = await storage.read
        .select({
          state: legacyTold.state,
          count: count(),
          round: sql<number>`max(${legacyTold.round})`.mapWith(Number),
        })
        .from(legacyTold)
        .where(eq(legacyTold.applicationId, applicationId))
        .groupBy(legacyTold.state);
      const counts = { told: 0, stopped: 0, refused: 0, round: 0 };
      for (const row of rows) {
        counts[stateOf(row.state)] = row.count;
        counts.round = Math.max(counts.round, row.round);
      }
      return counts;
    },
  };
}
