import { and, asc, count, desc, eq, inArray, lte, min, ne } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

/**
 * What waits at an application: requests, how many of them are urgent and how many wait for an answer of whoever asks,
 * and profiles given at once. `oldest`: the day (ISO) of the oldest that waits for a moderator.
 */
export type Waiting = {
  readonly applicationId: string;
  readonly waiting: number;
  readonly urgent: number;
  readonly asked: number;
  readonly review: number;
  readonly oldest: string | undefined;
};

type Row = { status: string; urgent: boolean; rows: number; oldest: string | null };

function sumOf(rows: readonly Row[], isCounted: (row: Row) => boolean): number {
  return rows.filter(isCounted).reduce((sum, { rows: some }) => sum + some, 0);
}

/** The queries about requests for profiles; `profiles/` writes them. */
export function makeRequestStore({ read, tables }: Storage) {
  const { profile, profileRequest: request } = tables;

  return {
    /** A page of the queue: urgent ones first, then by day, then by name. */
    async page(applicationId: string, from: number, size: number): Promise<string[]> {
      const rows = await read
        .select({ id: request.profileId })
        .from(request)
        .innerJoin(profile, eq(profile.id, request.profileId))
        .where(eq(request.applicationId, applicationId))
        .orderBy(desc(request.urgent), asc(request.day), asc(profile.nameKey))
        .limit(size)
        .offset(from);
      return rows.map(({ id }) => id);
    },

    /** What waits at these applications; those where nothing does are left out. */
    async waiting(db: Db, applicationIds: readonly string[]): Promise<Waiting[]> {
      if (applicationIds.length === 0) return [];
      const rows = await db
        .select({
          applicationId: request.applicationId,
          status: request.status,
          urgent: request.urgent,
          rows: count(),
          oldest: min(request.day),
        })
        .from(request)
        .where(inArray(request.applicationId, [...applicationIds]))
        .groupBy(request.applicationId, request.status, request.urgent);
      return [...new Set(rows.map(({ applicationId }) => applicationId))].map((applicationId) => {
        const here = rows.filter((row) => row.applicationId === applicationId);
        const days = here.filter(({ status }) => status !== 'asked').map(({ oldest }) => oldest);
        return {
          applicationId,
          waiting: sumOf(here, ({ status }) => status !== 'review'),
          urgent: sumOf(here, ({ status, urgent }) => status !== 'review' && urgent),
          asked: sumOf(here, ({ status }) => status === 'asked'),
          review: sumOf(here, ({ status }) => status === 'review'),
          oldest: days.filter((day) => day !== null).toSorted()[0],
        };
      });
    },

    /** How many have waited for a moderator since this day or longer. */
    async waitingSince(db: Db, applicationId: string, day: string): Promise<number> {
      const [row] = await db
        .select({ rows: count() })
        .from(request)
        .where(and(eq(request.applicationId, applicationId), ne(request.status, 'asked'), lte(request.day, day)));
      return row?.rows ?? 0;
    },

    /** Marks what the moderators of an application were not told of yet as told; how many that were. */
    async markTold(tx: Db, applicationId: string): Promise<number> {
      const rows = await tx
        .update(request)
        .set({ told: true })
        .where(and(eq(request.applicationId, applicationId), eq(request.told, false), ne(request.status, 'asked')))
        .returning({ id: request.profileId });
      return rows.length;
    },

    /** The applications whose moderators were not told of everything yet. */
    async untold(): Promise<string[]> {
      const rows = await read
        .selectDistinct({ id: request.applicationId })
        .from(request)
        .where(and(eq(request.told, false), ne(request.status, 'asked')));
      return rows.map(({ id }) => id);
    },
  };
}
