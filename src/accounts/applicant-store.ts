import { and, count, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { SHAPE_VERSION, shapeOf } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import { allLinkIds, onlyLinkIds } from './links.ts';

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 12 * 1024;

const content = z.object({
  /** Milliseconds. */
  at: z.number(),
  reason: z.string(),
  /** Where the person was going. */
  applicationId: z.string().optional(),
  question: z.string().optional(),
  answer: z.string().optional(),
});

/** What somebody who waits for approval said, was asked and answered. */
export type Plea = z.output<typeof content>;

/** A plea as it stands. `sealed` is another after each change: what was read and changed meanwhile is not written over. */
export type PleaRow = { readonly accountId: string; readonly sealed: string; readonly plea: Plea };

/**
 * What a sealed plea says.
 * @throws {SealError} when it was moved or edited; internal.
 */
export function openPlea(seals: Seals, accountId: string, sealed: string): Plea {
  return content.parse(JSON.parse(seals.open('sign-up', accountId, sealed)));
}

/** The queries about people who wait for approval. */
export function makeApplicantStore({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { read } = storage;
  const { account, accountLog, credential, groupMember, invitation, loginTaken, signUp, timeline } = storage.tables;
  const seal = (accountId: string, plea: Plea): string =>
    seals.sealPadded('sign-up', accountId, JSON.stringify(plea), PADDING);
  const opened = (row: { accountId: string; sealed: string }): PleaRow => ({
    ...row,
    plea: openPlea(seals, row.accountId, row.sealed),
  });

  return {
    async find(accountId: string): Promise<PleaRow | undefined> {
      const [row] = await read.select().from(signUp).where(eq(signUp.accountId, accountId));
      return row === undefined ? undefined : opened(row);
    },
    /** All of them, oldest first: when each was written is sealed, and there are never many. */
    async list(): Promise<PleaRow[]> {
      const rows = await read.select().from(signUp);
      return rows.map(opened).toSorted((a, b) => a.plea.at - b.plea.at || (a.accountId < b.accountId ? -1 : 1));
    },
    async count(db: Db = read): Promise<number> {
      const [row] = await db.select({ rows: count() }).from(signUp);
      return row?.rows ?? 0;
    },
    async insert(tx: Db, accountId: string, plea: Plea): Promise<void> {
      await tx.insert(signUp).values({ accountId, sealed: seal(accountId, plea) });
    },
    /** Returns false when it is gone, or no longer the one that was read. */
    async replace(tx: Db, { accountId, sealed }: PleaRow, plea: Plea): Promise<boolean> {
      const rows = await tx
        .update(signUp)
        .set({ sealed: seal(accountId, plea) })
        .where(and(eq(signUp.accountId, accountId), eq(signUp.sealed, sealed)))
        .returning({ accountId: signUp.accountId });
      return rows.length === 1;
    },
    /** Takes a plea out: whoever gets it decides, and nobody else does. */
    async take(tx: Db, accountId: string): Promise<Plea | undefined> {
      const [row] = await tx.delete(signUp).where(eq(signUp.accountId, accountId)).returning();
      return row === undefined ? undefined : openPlea(seals, accountId, row.sealed);
    },
    async removeLinks(tx: Db, accountId: string): Promise<void> {
      await tx.delete(invitation).where(inArray(invitation.id, onlyLinkIds(seals, 'applicant', accountId)));
    },
    /**
     * Removes an account that nobody was ever let into, with all that belongs to it. Its login name is free again: it
     * was asked for and never given, and P3 is about names that were.
     */
    async removeAccount(tx: Db, { id, loginName }: Pick<Account, 'id' | 'loginName'>): Promise<void> {
      const links = allLinkIds(seals, id);
      await tx.delete(invitation).where(inArray(invitation.id, links));
      await tx.delete(credential).where(eq(credential.accountId, id));
      await tx.delete(groupMember).where(eq(groupMember.accountId, id));
      await tx.delete(timeline).where(inArray(timeline.accountTag, seals.tags('account', 'timeline', id)));
      await tx.delete(accountLog).where(inArray(accountLog.accountTag, seals.tags('account', 'log', id)));
      await tx.delete(account).where(eq(account.id, id));
      const shape = seals.tags('login-shape', SHAPE_VERSION, shapeOf(loginName));
      await tx.delete(loginTaken).where(inArray(loginTaken.tag, shape));
    },
  };
}
