import { createHash, randomInt } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import type { Credentials } from '../credentials.ts';
import { makeAccountStore } from '../store.ts';
import type { Timeline } from '../timeline.ts';
import type { Factor } from './factor.ts';
import type { Telling } from './telling.ts';

/** So many codes are made at a time. */
export const RECOVERY_CODES = 10;

/** Crockford's base 32: nothing in it is read as something else. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 120 bits each, in six groups: from 112 bits on a plain hash will do (NIST SP 800-63B-4 §3.1.2.2, ASVS 6.5.2). */
const LENGTH = 24;
const GROUP = 4;

/** Longer text is no code, however it is spaced. */
const TYPED_MAX = 64;

/** How often an answer is looked at anew when another code was used meanwhile. */
const TRIES = 5;

const sealedCodes = z.object({ hashes: z.array(z.string()) });

function newCode(): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return letters.join('').replaceAll(new RegExp(`.{${GROUP}}(?=.)`, 'gu'), '$&-');
}

/** The code somebody typed or read out, whatever its case and spacing; what is read as a digit is one. */
function canonicalCode(text: string): string {
  if (text.length > TYPED_MAX) return '';
  return text
    .toLowerCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/gu, '1');
}

/**
 * A plain hash is enough: 120 random bits are beyond guessing by whoever holds the sealed row and its key, where a slow
 * hash only helps what people choose; and it may be computed for every try.
 */
function hashOf(accountId: string, code: string): string {
  return createHash('sha256')
    .update(`${accountId}:${canonicalCode(code)}`)
    .digest('base64url');
}

type Needs = { storage: Storage; now: () => number; credentials: Credentials; telling: Telling; timeline: Timeline };

export type RecoveryCodes = ReturnType<typeof makeRecoveryCodes>;

/**
 * Codes to keep on paper, for the day when every other factor is lost: ten, each good once (NIST SP 800-63B-4 §3.1.2,
 * look-up secrets). They exist beside factors only.
 */
export function makeRecoveryCodes({ storage, now, credentials, telling, timeline }: Needs) {
  const accounts = makeAccountStore(storage);
  const kind = 'recovery-code';

  async function write(tx: Db, accountId: string): Promise<readonly string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, newCode);
    await credentials.removeAll(tx, accountId, [kind]);
    await credentials.add(tx, accountId, kind, { hashes: codes.map((code) => hashOf(accountId, code)) });
    return codes;
  }

  const factor: Factor<typeof kind> = {
    kind,
    async prove(accountId, { code }) {
      const hash = hashOf(accountId, code);
      for (let again = TRIES; again > 0; again -= 1) {
        const [row] = await credentials.list(accountId, kind, sealedCodes);
        if (row === undefined || !row.content.hashes.includes(hash)) return false;
        const hashes = row.content.hashes.filter((other) => other !== hash);
        const left = String(hashes.length);
        const tell = await telling(accountId);
        const used = await storage.write(async (tx) => {
          if (!(await credentials.replace(tx, accountId, kind, row, { hashes }))) return false;
          await tell(tx, (login_name) => ({ kind: 'recovery_code_used', values: { login_name, left } }));
          return true;
        });
        if (!used) continue;
        await timeline.record(accountId, { kind: 'recovery_code_used', at: now(), detail: { left } });
        return true;
      }
      return false;
    },
  };

  return {
    ...factor,

    /** How many codes of an account are left. */
    async left(accountId: string): Promise<number> {
      const [row] = await credentials.list(accountId, kind, sealedCodes);
      return row?.content.hashes.length ?? 0;
    },

    /** In the transaction that added a factor: the codes, readable this once, where the account had none. */
    async makeFirst(tx: Db, accountId: string): Promise<readonly string[] | undefined> {
      const there = await credentials.list(accountId, kind, sealedCodes, tx);
      return there.length > 0 ? undefined : write(tx, accountId);
    },

    /**
     * Makes ten new codes, readable this once; those before are worth nothing any more.
     * @throws {UserError} expired, where the account is gone or has no factor that they could stand in for
     */
    async renew(accountId: string): Promise<readonly string[]> {
      const tell = await telling(accountId);
      const codes = await storage.write(async (tx) => {
        if ((await accounts.lock(tx, accountId)) === undefined) throw new UserError('expired');
        if (!(await credentials.hasFactor(tx, accountId))) throw new UserError('expired');
        const made = await write(tx, accountId);
        await tell(tx, (login_name) => ({ kind: 'recovery_codes_made', values: { login_name } }));
        return made;
      });
      await timeline.record(accountId, { kind: 'recovery_codes_made', at: now() });
      return codes;
    },
  };
}
