import { and, asc, eq, gt, lte } from 'drizzle-orm';
import { z } from 'zod';
import { describeError, type Log } from '../log.ts';
import { inPages } from '../storage/findings.ts';
import { randomId, SealError, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

const errand = z.object({
  /** Milliseconds. */
  due: z.number(),
  what: z.discriminatedUnion('kind', [
    /** The time has come from which a profile is refused: what its grants still allow ends. */
    z.object({ kind: z.literal('end-profile'), profileId: z.string() }),
    /** Somebody is to be told that administrators looked behind a profile of theirs. */
    z.object({ kind: z.literal('tell-unsealed'), about: z.record(z.string(), z.string()) }),
    /** The address that came with an old name has not been sent for long enough: it goes. */
    z.object({ kind: z.literal('forget-old-address'), profileId: z.string() }),
  ]),
});

/** Something to do later. */
export type Errand = z.output<typeof errand>['what'];

export type ErrandKind = Errand['kind'];

/**
 * How errands of a kind are done. `before` may do anything, and may be done again where this node stops in the middle;
 * `within` happens in the transaction that strikes the errand off, so exactly once.
 */
export type ErrandHandler<E> = {
  readonly before?: (what: E) => Promise<void>;
  readonly within?: (tx: Db, what: E) => Promise<void>;
};

export type ErrandHandlers = { readonly [K in ErrandKind]: ErrandHandler<Extract<Errand, { kind: K }>> };

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** For so long an errand is one node's own; a node that stopped in the middle leaves it to another then. */
const LEASE = 10 * MINUTE;
/** Larger than any errand, so that all rows are of one size. */
const PADDING = 1024;
/** So many are read at a time. */
const PAGE = 200;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  log: Log;
  handlers: ErrandHandlers;
};

/** What is to be done later about somebody. When exactly is sealed: the plain column knows the hour alone. */
export function makeErrands({ storage, seals, now, log, handlers }: Needs) {
  const { errand: table } = storage.tables;
  type Row = typeof table.$inferSelect;

  const sealedOf = (id: string, due: number, what: Errand): { sealed: string; dueHour: number } => ({
    sealed: seals.sealPadded('errand', id, JSON.stringify({ due, what }), PADDING),
    dueHour: Math.floor(due / HOUR) * HOUR,
  });

  /** One that does not open, for want of an old key, must not hold up the others. */
  function open(row: Row): z.output<typeof errand> | undefined {
    try {
      return errand.parse(JSON.parse(seals.open('errand', row.id, row.sealed)));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      log.error({ event: 'errand_sealed' });
      return undefined;
    }
  }

  /** Makes an errand this node's for a while; undefined where another was faster. */
  async function lease(row: Row, what: Errand): Promise<string | undefined> {
    const set = sealedOf(row.id, now() + LEASE, what);
    const rows = await storage.write((tx) =>
      tx
        .update(table)
        .set(set)
        .where(and(eq(table.id, row.id), eq(table.sealed, row.sealed)))
        .returning({ id: table.id }),
    );
    return rows.length === 1 ? set.sealed : undefined;
  }

  async function carryOut<E extends Errand>(handler: ErrandHandler<E>, what: E, id: string, sealed: string) {
    await handler.before?.(what);
    await storage.write(async (tx) => {
      const struck = await tx
        .delete(table)
        .where(and(eq(table.id, id), eq(table.sealed, sealed)))
        .returning({ id: table.id });
      if (struck.length === 1) await handler.within?.(tx, what);
    });
  }

  function handle(what: Errand, id: string, sealed: string): Promise<void> {
    if (what.kind === 'end-profile') return carryOut(handlers['end-profile'], what, id, sealed);
    if (what.kind === 'tell-unsealed') return carryOut(handlers['tell-unsealed'], what, id, sealed);
    return carryOut(handlers['forget-old-address'], what, id, sealed);
  }

  async function runOne(row: Row): Promise<void> {
    const found = open(row);
    if (found === undefined || found.due > now()) return;
    const sealed = await lease(row, found.what);
    if (sealed === undefined) return;
    try {
      await handle(found.what, row.id, sealed);
    } catch (error) {
      log.error({ event: 'errand_failed', kind: found.what.kind, error: describeError(error) });
    }
  }

  const page = (after: string | undefined): Promise<Row[]> =>
    storage.read
      .select()
      .from(table)
      .where(and(lte(table.dueHour, now()), after === undefined ? undefined : gt(table.id, after)))
      .orderBy(asc(table.id))
      .limit(PAGE);

  return {
    /** Has something done once it is due (milliseconds), in a transaction of the caller's. */
    async add(tx: Db, what: Errand & { readonly due: number }): Promise<void> {
      const { due, ...rest } = what;
      const id = randomId();
      await tx.insert(table).values({ id, ...sealedOf(id, due, rest) });
    },

    /**
     * Does what is due; for the clock. Of several nodes one does each. What fails is tried again later and does not keep
     * the others from being done.
     */
    async run(): Promise<void> {
      for await (const rows of inPages(page, ({ id }) => id)) {
        for (const row of rows) await runOne(row);
      }
    },
  };
}
