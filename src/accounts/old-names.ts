import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { networkCounters, siteOf, type Attempts } from './attempts.ts';
import { letterTarget } from '../mailbox.ts';
import type { Mailboxes } from './mailboxes.ts';
import { makeAccountStore } from './store.ts';

/** Who wants back which name that an application had before. `network`: the peer's address. */
export type OldNameAttempt = {
  readonly accountId: string;
  readonly applicationId: string;
  /** The name as names are compared, whether there is such a one or not. */
  readonly nameKey: string;
  readonly network: string;
  /** Whether it is counted for the account's own tries at the name alone, and not for all that anybody has. */
  readonly isOwn?: boolean;
};

type Needs = { storage: Storage; seals: Seals; now: () => number; attempts: Attempts; mailboxes: Mailboxes };

/** What an account's side has to do with names that applications had before: whose mailboxes, and how often who may try. */
export function makeOldNames({ storage, seals, now, attempts, mailboxes }: Needs) {
  const store = makeAccountStore(storage);

  return {
    /** The mailboxes that the account's owner has proven, as mail is sent to them; none unless the account is active. */
    async mailboxes(accountId: string): Promise<string[]> {
      const row = await store.find(accountId);
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      return account?.status === 'active' ? mailboxes.of(account) : [];
    },

    /**
     * Lets `compare` say whether somebody proved that a name was theirs. It is counted for the name, for the account and
     * for the network (A71); see `attempts.ts`.
     * @throws {UserError} try_later{seconds}, and what `compare` throws
     */
    judge(
      { accountId, applicationId, nameKey, network, isOwn = false }: OldNameAttempt,
      compare: () => Promise<boolean>,
    ): Promise<boolean> {
      return attempts.judge(
        [
          // What is not the name stands apart from it: names are typed by anybody, and may end in anything.
          ['old-name', applicationId, nameKey, ...(isOwn ? ['own', accountId] : [])],
          ['old-name-account', accountId],
          ...networkCounters('old-name-network', network),
        ],
        compare,
      );
    },

    /**
     * The same for a password that is given beside a right code: counted for the name alone, whoever has the code, and
     * apart from those who only guess, so that they keep nobody from it.
     * @throws {UserError} try_later{seconds}, and what `compare` throws
     */
    judgeBeside(
      { applicationId, nameKey }: Pick<OldNameAttempt, 'applicationId' | 'nameKey'>,
      compare: () => Promise<boolean>,
    ): Promise<boolean> {
      return attempts.judge([['old-name', applicationId, nameKey, 'beside a code']], compare);
    },

    /**
     * Counts a letter with a code, and says whether it may be written: not where too many went to that person already, or
     * not quite as many that were asked for from the same place.
     * `address`: whom it goes to; undefined where there is nobody, which is counted alike.
     * @throws {UserError} try_later{seconds}, of the account and the network alone
     */
    async mayWrite(
      { accountId, applicationId, nameKey, network }: OldNameAttempt,
      address: string | undefined,
    ): Promise<boolean> {
      const never = async (): Promise<boolean> => false;
      await attempts.judge([['letter-account', accountId], ...networkCounters('old-name-network', network)], never);
      const target = address === undefined ? `nobody ${applicationId} ${nameKey}` : letterTarget(address);
      try {
        // Apart from other letters: whoever asks for codes must not use up the letters that help an account back.
        await attempts.judge(
          [
            ['old-name-letter-site', target, siteOf(network)],
            ['old-name-letter', target],
          ],
          never,
        );
        return true;
      } catch (error) {
        if (error instanceof UserError && error.code === 'try_later') return false;
        throw error;
      }
    },
  };
}
