import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Storage } from '../storage/storage.ts';

const DAY = 86_400_000;
/** Under what the waits stand: whole days, nobody's name, no order that says whose. */
const FACT = 'sign_up_waits';
/** Of so many decisions the usual one is taken. */
const KEPT = 15;

const waits = z.array(z.number());

/** How long people wait for a yes or a no here, by the last decisions: enough for "about two days", and no more. */
export function makeUsualWait(storage: Storage) {
  const { meta } = storage.tables;

  async function read(db: Db): Promise<number[]> {
    const [row] = await db.select().from(meta).where(eq(meta.key, FACT));
    return row === undefined ? [] : waits.parse(JSON.parse(row.value));
  }

  return {
    /** Notes that somebody waited so long, in milliseconds. */
    async note(tx: Db, waited: number): Promise<void> {
      const last = [...(await read(tx)), Math.max(0, Math.round(waited / DAY))].slice(-KEPT);
      const row = { key: FACT, value: JSON.stringify(last) };
      await tx.insert(meta).values(row).onConflictDoUpdate({ target: meta.key, set: row });
    },

    /** The usual wait in days, 0 for less than one; undefined before anything was decided. */
    async days(): Promise<number | undefined> {
      const sorted = (await read(storage.read)).toSorted((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    },
  };
}
