import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import { networkOf, type Attempts } from './attempts.ts';
import type { SecondFactors } from './second-factors.ts';
import { makeAccountStore } from './store.ts';

export type PasskeySignIn = {
  /** What the authenticator said, as JSON. */
  response: string;
  /** The id of the journey that asked. */
  journeyId: string;
  /** The peer's address. */
  network: string;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  secondFactors: Pick<SecondFactors, 'passkeys'>;
  endProofs: (accountId: string) => Promise<void>;
};

/** Signing in with a passkey and nothing else: it is both factors at once. */
export function makePasskeySignIn({ storage, seals, now, attempts, secondFactors, endProofs }: Needs) {
  const store = makeAccountStore(storage);
  const { passkeys } = secondFactors;

  /**
   * Proves an account by one of its passkeys, to level 2. Wrong, unknown and removed ones, and those of a suspended
   * account, get the same answer (A43). There is nothing to guess: only the network is counted, against floods. That the
   * person signed in is for the caller to note.
   * @throws {UserError} passkey_wrong, try_later{seconds}
   */
  return async function signInByPasskey(input: PasskeySignIn): Promise<Account> {
    let account: Account | undefined;
    await attempts.judge([['network', networkOf(input.network)]], async () => {
      const accountId = await passkeys.whoSignsIn(input.response, input.journeyId, async (id) => {
        const row = await store.find(id);
        account = row === undefined ? undefined : accountOf(seals, row, now());
        return account?.status === 'active' || account?.status === 'leaving';
      });
      if (accountId === undefined) account = undefined;
      return accountId !== undefined;
    });
    if (account === undefined) throw new UserError('passkey_wrong');
    // Set while the clock was ahead: it would refuse this proof, and every one until that day.
    if (account.proofsSince > now()) await endProofs(account.id);
    return account;
  };
}
