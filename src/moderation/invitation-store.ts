import { and, asc, count, eq, gt, lt } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

export type ProfileInvitationRow = {
  id: string;
  applicationId: string;
  tokenHash: string;
  sealed: string;
  expiresHour: number;
};

/** The queries of `invitations.ts`. */
export function makeProfileInvitationStore({ read, tables }: Storage) {
  const { profileInvitation } = tables;
  const ofApplication = (applicationId: string, now: number) =>
    and(eq(profileInvitation.applicationId, applicationId), gt(profileInvitation.expiresHour, now));
  const isSame = ({ id, sealed }: ProfileInvitationRow) =>
    and(eq(profileInvitation.id, id), eq(profileInvitation.sealed, sealed));

  return {
    async findByToken(tokenHash: string, db: Db = read): Promise<ProfileInvitationRow | undefined> {
      const [row] = await db.select().from(profileInvitation).where(eq(profileInvitation.tokenHash, tokenHash));
      return row;
    },
    /** Those that have not run out; those that do so first come first. */
    list(applicationId: string, now: number): Promise<ProfileInvitationRow[]> {
      return read
        .select()
        .from(profileInvitation)
        .where(ofApplication(applicationId, now))
        .orderBy(asc(profileInvitation.expiresHour), asc(profileInvitation.id));
    },
    async count(tx: Db, applicationId: string, now: number): Promise<number> {
      const [row] = await tx.select({ rows: count() }).from(profileInvitation).where(ofApplication(applicationId, now));
      return row?.rows ?? 0;
    },
    async insert(tx: Db, row: ProfileInvitationRow): Promise<void> {
      await tx.insert(profileInvitation).values(row);
    },
    /** Returns false when the row is gone, or no longer the one that was read. */
    async replace(tx: Db, before: ProfileInvitationRow, sealed: string): Promise<boolean> {
      const rows = await tx
        .update(profileInvitation)
        .set({ sealed })
        .where(isSame(before))
        .returning({ id: profileInvitation.id });
      return rows.length === 1;
    },
    /** Returns false when the row is gone, or no longer the one that was read. */
    async take(tx: Db, before: ProfileInvitationRow): Promise<boolean> {
      const rows = await tx.delete(profileInvitation).where(isSame(before)).returning({ id: profileInvitation.id });
      return rows.length === 1;
    },
    async remove(tx: Db, applicationId: string, id: string): Promise<void> {
      await tx
        .delete(profileInvitation)
        .where(and(eq(profileInvitation.id, id), eq(profileInvitation.applicationId, applicationId)));
    },
    async removeExpired(tx: Db, now: number): Promise<void> {
      await tx.delete(profileInvitation).where(lt(profileInvitation.expiresHour, now));
    },
  };
}
