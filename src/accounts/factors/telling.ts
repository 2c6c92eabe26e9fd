import type { Seals } from '../../storage/seal.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import { accountOf } from '../account.ts';
import type { Letter, Post } from '../letter.ts';
import type { Mailboxes } from '../mailboxes.ts';
import { makeAccountStore } from '../store.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A letter about a factor, without what its account says: to whom, and in which language. */
export type FactorLetter = Without<
  Extract<
    Letter,
    { kind: 'factor_added' | 'factor_removed' | 'factor_guessed' | 'recovery_code_used' | 'recovery_codes_made' }
  >,
  'to' | 'language'
>;

/** Hands the letters over, in the transaction of what they tell of. `about` is given the login name. */
export type Tell = (tx: Db, about: (loginName: string) => FactorLetter) => Promise<void>;

type Needs = { storage: Storage; seals: Seals; now: () => number; mailboxes: Mailboxes; post: Post };

export type Telling = ReturnType<typeof makeTelling>;

/** Telling an account's owner by letter what happened to their factors, wherever they have proven that mail reaches them. */
export function makeTelling({ storage, seals, now, mailboxes, post }: Needs) {
  const store = makeAccountStore(storage);

  /** What tells the owner of this account; made before the transaction begins, for it looks for where to. */
  return async function telling(accountId: string): Promise<Tell> {
    const row = await store.find(accountId);
    const account = row === undefined ? undefined : accountOf(seals, row, now());
    const recipients = account === undefined ? [] : await mailboxes.of(account);
    return async (tx, about) => {
      if (account === undefined) return;
      const { loginName, language } = account;
      for (const to of recipients) await post(tx, { ...about(loginName), to, language });
    };
  };
}
