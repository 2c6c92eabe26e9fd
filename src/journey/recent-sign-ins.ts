import { eq } from 'drizzle-orm';
import { hashId, randomId, SealError, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { entries, withAddition, withRecord, type SignInEntry } from './sign-in-entry.ts';

export { isUnderWay, outcomeOfRefusal, type Outcome, type SignInEntry } from './sign-in-entry.ts';

const MINUTE = 60_000;
/** Larger than ten entries can be, so that the size of a row says nothing. */
const PADDING = 8192;
/** How often an addition looks for the sign-in it belongs to, which another node may be about to write. */
const LOOKS = 5;
const ADDITIONS = 20;

/** What is reported of a sign-in; `refs`: what its steps present, as it is. */
export type Report = Omit<SignInEntry, 'id' | 'at' | 'count' | 'refs'> & { readonly refs?: readonly string[] };

/** Something that belongs to a sign-in known already, and is nothing by itself. */
type Addition = { readonly record: SignInEntry; looks: number };

type Memory = { records: SignInEntry[]; additions: Addition[] };

export type RecentSignIns = ReturnType<typeof makeRecentSignIns>;

const newMemory = (): Memory => ({ records: [], additions: [] });

function hashRef(ref: string): string {
  // Not the hash under which a code or a token is stored: nothing here leads to their rows.
  return hashId(`recent-sign-ins:${ref}`).slice(0, 22);
}

/**
 * How the last sign-ins at each application ended, for its administrators: ten at most, nobody named. A sign-in costs
 * nothing for it: reports wait in memory, already counted together and cut to ten, until `flush`.
 */
export function makeRecentSignIns({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { recentSignIns } = storage.tables;
  let waiting = new Map<string, Memory>();
  let writing: Promise<void> = Promise.resolve();

  const sealOf = (applicationId: string, list: readonly SignInEntry[]): string =>
    seals.sealPadded('recent-sign-ins', applicationId, JSON.stringify(list), PADDING);

  /** What a row says; nothing where no key opens it any more. */
  function open(row: { applicationId: string; sealed: string } | undefined): SignInEntry[] {
    if (row === undefined) return [];
    try {
      // A row that a newer program wrote says nothing to this one.
      return entries.safeParse(JSON.parse(seals.open('recent-sign-ins', row.applicationId, row.sealed))).data ?? [];
    } catch (error) {
      if (error instanceof SealError) return [];
      throw error;
    }
  }

  const memoryOf = (applicationId: string): Memory => {
    const memory = waiting.get(applicationId) ?? newMemory();
    waiting.set(applicationId, memory);
    return memory;
  };

  const recordOf = ({ refs = [], ...report }: Report): SignInEntry => ({
    ...report,
    id: randomId(),
    at: Math.floor(now() / MINUTE) * MINUTE,
    count: 1,
    refs: refs.map(hashRef),
  });

  /** The list with all that a memory holds; what finds no sign-in of its own is in `left`. */
  function fold(stored: readonly SignInEntry[], { records, additions }: Memory) {
    const time = now();
    const withRecords = records.toReversed().reduce((list, record) => withRecord(list, record, time), [...stored]);
    const belongs = ({ record }: Addition): boolean =>
      withRecords.some(({ refs }) => refs.some((ref) => record.refs.includes(ref)));
    return {
      list: additions.reduce((list, { record }) => withAddition(list, record), withRecords),
      left: additions.filter((addition) => !belongs(addition)),
    };
  }

  /** Rows are taken one after the other, in one order on all nodes, and read under their lock. */
  async function write(tx: Db, applicationId: string, memory: Memory): Promise<Addition[]> {
    const mine = eq(recentSignIns.applicationId, applicationId);
    await tx
      .insert(recentSignIns)
      .values({ applicationId, sealed: sealOf(applicationId, []) })
      .onConflictDoNothing();
    await tx.update(recentSignIns).set({ applicationId }).where(mine);
    const [row] = await tx.select().from(recentSignIns).where(mine);
    const { list, left } = fold(open(row), memory);
    await tx
      .update(recentSignIns)
      .set({ sealed: sealOf(applicationId, list) })
      .where(mine);
    return left;
  }

  function putBack(batch: ReadonlyMap<string, Memory>): void {
    for (const [applicationId, { records, additions }] of batch) {
      const memory = memoryOf(applicationId);
      const time = now();
      memory.records = memory.records.toReversed().reduce((list, record) => withRecord(list, record, time), records);
      memory.additions = [...additions, ...memory.additions].slice(-ADDITIONS);
    }
  }

  async function writeBatch(): Promise<void> {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    const ids = [...batch.keys()].toSorted();
    try {
      const left = await storage.write(async (tx) => {
        const lefts = new Map<string, Memory>();
        for (const id of ids)
          lefts.set(id, { records: [], additions: await write(tx, id, batch.get(id) ?? newMemory()) });
        return lefts;
      });
      for (const [id, { additions }] of left) {
        const again = additions.filter((addition) => (addition.looks += 1) < LOOKS);
        if (again.length > 0) memoryOf(id).additions.unshift(...again);
      }
    } catch (error) {
      putBack(batch);
      throw error;
    }
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => undefined).then(writeBatch);
    return writing;
  }

  return {
    /** Takes note of a sign-in, or of a further step of one. */
    record(applicationId: string, report: Report): void {
      const memory = memoryOf(applicationId);
      memory.records = withRecord(memory.records, recordOf(report), now());
    },

    /** Takes note of something that only means anything for a sign-in known already. */
    add(applicationId: string, report: Report): void {
      const memory = memoryOf(applicationId);
      memory.additions = [...memory.additions, { record: recordOf(report), looks: 0 }].slice(-ADDITIONS);
    },

    /** Writes what waits, all applications in one transaction, merged with what other nodes wrote. */
    flush,

    /** The last sign-ins at an application, newest first, those of this very moment among them. */
    async read(applicationId: string): Promise<SignInEntry[]> {
      await flush();
      const [row] = await storage.read
        .select()
        .from(recentSignIns)
        .where(eq(recentSignIns.applicationId, applicationId));
      return open(row);
    },
  };
}
