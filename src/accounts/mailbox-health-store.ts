import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

export type TroubleRow = { accountId: string; sealed: string };

/** The queries of `mailbox-health.ts`. Every change is compare-and-set: it says which row it was made from. */
export function makeMailboxHealthStore({ read, tables }: Storage) {
  const { mailboxTrouble: table } = tables;
  const same = ({ accountId, sealed }: TroubleRow) => and(eq(table.accountId, accountId), eq(table.sealed, sealed));
  // Asked for every message.
  const one = perHandle((db) =>
    db
      .select()
      .from(table)
      .where(eq(table.accountId, sql.placeholder('accountId')))
      .prepare('mailbox_trouble_by_account'),
  );

  return {
    async find(accountId: string, db: Db = read): Promise<TroubleRow | undefined> {
      const [row] = await one(db).execute({ accountId });
      return row;
    },
    /** Rows in the order of their accounts, after one of them. */
    async after(accountId: string, limit: number): Promise<TroubleRow[]> {
      return read.select().from(table).where(gt(table.accountId, accountId)).orderBy(asc(table.accountId)).limit(limit);
    },
    /** Returns false when there is one meanwhile. */
    async insert(tx: Db, row: TroubleRow): Promise<boolean> {
      const rows = await tx.insert(table).values(row).onConflictDoNothing().returning({ id: table.accountId });
      return rows.length === 1;
    },
    /** Returns false when the row is gone, or no longer the one that was read. */
    async replace(tx: Db, before: TroubleRow, sealed: string): Promise<boolean> {
      const rows = await tx.update(table).set({ sealed }).where(same(before)).returning({ id: table.accountId });
      return rows.length === 1;
    },
    /** Returns false when the row is gone, or no longer the one that was read. */
    async remove(tx: Db, before: TroubleRow): Promise<boolean> {
      const rows = await tx.delete(table).where(same(before)).returning({ id: table.accountId });
      return rows.length === 1;
    },
  };
}
