import type { Seals } from '../../storage/seal.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import { accountOf } from '../account.ts';
import type { Mailboxes, Told } from '../mailboxes.ts';
import { makeAccountStore } from '../store.ts';

/** A letter about a factor, without what its account says: to whom, and in which language. */
type FactorLetter = Extract<
  Told,
  { kind: 'factor_added' | 'factor_removed' | 'factor_guessed' | 'recovery_code_used' | 'recovery_codes_made' }
>;

/** Hands the letters over, in the transaction of what they tell of. `about` is given the login name. */
export type Tell = (tx: Db, about: (loginName: string) => FactorLetter) => Promise<void>;

type Needs = { storage: Storage; seals: Seals; now: () => number; mailboxes: Mailboxes };

export type Telling = ReturnType<typeof makeTelling>;

/** Telling an account's owner by letter what happened to their factors, wherever they have proven that mail reaches them. */
export function makeTelling({ storage, seals, now, mailboxes }: Needs) {
  const store = makeAccountStore(storage);

  /** What tells the owner of this account; made before the transaction begins. */
  return async function telling(accountId: string): Promise<Tell> {
    const row = await store.find(accountId);
    const account = row === undefined ? undefined : accountOf(seals, row, now());
    return async (tx, about) => {
      if (account !== undefined) await mailboxes.tell(tx, account, about(account.loginName));
    };
  };
}
