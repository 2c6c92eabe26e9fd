import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Attempts } from './attempts.ts';
import { makeCredentials, type FactorKind } from './credentials.ts';
import type { FactorAnswer, Held } from './factors/factor.ts';
import { makeGuessing } from './factors/guessing.ts';
import { makeKeeping } from './factors/keeping.ts';
import { makePasskeys, type HeldPasskey } from './factors/passkey.ts';
import { makeRecoveryCodes } from './factors/recovery-codes.ts';
import { makeTelling } from './factors/telling.ts';
import { makeTotp } from './factors/totp.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  mailboxes: Mailboxes;
  timeline: Timeline;
  /** The address of this instance. */
  address: string;
  /** The instance's name. */
  issuer: string;
};

/** What an account has beside its password: its factors by kind, and how many recovery codes are left. */
export type Factors = {
  readonly totp: readonly Held[];
  readonly passkey: readonly HeldPasskey[];
  readonly codesLeft: number;
};

export type SecondFactors = ReturnType<typeof makeSecondFactors>;

/** The second factors of accounts: of every kind behind one door, with one count of wrong answers for all of them. */
export function makeSecondFactors(needs: Needs) {
  const { storage, seals, now, attempts, mailboxes, timeline, address, issuer } = needs;
  const credentials = makeCredentials({ storage, seals, now });
  const telling = makeTelling({ storage, seals, now, mailboxes });
  const codes = makeRecoveryCodes({ storage, now, credentials, telling, timeline });
  const keeping = makeKeeping({ storage, now, credentials, codes, telling, timeline });
  const guessed = makeGuessing({ storage, now, attempts, telling, timeline });
  const totp = makeTotp({ storage, seals, now, credentials, keeping, issuer });
  const passkeys = makePasskeys({ storage, seals, now, credentials, keeping, address, issuer });

  /** Each kind answers for itself. */
  function isRight(accountId: string, answer: FactorAnswer): Promise<boolean> {
    if (answer.kind === 'totp') return totp.prove(accountId, answer);
    if (answer.kind === 'recovery-code') return codes.prove(accountId, answer);
    return passkeys.prove(accountId, answer);
  }

  return {
    /** What the account has. */
    async of(accountId: string): Promise<Factors> {
      const [codesOf, keys, codesLeft] = await Promise.all([
        keeping.list(accountId, 'totp'),
        passkeys.list(accountId),
        codes.left(accountId),
      ]);
      return { totp: codesOf, passkey: keys, codesLeft };
    },

    /**
     * Proves a second factor of the account, and uses the answer up. Wrong answers are counted for the account, over all
     * kinds, journeys and nodes: each makes the next wait longer (A48), and after some the owner is told.
     * @throws {UserError} factor_code_wrong, recovery_code_wrong, passkey_wrong, by the kind of the answer; try_later{seconds}
     */
    async prove(accountId: string, answer: FactorAnswer): Promise<void> {
      if (await attempts.judge([['second-factor', accountId]], () => isRight(accountId, answer))) return;
      await guessed(accountId);
      throw new UserError(WRONG[answer.kind]);
    },

    /** See `keeping.rename` and `keeping.remove`: alike for all kinds. */
    rename: (accountId: string, kind: FactorKind, id: string, name: string): Promise<void> =>
      keeping.rename(accountId, kind, id, name),
    remove: (accountId: string, kind: FactorKind, id: string): Promise<boolean> => keeping.remove(accountId, kind, id),

    /** Setting up codes of an application. */
    totp: { begin: totp.begin, confirm: totp.confirm },

    /** Passkeys: asking for them, adding them, and whose signs in. */
    passkeys,

    /** Makes new recovery codes; see `recovery-codes.ts`. */
    renewCodes: codes.renew,
  };
}

const WRONG = { totp: 'factor_code_wrong', 'recovery-code': 'recovery_code_wrong', passkey: 'passkey_wrong' } as const;
