import { and, asc, count, eq, gt, inArray, like, lt, notLike } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

export type LinkRow = { id: string; tokenHash: string; sealed: string; expiresHour: number };

/**
 * The queries about one-time links. Those that administrators made for people without an account stand under random
 * ids; all others under tags, which alone have a dot.
 */
export function makeLinkStore({ read, tables }: Storage) {
  const { invitation } = tables;
  const isForStranger = notLike(invitation.id, '%.%');
  const isTagged = like(invitation.id, '%.%');
  async function counted(db: Db, which: typeof isTagged): Promise<number> {
    const [row] = await db.select({ rows: count() }).from(invitation).where(which);
    return row?.rows ?? 0;
  }
  return {
    async find(id: string, db: Db = read): Promise<LinkRow | undefined> {
      const [row] = await db.select().from(invitation).where(eq(invitation.id, id));
      return row;
    },
    async findByToken(tokenHash: string): Promise<LinkRow | undefined> {
      const [row] = await read.select().from(invitation).where(eq(invitation.tokenHash, tokenHash));
      return row;
    },
    /** Those there are of these ids. Inside a transaction by `tx`. */
    async among(db: Db, ids: string[]): Promise<LinkRow[]> {
      return db.select().from(invitation).where(inArray(invitation.id, ids));
    },
    /** Invitations; those that run out first come first. */
    async list(now: number, limit: number): Promise<LinkRow[]> {
      return read
        .select()
        .from(invitation)
        .where(and(gt(invitation.expiresHour, now), isForStranger))
        .orderBy(asc(invitation.expiresHour), asc(invitation.id))
        .limit(limit);
    },
    /** How many invitations there are. What strangers ask for does not count: they could fill the place of these. */
    count: (db: Db): Promise<number> => counted(db, isForStranger),
    /** How many links there are that are no invitations. */
    countTagged: (db: Db): Promise<number> => counted(db, isTagged),
    /** Writes a row in place of the one that may be there. */
    async put(tx: Db, row: LinkRow): Promise<void> {
      const { id: _, ...set } = row;
      await tx.insert(invitation).values(row).onConflictDoUpdate({ target: invitation.id, set });
    },
    /** Returns false when the row is gone, or no longer the one that was read. */
    async replace(tx: Db, before: LinkRow, { id, ...set }: LinkRow): Promise<boolean> {
      const { tokenHash, sealed } = before;
      const rows = await tx
        .update(invitation)
        .set(set)
        .where(and(eq(invitation.id, id), eq(invitation.tokenHash, tokenHash), eq(invitation.sealed, sealed)))
        .returning({ id: invitation.id });
      return rows.length === 1;
    },
    /** Uses a row up; returns false when somebody else was faster, or another link took its place. */
    async take(tx: Db, { id, tokenHash }: LinkRow): Promise<boolean> {
      const rows = await tx
        .delete(invitation)
        .where(and(eq(invitation.id, id), eq(invitation.tokenHash, tokenHash)))
        .returning({ id: invitation.id });
      return rows.length === 1;
    },
    async remove(tx: Db, ids: string[]): Promise<void> {
      await tx.delete(invitation).where(inArray(invitation.id, ids));
    },
    async removeExpired(tx: Db, now: number): Promise<void> {
      await tx.delete(invitation).where(lt(invitation.expiresHour, now));
    },
  };
}
