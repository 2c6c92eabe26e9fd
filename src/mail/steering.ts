import { eq } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** Where they stand among the facts of the database, which every node reads. */
const PAUSED = 'relay-paused';
const ASKED = 'relay-retry';

export type Steering = ReturnType<typeof makeSteering>;

/** An administrator's hand on forwarded mail, which every node follows. `now` in milliseconds. */
export function makeSteering({ storage, now }: { storage: Storage; now: () => number }) {
  const { meta } = storage.tables;

  async function fact(key: string): Promise<string | undefined> {
    const [row] = await storage.read.select().from(meta).where(eq(meta.key, key));
    return row?.value;
  }

  return {
    /** Whether all of it is held back: it is taken as ever, and waits. */
    isPaused: async (): Promise<boolean> => (await fact(PAUSED)) !== undefined,

    /** Has it wait from now on, or leave again. */
    async pause(paused: boolean): Promise<void> {
      await storage.write(async (tx) => {
        if (paused) await tx.insert(meta).values({ key: PAUSED, value: 'yes' }).onConflictDoNothing();
        else await tx.delete(meta).where(eq(meta.key, PAUSED));
      });
    },

    /** Asks every node to try what waits at once, whatever its destination did. */
    async retry(): Promise<void> {
      const value = String(now());
      await storage.write(async (tx) => {
        await tx.insert(meta).values({ key: ASKED, value }).onConflictDoUpdate({ target: meta.key, set: { value } });
      });
    },

    /** When that was last asked for, in milliseconds: what was not tried since then is due. 0 where nobody asked. */
    retryAskedAt: async (): Promise<number> => Number((await fact(ASKED)) ?? 0),
  };
}
