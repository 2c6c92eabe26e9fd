import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import { UserError } from '../errors.ts';

/** What one turn may take on a small machine, in seconds, where it is spent on a hash; only used to say when to come back. */
const SECONDS_A_TURN = 0.05;

/**
 * Lets so many do something at once, and so many more wait for it; whoever comes then is refused at the door, before
 * anything was looked up. Without it a flood would do all that comes before the hash in one breath, and everybody else
 * would wait for that (P8).
 * @throws {UserError} busy{retryAfter: seconds}
 */
export function makeTurns({ atOnce, waiting }: { atOnce: number; waiting: number }) {
  const limit = pLimit(atOnce);
  // Refusals leave one after the other, so that what else is asked for comes between.
  const refusing = pLimit(1);
  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const inside = limit.activeCount + limit.pendingCount;
    if (inside >= atOnce + waiting) {
      await refusing(() => nextTurn());
      throw new UserError('busy', { retryAfter: Math.max(1, Math.ceil(inside * SECONDS_A_TURN)) });
    }
    return limit(work);
  };
}
