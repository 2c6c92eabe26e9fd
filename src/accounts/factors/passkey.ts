import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { makeTransients } from '../../storage/transient.ts';
import type { Account } from '../account.ts';
import type { Credential, Credentials } from '../credentials.ts';
import { factorContent, type Factor, type Held } from './factor.ts';
import type { Added, Keeping } from './keeping.ts';
import { CHALLENGE_LIFE, makePasskeyChallenges, type Asking } from './passkey-challenges.ts';
import {
  ALGORITHMS,
  judgeAssertion,
  judgeAttestation,
  openAssertion,
  openAttestation,
  type NewPasskey,
} from './passkey-response.ts';

/** How often an answer is looked at anew when the row was written meanwhile. */
const TRIES = 5;

const transport = z.enum(['ble', 'hybrid', 'internal', 'nfc', 'usb']);

const passkeyContent = factorContent.extend({
  credentialId: z.string(),
  publicKey: z.string(),
  /** How often it was used, as it says; 0 for ever where it does not count. */
  counter: z.number(),
  transports: z.array(transport),
  canBeBackedUp: z.boolean(),
  isBackedUp: z.boolean(),
  /** The month (YYYY-MM) of its last use, once there was one. */
  lastUsed: z.string().optional(),
});
type PasskeyContent = z.output<typeof passkeyContent>;

/** A passkey as its owner sees it. `lastUsed` is YYYY-MM. */
export type HeldPasskey = Held & { readonly lastUsed: string | undefined; readonly isBackedUp: boolean };

/** What a browser asks an authenticator for, as JSON (WebAuthn Level 3 §5.1.8, §5.1.9). */
export type PasskeyOptions = Readonly<Record<string, unknown>>;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  credentials: Credentials;
  keeping: Keeping;
  /** The address of this instance: passkeys belong to its host, and answer to no other origin. */
  address: string;
  /** The instance's name. */
  issuer: string;
};

/**
 * What the authenticator knows the account by, in base64url. The account's own id does: it is random, and goes to the
 * authenticator and back to us, never to an application, so it links nothing to anything (P1).
 */
function handleOf(accountId: string): string {
  return Buffer.from(accountId).toString('base64url');
}

/** Passkeys (WebAuthn Level 3). Each is made with its person verified, and can so sign in by itself. */
export function makePasskeys({ storage, seals, now, credentials, keeping, address, issuer }: Needs) {
  const kind = 'passkey';
  const challenges = makePasskeyChallenges({ transients: makeTransients({ storage, seals, now }), now });
  const { origin, hostname: rpId } = new URL(address);
  const site = { origin, rpId };
  const monthNow = (): string => new Date(now()).toISOString().slice(0, 7);
  const byId = (credentialId: string) =>
    credentials.findByTag(seals.tags('passkey', credentialId), kind, passkeyContent);

  /** Those of an account as browsers are told of them. */
  async function descriptors(accountId: string) {
    const rows = await credentials.list(accountId, kind, passkeyContent);
    return rows.map(({ content: { credentialId, transports } }) => ({
      type: 'public-key',
      id: credentialId,
      transports,
    }));
  }

  /**
   * Writes down that a passkey was used, where its counter went up: one that counts and stands still, or falls back, is
   * a copy (WebAuthn Level 3 §6.1.1). Two uses at once are held apart by what each read.
   */
  async function use(
    accountId: string,
    found: Credential<PasskeyContent>,
    { counter, isBackedUp }: Pick<NewPasskey, 'counter' | 'isBackedUp'>,
  ): Promise<boolean> {
    let row: Credential<PasskeyContent> | undefined = found;
    for (let left = TRIES; left > 0 && row !== undefined; left -= 1) {
      const { content, id }: Credential<PasskeyContent> = row;
      if ((counter > 0 || content.counter > 0) && counter <= content.counter) return false;
      const after = { ...content, counter, isBackedUp, lastUsed: monthNow() };
      // Most do not count: there is one write a month then.
      if (JSON.stringify(after) === JSON.stringify(content)) return true;
      const before: Credential<PasskeyContent> = row;
      if (await storage.write((tx) => credentials.replace(tx, accountId, kind, before, after))) return true;
      row = (await credentials.list(accountId, kind, passkeyContent)).find((other) => other.id === id);
    }
    return false;
  }

  /**
   * Whose passkey answered. Everything that is wrong, or unknown, ends alike: in nothing. `isGood` has the last word
   * before the use is written down.
   */
  async function whose(
    text: string,
    asked: Asking,
    isGood: (accountId: string) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<string | undefined> {
    const opened = openAssertion(text);
    if (opened === undefined || !(await challenges.take(opened.challenge, asked))) return undefined;
    const row = await byId(opened.answer.id);
    if (row === undefined || (asked.accountId !== undefined && asked.accountId !== row.accountId)) return undefined;
    const { userHandle } = opened.answer.response;
    // §7.2, 6: without a name that was given before, the authenticator must say for whom it answers.
    const isNamed = userHandle === null || userHandle === undefined ? asked.use === 'factor' : true;
    if (!isNamed || (userHandle ?? handleOf(row.accountId)) !== handleOf(row.accountId)) return undefined;
    // After a password, having it is the second factor; alone it must prove both.
    const said = await judgeAssertion(site, opened, row.content, asked.use === 'sign-in');
    if (said === undefined || !(await isGood(row.accountId))) return undefined;
    return (await use(row.accountId, row, said)) ? row.accountId : undefined;
  }

  const factor: Factor<typeof kind> = {
    kind,
    async prove(accountId, { response, place }) {
      return (await whose(response, { use: 'factor', place, accountId })) === accountId;
    },
  };

  return {
    ...factor,

    /** An account's passkeys, oldest month first. */
    async list(accountId: string): Promise<HeldPasskey[]> {
      const rows = await credentials.list(accountId, kind, passkeyContent);
      return rows
        .map(({ id, content }): HeldPasskey => {
          const { name, month, lastUsed, isBackedUp } = content;
          return { id, kind, name, month, lastUsed, isBackedUp };
        })
        .toSorted((a, b) => a.month.localeCompare(b.month) || a.name.localeCompare(b.name));
    },

    /**
     * What to ask an authenticator for to make a passkey, at `place`: the id of the session or the journey. It must keep
     * the passkey itself (so that it signs in without a name) and verify the person.
     */
    async askToAdd({ id, loginName }: Pick<Account, 'id' | 'loginName'>, place: string): Promise<PasskeyOptions> {
      return {
        challenge: await challenges.make({ use: 'add', place, accountId: id }),
        rp: { id: rpId, name: issuer },
        user: { id: handleOf(id), name: loginName, displayName: loginName },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        timeout: CHALLENGE_LIFE,
        attestation: 'none',
        excludeCredentials: await descriptors(id),
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      };
    },

    /**
     * Adds the passkey that an authenticator made, with the name its owner gave it.
     * @throws {UserError} passkey_wrong, whatever is wrong with it, and where it is another account's; and what
     *   `keeping.add` throws
     */
    async add(
      accountId: string,
      { response, place, name }: { response: string; place: string; name: string },
    ): Promise<Added> {
      const opened = openAttestation(response);
      const taken = opened !== undefined && (await challenges.take(opened.challenge, { use: 'add', place, accountId }));
      const made = taken ? await judgeAttestation(site, opened) : undefined;
      // Under an older master key the tag is another: the rows would not hold each other apart.
      if (made === undefined || (await byId(made.credentialId)) !== undefined) throw new UserError('passkey_wrong');
      const tag = seals.tag('passkey', made.credentialId);
      try {
        return await keeping.add(accountId, kind, { ...made, name }, { tag });
      } catch (error) {
        // Added at this very moment.
        if (error instanceof UserError && error.code === 'factor_known') throw new UserError('passkey_wrong');
        throw error;
      }
    },

    /** What to ask for to sign in on a journey without saying who one is: any passkey of this site. */
    async askToSignIn(place: string): Promise<PasskeyOptions> {
      const challenge = await challenges.make({ use: 'sign-in', place });
      return { challenge, rpId, timeout: CHALLENGE_LIFE, allowCredentials: [], userVerification: 'required' };
    },

    /** What to ask for as the second factor of an account on a journey: one of its own. */
    async askForFactor(accountId: string, place: string): Promise<PasskeyOptions> {
      const challenge = await challenges.make({ use: 'factor', place, accountId });
      const allowCredentials = await descriptors(accountId);
      return { challenge, rpId, timeout: CHALLENGE_LIFE, allowCredentials, userVerification: 'preferred' };
    },

    /** Whose passkey answered to `askToSignIn`; nothing where it is wrong, gone, or `isGood` says no to its account. */
    whoSignsIn(
      response: string,
      place: string,
      isGood: (accountId: string) => Promise<boolean>,
    ): Promise<string | undefined> {
      return whose(response, { use: 'sign-in', place }, isGood);
    },
  };
}
