import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Storage } from '../storage/storage.ts';

const DAY = 86_400_000;
/** Under what the waits of an application stand: whole days, nobody's name. */
const factOf = (applicationId: string): string => `request_waits.${applicationId}`;
/** Of so many decisions the usual one is taken. */
const KEPT = 15;

const waits = z.array(z.number());

/** How long people wait for a moderator's yes or no at an application, by the last decisions there. */
export function makeUsualWait(storage: Storage) {
  const { meta } = storage.tables;

  async function read(db: Db, applicationId: string): Promise<number[]> {
    const [row] = await db
      .select()
      .from(meta)
      .where(eq(meta.key, factOf(applicationId)));
    return row === undefined ? [] : waits.parse(JSON.parse(row.value));
  }

  return {
    /** Notes, in the transaction of the decision, that somebody asked on one day and was answered on another (ISO dates). */
    async note(tx: Db, applicationId: string, asked: string, answered: string): Promise<void> {
      const waited = Math.max(0, Math.round((Date.parse(answered) - Date.parse(asked)) / DAY));
      const last = [...(await read(tx, applicationId)), waited].slice(-KEPT);
      const row = { key: factOf(applicationId), value: JSON.stringify(last) };
      await tx.insert(meta).values(row).onConflictDoUpdate({ target: meta.key, set: row });
    },

    /** The usual wait in days, 0 for less than one; undefined before anything was decided. */
    async days(applicationId: string): Promise<number | undefined> {
      const sorted = (await read(storage.read, applicationId)).toSorted((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    },
  };
}
