import { timingSafeEqual } from 'node:crypto';
import { UserError } from '../errors.ts';
import { hashId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import type { Add, NewAccount } from './add.ts';
import { networkOf, type Attempts } from './attempts.ts';
import type { MailboxChange } from './mailbox-change.ts';
import { makeAccountStore } from './store.ts';

/** Digits and letters that no typeface confuses; 20 of them are 92 bits. */
const ALPHABET = '34679ACDEFGHJKMNPQRTUVWXY';
const LENGTH = 20;
const GROUP = 4;

/** Longer than the code however it is spaced; what is longer is not looked at. */
const TYPED_MAX = 100;

/** The row that whoever becomes the first administrator holds. */
const FACT = 'first_administrator';

type Needs = { storage: Storage; seals: Seals; attempts: Attempts; add: Add; askNew: MailboxChange['askNew'] };

/** The code of these keys: the same on every node and after a restart, and in no table. */
function codeOf(seals: Seals): string {
  const [key = ''] = seals.keysFor('first-run');
  let number = BigInt(`0x${Buffer.from(key, 'base64url').toString('hex')}`);
  let code = '';
  for (let at = 0; at < LENGTH; at += 1) {
    if (at > 0 && at % GROUP === 0) code += '-';
    code += ALPHABET.charAt(Number(number % BigInt(ALPHABET.length)));
    number /= BigInt(ALPHABET.length);
  }
  return code;
}

/** The code as it is compared: neither case nor what stands between the letters matters. */
const bareOf = (text: string): string =>
  text
    .slice(0, TYPED_MAX)
    .toUpperCase()
    .replace(/[^A-Z0-9]/gu, '');

/** The way in where there is no administrator: a code that only those can read who run the program. */
export function makeFirstRun({ storage, seals, attempts, add, askNew }: Needs) {
  const { meta } = storage.tables;
  const store = makeAccountStore(storage);
  const code = codeOf(seals);
  // Hashes are of one length, whatever was typed.
  const expected = Buffer.from(hashId(bareOf(code)));
  let isDone = false;

  return {
    /** The code, for the log of the program and nothing else. */
    code,

    /** Whether there is no administrator. There is always one once there was one: the last is never let go. */
    async isNeeded(): Promise<boolean> {
      isDone ||= await store.hasAdministrator();
      return !isDone;
    },

    /**
     * Goes on if the code is right. Wrong ones are counted by the network they come from; the right one never waits for
     * them. Nobody guesses it, and behind a proxy that is not trusted yet all strangers come from where its owner does.
     * @throws {UserError} code_wrong, try_later{seconds}
     */
    async admit(typed: string, network: string): Promise<void> {
      if (timingSafeEqual(Buffer.from(hashId(bareOf(typed))), expected)) return;
      await attempts.judge([['first-run', networkOf(network)]], () => Promise.resolve(false));
      throw new UserError('code_wrong');
    },

    /**
     * Makes the first administrator, with what `alongside` writes. Of several who try at the same moment one does.
     * @throws {UserError} administrator_exists; the codes of a new account
     */
    async add(person: Omit<NewAccount, 'administrator'>, alongside: (tx: Db) => Promise<void>): Promise<Account> {
      return add({ ...person, administrator: true }, async (tx, accountId) => {
        const row = { key: FACT, value: 'made on the page' };
        // Whoever comes second waits here for the first one's end, and then finds the administrator.
        await tx.insert(meta).values(row).onConflictDoUpdate({ target: meta.key, set: row });
        if (await store.hasAdministrator(tx, accountId)) throw new UserError('administrator_exists');
        await askNew(tx, accountId);
        await alongside(tx);
      });
    },
  };
}
