import { and, asc, count, desc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** Rows grow in these steps, in bytes, so that their size hardly says how much was written. */
const STEP = 8192;

const text = z.object({ fr: z.string(), en: z.string() });

const entry = z.object({
  /** Whether a moderator referred the profile with it, or it was written by those who work on the case. */
  kind: z.enum(['referred', 'noted']),
  /** The account of who wrote it. */
  by: z.string(),
  /** An ISO date. */
  day: z.string(),
  reason: text.optional(),
  words: z.string(),
});

const content = z.object({ entries: z.array(entry), outcome: entry.optional() });

/** What somebody wrote in a case. */
export type CaseEntry = z.output<typeof entry>;
export type CaseContent = z.output<typeof content>;

/** A case as it stands. `sealed` is another after each change. */
export type CaseRow = {
  readonly id: string;
  readonly applicationId: string;
  readonly profileId: string;
  readonly status: 'open' | 'closed';
  /** The ISO date on which the profile was first referred. */
  readonly day: string;
  readonly sealed: string;
  readonly content: CaseContent;
};

type PlainRow = Omit<CaseRow, 'status' | 'content'> & { status: string };

/** The queries of `cases.ts`. */
export function makeCaseStore({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { read } = storage;
  const { caseFile, profile } = storage.tables;
  const seal = (id: string, value: CaseContent): string =>
    seals.sealPadded('case', id, JSON.stringify(value satisfies z.input<typeof content>), STEP);
  const opened = (row: PlainRow): CaseRow => ({
    ...row,
    status: row.status === 'open' ? 'open' : 'closed',
    content: content.parse(JSON.parse(seals.open('case', row.id, row.sealed))),
  });
  const isOpen = eq(caseFile.status, 'open');

  return {
    /** The application of a profile, about which no other case is opened until `tx` ends; undefined without a profile. */
    async lockProfile(tx: Db, profileId: string): Promise<string | undefined> {
      const [row] = await tx
        .update(profile)
        .set({ status: sql`${profile.status}` })
        .where(eq(profile.id, profileId))
        .returning({ applicationId: profile.applicationId });
      return row?.applicationId;
    },
    async find(id: string, db: Db = read): Promise<CaseRow | undefined> {
      const [row] = await db.select().from(caseFile).where(eq(caseFile.id, id));
      return row === undefined ? undefined : opened(row);
    },
    /** All cases about a profile, the latest first. */
    async ofProfile(profileId: string, db: Db = read): Promise<CaseRow[]> {
      const rows = await db
        .select()
        .from(caseFile)
        .where(eq(caseFile.profileId, profileId))
        .orderBy(desc(caseFile.day), asc(caseFile.id));
      return rows.map(opened);
    },
    async isOpenAbout(db: Db, profileId: string): Promise<boolean> {
      const rows = await db
        .select({ id: caseFile.id })
        .from(caseFile)
        .where(and(eq(caseFile.profileId, profileId), isOpen))
        .limit(1);
      return rows.length > 0;
    },
    async count(status: 'open' | 'closed', db: Db = read): Promise<number> {
      const [row] = await db.select({ rows: count() }).from(caseFile).where(eq(caseFile.status, status));
      return row?.rows ?? 0;
    },
    /** Some of them; open ones from the oldest on, closed ones from the latest. */
    async page(status: 'open' | 'closed', offset: number, limit: number): Promise<CaseRow[]> {
      const rows = await read
        .select()
        .from(caseFile)
        .where(eq(caseFile.status, status))
        .orderBy(status === 'open' ? asc(caseFile.day) : desc(caseFile.day), asc(caseFile.id))
        .limit(limit)
        .offset(offset);
      return rows.map(opened);
    },
    async insert(tx: Db, row: Omit<CaseRow, 'sealed'>): Promise<void> {
      const { content: value, ...plain } = row;
      await tx.insert(caseFile).values({ ...plain, sealed: seal(row.id, value) });
    },
    /** Returns false when it is gone, or no longer the one that was read. */
    async replace(tx: Db, before: CaseRow, after: Pick<CaseRow, 'status' | 'content'>): Promise<boolean> {
      const rows = await tx
        .update(caseFile)
        .set({ status: after.status, sealed: seal(before.id, after.content) })
        .where(and(eq(caseFile.id, before.id), eq(caseFile.sealed, before.sealed)))
        .returning({ id: caseFile.id });
      return rows.length === 1;
    },
  };
}
