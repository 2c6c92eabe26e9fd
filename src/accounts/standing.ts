import { UserError } from '../errors.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Account, Role } from './account.ts';
import { makeAccountStore } from './store.ts';

type Needs = { storage: Storage; onSuspended: (accountId: string) => Promise<void> };

/** What administrators decide about an account. Whether the caller may is checked where it is asked. */
export function makeStanding({ storage, onSuspended }: Needs) {
  const store = makeAccountStore(storage);

  async function change(id: string, to: Partial<Pick<Account, 'role' | 'status'>>): Promise<void> {
    const endsAdministration = to.role === 'person' || to.status === 'suspended';
    await storage.write(async (tx) => {
      // All administrators' rows are held, so that two who step down at the same moment do not both see the other.
      if (endsAdministration) await keepOneBesides(tx, id);
      const row = await store.lock(tx, id);
      if (row === undefined) throw new UserError('account_unknown');
      await store.update(tx, id, to);
    });
  }

  async function keepOneBesides(tx: Db, id: string): Promise<void> {
    const administrators = await store.lockAdministrators(tx);
    if (administrators.length === 1 && administrators[0] === id) throw new UserError('last_administrator');
  }

  return {
    /**
     * Suspends an account and has what it may still do ended. Suspending twice ends it twice, so that a failure in
     * between can be mended by asking again.
     * @throws {UserError} account_unknown, last_administrator
     */
    async suspend(id: string): Promise<void> {
      await change(id, { status: 'suspended' });
      await onSuspended(id);
    },

    /** @throws {UserError} account_unknown */
    reinstate: (id: string): Promise<void> => change(id, { status: 'active' }),

    /** @throws {UserError} account_unknown, last_administrator */
    setRole: (id: string, role: Role): Promise<void> => change(id, { role }),
  };
}
