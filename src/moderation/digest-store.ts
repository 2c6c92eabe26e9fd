import { and, count, eq, inArray, isNull, ne, or } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

/** The queries of `digest.ts`. */
export function makeDigestStore({ read, tables }: Storage) {
  const { appeal, moderator } = tables;

  return {
    /** Whom to tell so often, application by application. */
    recipients(digest: 'at-once' | 'daily'): Promise<{ applicationId: string; accountId: string }[]> {
      return read
        .select({ applicationId: moderator.applicationId, accountId: moderator.accountId })
        .from(moderator)
        .where(eq(moderator.digest, digest));
    },

    /** Takes the day (ISO) of a moderator who is told daily; false where they were told, or no longer are to be. */
    async takeDay(tx: Db, applicationId: string, accountId: string, day: string): Promise<boolean> {
      const isThem = and(eq(moderator.applicationId, applicationId), eq(moderator.accountId, accountId));
      const isDue = or(isNull(moderator.toldDay), ne(moderator.toldDay, day));
      const rows = await tx
        .update(moderator)
        .set({ toldDay: day })
        .where(and(isThem, isDue, eq(moderator.digest, 'daily')))
        .returning({ accountId: moderator.accountId });
      return rows.length === 1;
    },

    /** How many appeals are open at these applications; those without any are left out. */
    async appeals(db: Db, applicationIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
      if (applicationIds.length === 0) return new Map();
      const rows = await db
        .select({ applicationId: appeal.applicationId, rows: count() })
        .from(appeal)
        .where(and(eq(appeal.status, 'open'), inArray(appeal.applicationId, [...applicationIds])))
        .groupBy(appeal.applicationId);
      return new Map(rows.map(({ applicationId, rows: open }) => [applicationId, open]));
    },
  };
}
