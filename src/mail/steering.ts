import { eq } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** Where they stand among the facts of the database, which every node reads. */
const PAUSED = 'relay-paused';
const RETRY = 'relay-retry';

export type Steering = ReturnType<typeof makeSteering>;

/** An administrator's hand on mail that is on its way: whether it leaves, and that it is to be tried at once. */
export function makeSteering({ storage, now }: { storage: Storage; now: () => number }) {
  const { meta } = storage.tables;

  async function fact(key: string): Promise<string | undefined> {
    const [row] = await storage.read.select().from(meta).where(eq(meta.key, key));
    return row?.value;
  }

  return {
    /** Whether no forwarded mail leaves, on any node. Mail is taken as ever, and waits. */
    async isPaused(): Promise<boolean> {
      return (await fact(PAUSED)) !== undefined;
    },

    /** Has mail wait from now on, or leave again. */
    async pause(paused: boolean): Promise<void> {
      await storage.write(async (tx) => {
        if (paused) await tx.insert(meta).values({ key: PAUSED, value: 'yes' }).onConflictDoNothing();
        else await tx.delete(meta).where(eq(meta.key, PAUSED));
      });
    },

    /** Asks every node to try what waits at once, whenever it was due and however its destination did. */
    async retry(): Promise<void> {
      const value = String(now());
      await storage.write(async (tx) => {
        await tx.insert(meta).values({ key: RETRY, value }).onConflictDoUpdate({ target: meta.key, set: { value } });
      });
    },

    /** When that was last asked for, in milliseconds; 0 where it never was. */
    async retryAskedAt(): Promise<number> {
      return Number((await fact(RETRY)) ?? 0);
    },
  };
}
