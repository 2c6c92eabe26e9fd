import { generateSecret, generateURI, verify } from 'otplib';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { SealError, type Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Credential, Credentials } from '../credentials.ts';
import type { Factor } from './factor.ts';
import { factorContent } from './factor.ts';
import type { Added, Keeping } from './keeping.ts';

/** What every application for codes knows (RFC 6238 §4, §5.2): six digits by SHA-1, another every 30 seconds. */
const PERIOD = 30;
/** A clock may be one step off, either way (RFC 6238 §6). */
const TOLERANCE = PERIOD;
const CODE = /^\d{6}$/u;

/** RFC 4226 §4 R6 recommends 160 bits. */
const SECRET_BYTES = 20;

/** How long a secret that was shown waits for its first code, in milliseconds. */
const ENROLMENT_LIFE = 20 * 60_000;
/** All secrets that wait are of one size. */
const PADDING = 256;

/** How often an answer is looked at anew when the row was written meanwhile. */
const TRIES = 5;

const totpContent = factorContent.extend({
  /** In base 32. */
  secret: z.string(),
  /** The step of the last code that was taken: it and those before are no use any more. */
  lastStep: z.number(),
});
type TotpContent = z.output<typeof totpContent>;

const enrolment = z.object({
  secret: z.string(),
  /** In milliseconds. */
  expiresAt: z.number(),
  /** The ids of what it comes instead of. */
  insteadOf: z.array(z.string()),
});

/** A secret to be taken into an application for codes. `setUp` is what the form carries until a code confirms it. */
export type TotpSetUp = { readonly setUp: string; readonly secret: string; readonly uri: string };

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  credentials: Credentials;
  keeping: Keeping;
  /** What the application for codes files it under: the instance's name. */
  issuer: string;
};

/**
 * Codes of an application on one's telephone (RFC 6238). An account has one secret at most: it may be taken into
 * several devices when it is set up, each further one would double the luck of whoever guesses, and passkeys are there
 * for devices with names of their own.
 */
export function makeTotp({ storage, seals, now, credentials, keeping, issuer }: Needs) {
  const kind = 'totp';

  /** The step of the code, where it is right and no code of that step or a later one was taken. */
  async function stepOf({ secret, lastStep }: Pick<TotpContent, 'secret' | 'lastStep'>, code: string) {
    const token = code.replaceAll(/\s/gu, '');
    if (!CODE.test(token)) return undefined;
    const result = await verify({ secret, token, epoch: Math.floor(now() / 1000), epochTolerance: TOLERANCE });
    if (!result.valid || !('timeStep' in result)) return undefined;
    return result.timeStep > lastStep ? result.timeStep : undefined;
  }

  function openSetUp(accountId: string, setUp: string): z.output<typeof enrolment> | undefined {
    try {
      const content = enrolment.parse(JSON.parse(seals.open('enrolment', `totp:${accountId}`, setUp)));
      return content.expiresAt > now() ? content : undefined;
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  async function use(accountId: string, row: Credential<TotpContent>, lastStep: number): Promise<boolean> {
    return storage.write((tx) => credentials.replace(tx, accountId, kind, row, { ...row.content, lastStep }));
  }

  const factor: Factor<typeof kind> = {
    kind,
    async prove(accountId, { code }) {
      for (let left = TRIES; left > 0; left -= 1) {
        const [row] = await credentials.list(accountId, kind, totpContent);
        const step = row === undefined ? undefined : await stepOf(row.content, code);
        if (row === undefined || step === undefined) return false;
        // Another request wrote the row since it was read: perhaps with this very code.
        if (await use(accountId, row, step)) return true;
      }
      return false;
    },
  };

  return {
    ...factor,

    /**
     * A secret for an account, to be shown; with a `kept` set-up of its own that has not run out, the same again.
     * Nothing is stored before a code confirms it.
     */
    async begin(account: { id: string; loginName: string }, kept = ''): Promise<TotpSetUp> {
      const before = openSetUp(account.id, kept);
      const uriOf = (secret: string): string => generateURI({ issuer, label: account.loginName, secret });
      if (before !== undefined) return { setUp: kept, secret: before.secret, uri: uriOf(before.secret) };
      const secret = generateSecret({ length: SECRET_BYTES });
      const insteadOf = (await keeping.list(account.id, kind)).map(({ id }) => id);
      const content: z.input<typeof enrolment> = { secret, expiresAt: now() + ENROLMENT_LIFE, insteadOf };
      const setUp = seals.sealPadded('enrolment', `totp:${account.id}`, JSON.stringify(content), PADDING);
      return { setUp, secret, uri: uriOf(secret) };
    },

    /**
     * Takes the secret of a set-up for the account's own, once a code shows that it arrived. It comes instead of the one
     * that the account had when the set-up began. The same set-up never counts twice, nor for another account.
     * @throws {UserError} factor_code_wrong; set_up_over, where it ran out or is somebody else's; expired, where the account has
     *   another secret meanwhile; factor_name_invalid{max}
     */
    async confirm(accountId: string, answer: { setUp: string; code: string; name: string }): Promise<Added> {
      const opened = openSetUp(accountId, answer.setUp);
      if (opened === undefined) throw new UserError('set_up_over');
      const { secret, insteadOf } = opened;
      const lastStep = await stepOf({ secret, lastStep: -1 }, answer.code);
      if (lastStep === undefined) throw new UserError('factor_code_wrong');
      return keeping.add(accountId, kind, { name: answer.name, secret, lastStep }, { insteadOf });
    },
  };
}
