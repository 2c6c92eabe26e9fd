import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, mayBeKept, type Account } from './account.ts';
import type { Attempts } from './attempts.ts';
import type { Hasher } from './hashing.ts';
import { normalizePassword, openPassword, sealPassword } from './password.ts';
import { makeSignInCounters, type WhoSignsIn } from './sign-in-counters.ts';
import { makeAccountStore } from './store.ts';

export type SignIn = WhoSignsIn & { password: string };

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  hasher: Hasher;
  endProofs: (accountId: string) => Promise<void>;
};

/** Signing in with a password. */
export function makeSignIn({ storage, seals, now, attempts, hasher, endProofs }: Needs) {
  const store = makeAccountStore(storage);
  const recognise = makeSignInCounters({ storage, seals, now });

  /** Hashes again with today's parameters. A full queue or a change meanwhile only puts it off. */
  async function rehash(accountId: string, before: string, secret: string): Promise<void> {
    try {
      const after = sealPassword(seals, accountId, await hasher.hash(secret));
      await storage.write((tx) => store.replacePassword(tx, accountId, before, after));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  /**
   * Proves an account by its password. In a browser that shows its `knownDevice` nobody else's wrong passwords make the
   * person wait. An unknown account, a wrong password and a suspended account get the same answer
   * for the same work: one hash and the same queries (A43). That the person signed in is for the caller to record, who
   * knows whether anything else must be proven.
   * @throws {UserError} credentials_wrong, try_later{seconds}, busy{retryAfter}
   */
  return async function signIn(input: SignIn): Promise<Account> {
    const secret = normalizePassword(input.password);
    // Nobody's password is so long, so this says nothing about the account, and it costs nothing (A65).
    if (secret === undefined) throw new UserError('credentials_wrong');

    const { found, counters } = await recognise(input);
    const sealed = found?.password ?? undefined;
    const hash =
      found === undefined || sealed === undefined ? undefined : openPassword(seals, found.account.id, sealed);
    const account = found === undefined ? undefined : accountOf(seals, found.account, now());
    const right = await attempts.judge(counters, async () => {
      const fits = await (hash === undefined ? hasher.waste(secret) : hasher.verify(hash, secret));
      return fits && account !== undefined && (account.status === 'active' || mayBeKept(account, now()));
    });
    if (!right || account === undefined || sealed === undefined || hash === undefined) {
      throw new UserError('credentials_wrong');
    }
    // Set while the clock was ahead: it would refuse this proof, and every one until that day.
    if (account.proofsSince > now()) await endProofs(account.id);
    if (hasher.needsRehash(hash)) await rehash(account.id, sealed, secret);
    return account;
  };
}
