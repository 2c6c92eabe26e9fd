import { and, eq } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

export type ModeratorRow = { applicationId: string; accountId: string; digest: string; toldDay: string | null };

/** The queries of `moderators.ts`. */
export function makeModeratorStore({ read, tables }: Storage) {
  const { moderator } = tables;
  const isRow = (applicationId: string, accountId: string) =>
    and(eq(moderator.applicationId, applicationId), eq(moderator.accountId, accountId));

  return {
    async has(db: Db, applicationId: string, accountId: string): Promise<boolean> {
      const rows = await db
        .select({ accountId: moderator.accountId })
        .from(moderator)
        .where(isRow(applicationId, accountId));
      return rows.length === 1;
    },
    of(applicationId: string, db: Db = read): Promise<ModeratorRow[]> {
      return db.select().from(moderator).where(eq(moderator.applicationId, applicationId));
    },
    async ofAccount(accountId: string): Promise<string[]> {
      const rows = await read
        .select({ applicationId: moderator.applicationId })
        .from(moderator)
        .where(eq(moderator.accountId, accountId));
      return rows.map(({ applicationId }) => applicationId);
    },
    /** Returns false when they moderate there already. */
    async insert(tx: Db, row: ModeratorRow): Promise<boolean> {
      const rows = await tx
        .insert(moderator)
        .values(row)
        .onConflictDoNothing()
        .returning({ accountId: moderator.accountId });
      return rows.length === 1;
    },
    /** Returns false when they do not moderate there. */
    async remove(tx: Db, applicationId: string, accountId: string): Promise<boolean> {
      const rows = await tx
        .delete(moderator)
        .where(isRow(applicationId, accountId))
        .returning({ accountId: moderator.accountId });
      return rows.length === 1;
    },
    /** Returns false when they do not moderate there. */
    async change(
      tx: Db,
      applicationId: string,
      accountId: string,
      set: Partial<Pick<ModeratorRow, 'digest' | 'toldDay'>>,
    ): Promise<boolean> {
      const rows = await tx
        .update(moderator)
        .set(set)
        .where(isRow(applicationId, accountId))
        .returning({ accountId: moderator.accountId });
      return rows.length === 1;
    },
  };
}
