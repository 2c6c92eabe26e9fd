import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import type { Mailboxes, Told } from './mailboxes.ts';
import { makeAccountStore } from './store.ts';

/** Sees to it that somebody can always run the instance. */
export function makeKeepAdministrator({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeAccountStore(storage);

  /**
   * Holds all administrators' rows until `tx` ends, so that two who step down at the same moment do not both see the
   * other.
   * @throws {UserError} last_administrator, where nobody but this account could act
   */
  return async function keepOneBesides(tx: Db, id: string): Promise<void> {
    const administrators = (await store.lockAdministrators(tx))
      .map((row) => accountOf(seals, row, now()))
      .filter(({ status }) => status === 'active');
    if (administrators.length === 1 && administrators[0]?.id === id) throw new UserError('last_administrator');
  };
}

type Needs = { storage: Storage; seals: Seals; now: () => number; mailboxes: Mailboxes };

/** Those who run the instance, all of them together. */
export function makeAdministrators({ storage, seals, now, mailboxes }: Needs) {
  const store = makeAccountStore(storage);

  return {
    /**
     * The account, if it is an administrator who may act at this moment; nobody takes that away before `tx` ends.
     * @throws {UserError} forbidden
     */
    async require(tx: Db, id: string): Promise<Account> {
      const row = await store.lock(tx, id);
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      if (account?.role !== 'administrator' || account.status !== 'active') throw new UserError('forbidden');
      return account;
    },

    /** Whether each of these accounts is one of theirs, and may act; as it stands in `tx`. */
    async are(tx: Db, ids: readonly string[]): Promise<boolean> {
      const acting = (await store.administrators(tx))
        .map((row) => accountOf(seals, row, now()))
        .filter(({ status }) => status === 'active');
      return ids.every((id) => acting.some((account) => account.id === id));
    },

    /** Hands a letter to the post for each of them who may act, at every mailbox that they have proven. */
    async tell(tx: Db, told: Told): Promise<void> {
      for (const row of await store.administrators(tx)) {
        const account = accountOf(seals, row, now());
        if (account.status === 'active') await mailboxes.tell(tx, account, told);
      }
    },
  };
}
