import { eq } from 'drizzle-orm';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';

/** Who reads what is written to the instance itself. */
export function makeMailReaders({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { account } = storage.tables;
  return {
    /** The accounts of active administrators who have proven a mailbox. */
    async reachableAdministrators(): Promise<string[]> {
      const rows = await storage.read.select().from(account).where(eq(account.role, 'administrator'));
      return rows
        .map((row) => accountOf(seals, row, now()))
        .filter(({ status, mailboxVerified }) => status === 'active' && mailboxVerified)
        .map(({ id }) => id);
    },
  };
}
