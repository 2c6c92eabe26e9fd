import { and, asc, eq } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

/** The queries of `delegates.ts`. */
export function makeDelegateStore({ read, tables }: Storage) {
  const { group, groupDelegate } = tables;
  return {
    /** The ids of a group's delegates. */
    async of(groupId: string, db: Db = read): Promise<string[]> {
      const rows = await db.select().from(groupDelegate).where(eq(groupDelegate.groupId, groupId));
      return rows.map(({ accountId }) => accountId);
    },
    /** Returns false where they are one already. */
    async insert(tx: Db, groupId: string, accountId: string): Promise<boolean> {
      const rows = await tx.insert(groupDelegate).values({ groupId, accountId }).onConflictDoNothing().returning();
      return rows.length === 1;
    },
    /** Returns false where they are none. */
    async remove(tx: Db, groupId: string, accountId: string): Promise<boolean> {
      const rows = await tx
        .delete(groupDelegate)
        .where(and(eq(groupDelegate.groupId, groupId), eq(groupDelegate.accountId, accountId)))
        .returning();
      return rows.length === 1;
    },
    groupsOf(accountId: string): Promise<{ id: string; name: string }[]> {
      return read
        .select({ id: group.id, name: group.name })
        .from(groupDelegate)
        .innerJoin(group, eq(group.id, groupDelegate.groupId))
        .where(eq(groupDelegate.accountId, accountId))
        .orderBy(asc(group.nameKey));
    },
  };
}
