import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
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
