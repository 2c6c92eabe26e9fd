import { gt, lte, or } from 'drizzle-orm';
import { randomId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** Has something happen once in each span of time, on whichever node. */
export function makeTurns({ storage, now }: { storage: Storage; now: () => number }) {
  const { lease } = storage.tables;

  return {
    /**
     * Takes the turn of this span, in the transaction of what happens in it; false where it was taken. Spans follow one
     * another without a gap: `length` milliseconds each, counted from `start` after midnight UTC on 1 January 1970.
     */
    async take(tx: Db, name: string, length: number, start = 0): Promise<boolean> {
      const until = (Math.floor((now() - start) / length) + 1) * length + start;
      const row = { name, holder: randomId(), until };
      // One that ends later than the next span was taken while the clock was wrong.
      const isOver = or(lte(lease.until, now()), gt(lease.until, now() + 2 * length));
      const taken = await tx
        .insert(lease)
        .values(row)
        .onConflictDoUpdate({ target: lease.name, set: row, ...(isOver === undefined ? {} : { setWhere: isOver }) })
        .returning({ name: lease.name });
      return taken.length === 1;
    },
  };
}
