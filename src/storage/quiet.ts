import { eq } from 'drizzle-orm';
import type { Storage } from './storage.ts';

/** Where it stands among the facts of the database that the instance sends nothing. */
export const QUIET = 'quiet';

/**
 * Whether this instance sends nothing by itself, as after `aluco restore --quiet`: no logout message leaves, and one day
 * no mail. What waits to be sent keeps waiting. Whoever sends something asks here first.
 */
export async function isQuiet({ read, tables }: Pick<Storage, 'read' | 'tables'>): Promise<boolean> {
  const rows = await read.select().from(tables.meta).where(eq(tables.meta.key, QUIET));
  return rows.length > 0;
}

/** Has the instance send nothing from now on, or send again. */
export async function setQuiet(storage: Storage, quiet: boolean): Promise<void> {
  const { meta } = storage.tables;
  await storage.write(async (tx) => {
    if (quiet) await tx.insert(meta).values({ key: QUIET, value: 'yes' }).onConflictDoNothing();
    else await tx.delete(meta).where(eq(meta.key, QUIET));
  });
}
