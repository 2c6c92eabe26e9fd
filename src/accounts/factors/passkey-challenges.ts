import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isId } from '../../storage/seal.ts';
import type { Transients } from '../../storage/transient.ts';

const MODEL = 'PasskeyChallenge';

/** WebAuthn Level 3 §13.4.3 asks for 16 bytes at least. */
const BYTES = 32;

/** How long a challenge may be answered, in milliseconds. */
export const CHALLENGE_LIFE = 600_000;

const asking = z.object({
  /** Adding a passkey; signing in with nothing else; proving a second factor. */
  use: z.enum(['add', 'sign-in', 'factor']),
  /** Where it is asked: the id of a journey, or of a session. */
  place: z.string(),
  /** Whose answer it must be, where that is known. */
  accountId: z.string().optional(),
});

/** What a challenge was made for. An answer counts for exactly that. */
export type Asking = z.output<typeof asking>;

/** What authenticators sign (WebAuthn Level 3 §13.4.3): random, kept here, and answered once on any number of nodes. */
export function makePasskeyChallenges({ transients, now }: { transients: Transients; now: () => number }) {
  return {
    /** A new challenge, in base64url. */
    async make(what: Asking): Promise<string> {
      const challenge = randomBytes(BYTES).toString('base64url');
      await transients.put(MODEL, challenge, what, now() + CHALLENGE_LIFE);
      return challenge;
    },

    /** Uses a challenge up, where it was made for exactly this; it is left alone where it was not. */
    async take(challenge: string, what: Asking): Promise<boolean> {
      if (!isId(challenge)) return false;
      const kept = await transients.find(MODEL, challenge);
      if (kept === undefined || kept.consumed) return false;
      const made = asking.parse(kept.value);
      const isFor = made.use === what.use && made.place === what.place && made.accountId === what.accountId;
      return isFor && (await transients.consume(MODEL, challenge));
    },
  };
}
