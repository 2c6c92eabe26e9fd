import { and, count, eq } from 'drizzle-orm';
import { isId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { RequestRow } from './petition.ts';

/** The queries about requests for profiles. */
export function makeRequestStore({ read, tables }: Storage) {
  const { profileRequest } = tables;
  return {
    async find(profileId: string, db: Db = read): Promise<RequestRow | undefined> {
      if (!isId(profileId)) return undefined;
      const [row] = await db.select().from(profileRequest).where(eq(profileRequest.profileId, profileId));
      return row;
    },
    /** How many wait for a yes or no at an application. */
    async count(applicationId: string): Promise<number> {
      const [row] = await read
        .select({ rows: count() })
        .from(profileRequest)
        .where(eq(profileRequest.applicationId, applicationId));
      return row?.rows ?? 0;
    },
    async insert(tx: Db, row: RequestRow): Promise<void> {
      await tx.insert(profileRequest).values(row);
    },
    /** Returns false when it is gone, or no longer the one that was read. */
    async replace(tx: Db, before: RequestRow, set: Partial<RequestRow>): Promise<boolean> {
      const rows = await tx
        .update(profileRequest)
        .set(set)
        .where(and(eq(profileRequest.profileId, before.profileId), eq(profileRequest.sealed, before.sealed)))
        .returning({ profileId: profileRequest.profileId });
      return rows.length === 1;
    },
    /** Returns whether it was there. */
    async remove(tx: Db, profileId: string): Promise<boolean> {
      const rows = await tx
        .delete(profileRequest)
        .where(eq(profileRequest.profileId, profileId))
        .returning({ profileId: profileRequest.profileId });
      return rows.length === 1;
    },
  };
}
