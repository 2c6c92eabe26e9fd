import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import type { Attempts } from './attempts.ts';
import type { Hasher } from './hashing.ts';
import { normalizePassword, openPassword } from './password.ts';
import { makeAccountStore } from './store.ts';

/** The account as it was when its owner proved the password, and the password's row as it stood then. */
export type Confirmed = { readonly account: Account; readonly sealed: string };

export type Confirm = ReturnType<typeof makeConfirm>;

/**
 * Somebody signed in proves once more, by password, that the account is theirs. Counted apart from sign-in: nobody
 * who is not signed in can make its owner wait.
 */
export function makeConfirm({
  storage,
  seals,
  attempts,
  hasher,
  now,
}: {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  hasher: Hasher;
}) {
  const store = makeAccountStore(storage);

  /** @throws {UserError} password_wrong (also for an account that is gone or suspended), try_later{seconds}, busy{retryAfter} */
  return async function confirm(accountId: string, password: string): Promise<Confirmed> {
    const secret = normalizePassword(password);
    if (secret === undefined) throw new UserError('password_wrong');
    const row = await store.find(accountId);
    const sealed = await store.findPassword(accountId);
    const account = row === undefined ? undefined : accountOf(seals, row, now());
    if (account?.status !== 'active' || sealed === undefined) throw new UserError('password_wrong');
    const hash = openPassword(seals, accountId, sealed);
    const right = await attempts.judge([['confirmation', accountId]], () => hasher.verify(hash, secret));
    if (!right) throw new UserError('password_wrong');
    return { account, sealed };
  };
}
