import { and, count, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** Larger than most, so that nearly all rows are of one size. */
const PADDING = 4096;

const content = z.object({
  /** What the owner writes. */
  words: z.string(),
  /** Once decided. */
  outcome: z.object({ granted: z.boolean(), words: z.string(), day: z.string(), by: z.string() }).optional(),
});

/** What an owner says against a decision, by the decision's id in the profile log: there is one for each at most. */
export type AppealRow = {
  readonly id: string;
  readonly applicationId: string;
  readonly profileId: string;
  readonly status: 'open' | 'decided';
  readonly day: string;
  readonly content: z.output<typeof content>;
  /** As it was read, to compare with. */
  readonly sealed: string;
};

/** The queries of `appeals.ts`. */
export function makeAppealStore({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { read, tables } = storage;
  const { appeal: table } = tables;
  type Row = typeof table.$inferSelect;

  const open = (row: Row): AppealRow => ({
    ...row,
    status: row.status === 'open' ? 'open' : 'decided',
    content: content.parse(JSON.parse(seals.open('appeal', row.id, row.sealed))),
  });

  const seal = (id: string, value: AppealRow['content']): string =>
    seals.sealPadded('appeal', id, JSON.stringify(value), PADDING);

  return {
    async find(id: string): Promise<AppealRow | undefined> {
      const [row] = await read.select().from(table).where(eq(table.id, id));
      return row === undefined ? undefined : open(row);
    },
    async ofProfile(profileId: string, db: Db = read): Promise<AppealRow[]> {
      return (await db.select().from(table).where(eq(table.profileId, profileId))).map(open);
    },
    async open(applicationId: string): Promise<AppealRow[]> {
      const isHere = and(eq(table.applicationId, applicationId), eq(table.status, 'open'));
      return (await read.select().from(table).where(isHere)).map(open);
    },
    async countOpen(applicationId: string): Promise<number> {
      const [row] = await read
        .select({ count: count() })
        .from(table)
        .where(and(eq(table.applicationId, applicationId), eq(table.status, 'open')));
      return row?.count ?? 0;
    },
    /** Returns false where there is one against this decision. */
    async insert(
      tx: Db,
      {
        id,
        applicationId,
        profileId,
        day,
        words,
      }: Omit<AppealRow, 'status' | 'content' | 'sealed'> & { words: string },
    ): Promise<boolean> {
      const row = { id, applicationId, profileId, status: 'open', day, sealed: seal(id, { words }) };
      const rows = await tx.insert(table).values(row).onConflictDoNothing().returning({ id: table.id });
      return rows.length === 1;
    },
    /** Returns false where somebody else decided before. */
    async decide(
      tx: Db,
      { id, content: before, sealed }: AppealRow,
      outcome: NonNullable<AppealRow['content']['outcome']>,
    ): Promise<boolean> {
      const rows = await tx
        .update(table)
        .set({ status: 'decided', sealed: seal(id, { ...before, outcome }) })
        .where(and(eq(table.id, id), eq(table.status, 'open'), eq(table.sealed, sealed)))
        .returning({ id: table.id });
      return rows.length === 1;
    },
    async forget(tx: Db, profileId: string): Promise<void> {
      await tx.delete(table).where(eq(table.profileId, profileId));
    },
    /** Forgets decided ones that were written before this day (an ISO date). */
    async sweep(before: string): Promise<void> {
      await storage.write(async (tx) => {
        for (const { id, day } of await tx
          .select({ id: table.id, day: table.day })
          .from(table)
          .where(eq(table.status, 'decided'))) {
          if (day < before) await tx.delete(table).where(eq(table.id, id));
        }
      });
    },
  };
}
