import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';
import type { AccountRow } from './store.ts';

/** The queries of `leaving.ts`. */
export function makeLeavingStore({ read, tables }: Storage) {
  const { account, credential, groupDelegate, groupMember, mailboxTrouble, moderator, session, signUp, timeline } =
    tables;

  return {
    /** Accounts to be deleted in the order of their ids, after one of them. */
    async leavingAfter(id: string, limit: number): Promise<AccountRow[]> {
      return read
        .select()
        .from(account)
        .where(and(eq(account.status, 'leaving'), gt(account.id, id)))
        .orderBy(asc(account.id))
        .limit(limit);
    },

    /** Removes an account and every row that is its own, by its id or by the tags that lead to it. */
    async removeAll(tx: Db, id: string, tags: { sessions: string[]; timeline: string[] }): Promise<void> {
      await tx.delete(credential).where(eq(credential.accountId, id));
      await tx.delete(signUp).where(eq(signUp.accountId, id));
      await tx.delete(mailboxTrouble).where(eq(mailboxTrouble.accountId, id));
      await tx.delete(groupMember).where(eq(groupMember.accountId, id));
      await tx.delete(groupDelegate).where(eq(groupDelegate.accountId, id));
      await tx.delete(moderator).where(eq(moderator.accountId, id));
      await tx.delete(session).where(inArray(session.accountTag, tags.sessions));
      await tx.delete(timeline).where(inArray(timeline.accountTag, tags.timeline));
      await tx.delete(account).where(eq(account.id, id));
    },
  };
}
