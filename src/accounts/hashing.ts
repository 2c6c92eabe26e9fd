import os from 'node:os';
import argon2 from 'argon2';
import pLimit from 'p-limit';
import { UserError } from '../errors.ts';

/** argon2id (RFC 9106) as in OWASP's password storage sheet: 19 MiB, two passes, one lane. */
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, version: 0x13 } as const;

/** What one hash costs: memory in KiB, and how often it is passed through. */
type HashCost = { readonly memoryCost: number; readonly timeCost: number };

/** Hashes run on libuv's four threads, which also read files and resolve names: one thread stays free for those. */
const THREADS = 3;

/** What one hash may take on a small machine, in seconds; only used to say when to come back. */
const SECONDS_A_HASH = 0.1;

export type Hasher = ReturnType<typeof makeHasher>;

/**
 * The one place passwords are hashed. At most `concurrency` hashes run at once and at most `queue` wait; whoever comes
 * then is refused at once, so that memory and waiting stay bounded (P8). Passwords come normalised and capped.
 */
export function makeHasher({
  concurrency = Math.min(os.availableParallelism(), THREADS),
  queue = 100,
  cost = {},
}: { concurrency?: number; queue?: number; cost?: Partial<HashCost> } = {}) {
  const parameters = { ...PARAMETERS, ...cost };
  const { memoryCost, timeCost, parallelism } = parameters;
  /** What an unknown account's password is compared with: the same work, and no password fits it. */
  const dummy = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  const limit = pLimit(concurrency);
  const done = { hashed: 0, verified: 0, refused: 0 };
  let inside = 0;

  async function run<T>(kind: 'hashed' | 'verified', work: () => Promise<T>): Promise<T> {
    if (inside >= concurrency + queue) {
      done.refused += 1;
      throw new UserError('busy', { retryAfter: Math.max(1, Math.ceil((inside * SECONDS_A_HASH) / concurrency)) });
    }
    inside += 1;
    try {
      return await limit(work);
    } finally {
      inside -= 1;
      done[kind] += 1;
    }
  }

  const verify = (encoded: string, password: string): Promise<boolean> =>
    run('verified', () => argon2.verify(encoded, Buffer.from(password)));

  return {
    /**
     * Hashes a new password, with a random salt, into the PHC string format.
     * @throws {UserError} busy{retryAfter: seconds}
     */
    hash: (password: string): Promise<string> => run('hashed', () => argon2.hash(Buffer.from(password), parameters)),

    /**
     * Whether `password` is the one behind `encoded`.
     * @throws {UserError} busy{retryAfter: seconds}
     */
    verify,

    /**
     * Does the work of a verification and answers false, for accounts that do not exist.
     * @throws {UserError} busy{retryAfter: seconds}
     */
    waste: async (password: string): Promise<false> => {
      await verify(dummy, password);
      return false;
    },

    /** Whether `encoded` was made with other parameters than a hash made now. */
    needsRehash: (encoded: string): boolean =>
      !encoded.startsWith('$argon2id$') || argon2.needsRehash(encoded, parameters),

    /** For the metrics: how many were done and refused since the start, and how many are running or waiting now. */
    counts: (): { hashed: number; verified: number; refused: number; inside: number } => ({ ...done, inside }),
  };
}
