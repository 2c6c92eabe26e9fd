import type { Storage } from '../../storage/storage.ts';
import type { Attempts } from '../attempts.ts';
import type { Timeline } from '../timeline.ts';
import type { Telling } from './telling.ts';

const DAY = 86_400_000;

/** So many wrong answers nobody gives who only mistyped, the last ones minutes apart. */
const SUSPICIOUS = 7;

type Needs = { storage: Storage; now: () => number; attempts: Attempts; telling: Telling; timeline: Timeline };

/**
 * Somebody answers wrongly again and again: they have the password already, and its owner is told (OWASP ASVS 5.0
 * 6.3.5), once a day however long it goes on.
 */
export function makeGuessing({ storage, now, attempts, telling, timeline }: Needs) {
  /** Takes note of a wrong answer that was counted. */
  return async function guessed(accountId: string): Promise<void> {
    const [failures = 0] = await attempts.failures([['second-factor', accountId]]);
    if (failures < SUSPICIOUS) return;
    const earlier = await timeline.list(accountId);
    if (earlier.some(({ kind, at }) => kind === 'factor_guessed' && Math.abs(now() - at) < DAY)) return;
    const tell = await telling(accountId);
    await storage.write(async (tx) => {
      await timeline.add(tx, accountId, () => ({ kind: 'factor_guessed', at: now() }));
      await tell(tx, (login_name) => ({ kind: 'factor_guessed', values: { login_name } }));
    });
  };
}
