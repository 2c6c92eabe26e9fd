import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { isId, roundUpToHour, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { TELLINGS, UNSEALED } from './entries.ts';

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 12 * 1024;

const person = z.object({ accountId: z.string(), loginName: z.string() });

const content = z.object({
  /** The number of the entry of the register that it began with. */
  request: z.number(),
  profileId: z.string(),
  profile: z.string(),
  application: z.string(),
  applicationId: z.string(),
  wanted: z.array(z.enum(UNSEALED)),
  /** ISO dates. */
  from: z.string().optional(),
  to: z.string().optional(),
  reference: z.string(),
  reason: z.string(),
  telling: z.enum(TELLINGS),
  tellDay: z.string().optional(),
  asked: person,
  /** Milliseconds. */
  askedAt: z.number(),
  confirmed: person.optional(),
  confirmedAt: z.number().optional(),
});

export type UnsealingContent = z.output<typeof content>;

/** An unsealing on its way. `sealed` is another after each change. */
export type UnsealingRow = {
  readonly id: string;
  readonly status: 'asked' | 'confirmed';
  readonly sealed: string;
  readonly content: UnsealingContent;
};

/** The queries of unsealing. There are never many rows: each goes with its last step. */
export function makeUnsealingStore({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { read } = storage;
  const { unsealing } = storage.tables;
  const opened = (row: { id: string; status: string; sealed: string }): UnsealingRow => ({
    id: row.id,
    status: row.status === 'confirmed' ? 'confirmed' : 'asked',
    sealed: row.sealed,
    content: content.parse(JSON.parse(seals.open('unsealing', row.id, row.sealed))),
  });
  const columns = (id: string, value: UnsealingContent, until: number) => ({
    sealed: seals.sealPadded('unsealing', id, JSON.stringify(value satisfies z.input<typeof content>), PADDING),
    expiresHour: roundUpToHour(until),
  });
  const same = ({ id, sealed }: UnsealingRow) => and(eq(unsealing.id, id), eq(unsealing.sealed, sealed));

  return {
    async find(id: string, db: Db = read): Promise<UnsealingRow | undefined> {
      const [row] = isId(id) ? await db.select().from(unsealing).where(eq(unsealing.id, id)) : [];
      return row === undefined ? undefined : opened(row);
    },
    /** All of them, by the order in which they were asked for. */
    async list(db: Db = read): Promise<UnsealingRow[]> {
      const rows = await db.select().from(unsealing);
      return rows.map(opened).toSorted((a, b) => a.content.request - b.content.request);
    },
    async insert(tx: Db, id: string, value: UnsealingContent, until: number): Promise<void> {
      await tx.insert(unsealing).values({ id, status: 'asked', ...columns(id, value, until) });
    },
    /** Returns false when it is gone, or no longer the one that was read. */
    async confirm(tx: Db, before: UnsealingRow, value: UnsealingContent, until: number): Promise<boolean> {
      const rows = await tx
        .update(unsealing)
        .set({ status: 'confirmed', ...columns(before.id, value, until) })
        .where(same(before))
        .returning({ id: unsealing.id });
      return rows.length === 1;
    },
    /** Returns false when it is gone, or no longer the one that was read. */
    async remove(tx: Db, before: UnsealingRow): Promise<boolean> {
      const rows = await tx.delete(unsealing).where(same(before)).returning({ id: unsealing.id });
      return rows.length === 1;
    },
  };
}
