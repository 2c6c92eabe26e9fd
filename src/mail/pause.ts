import { eq } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** Where it stands among the facts of the database, which every node reads. */
const PAUSED = 'relay-paused';

/** Whether an administrator holds all forwarded mail back, on every node: it is taken as ever, and waits. */
export async function isRelayPaused({ read, tables }: Pick<Storage, 'read' | 'tables'>): Promise<boolean> {
  const rows = await read.select().from(tables.meta).where(eq(tables.meta.key, PAUSED));
  return rows.length > 0;
}

/** Has forwarded mail wait from now on, or leave again. */
export async function pauseRelay(storage: Storage, paused: boolean): Promise<void> {
  const { meta } = storage.tables;
  await storage.write(async (tx) => {
    if (paused) await tx.insert(meta).values({ key: PAUSED, value: 'yes' }).onConflictDoNothing();
    else await tx.delete(meta).where(eq(meta.key, PAUSED));
  });
}
