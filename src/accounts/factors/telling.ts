import type { Seals } from '../../storage/seal.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import { accountOf } from '../account.ts';
import type { Letter, Post } from '../letter.ts';
import { makeAccountStore } from '../store.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A letter about a factor, without what its account says: to whom, and in which language. */
export type FactorLetter = Without<
  Extract<Letter, { kind: 'factor_added' | 'factor_removed' | 'recovery_code_used' | 'recovery_codes_made' }>,
  'to' | 'language'
>;

type Needs = { storage: Storage; seals: Seals; now: () => number; post: Post };

export type Tell = ReturnType<typeof makeTelling>;

/** Telling an account's owner by letter what happened to their factors: where their mailbox is verified. */
export function makeTelling({ storage, seals, now, post }: Needs) {
  const store = makeAccountStore(storage);

  /** In the transaction of what the letter tells of. `about` is handed the login name. */
  return async function tell(tx: Db, accountId: string, about: (loginName: string) => FactorLetter): Promise<void> {
    const row = await store.lock(tx, accountId);
    const account = row === undefined ? undefined : accountOf(seals, row, now());
    if (account?.mailbox === undefined || !account.mailboxVerified) return;
    await post(tx, { ...about(account.loginName), to: account.mailbox, language: account.language });
  };
}
