import type { Parts } from '../../../src/parts.ts';

/** When the next thing happens by itself that waits for its time, in milliseconds: a logout token, an errand. */
export async function nextDue({ seals, storage }: Parts, of: 'logout-message' | 'errand'): Promise<number | undefined> {
  const { errand, logoutMessage } = storage.tables;
  const rows =
    of === 'errand' ? await storage.read.select().from(errand) : await storage.read.select().from(logoutMessage);
  const dues = rows.map(({ id, sealed }) => {
    const opened = of === 'errand' ? seals.open('errand', id, sealed) : seals.open('logout-message', id, sealed);
    return (JSON.parse(opened) as { due: number }).due;
  });
  return dues.length === 0 ? undefined : Math.min(...dues);
}
