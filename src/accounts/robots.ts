import { networkCounters, type Attempts } from './attempts.ts';
import { makeSignInCounters, type WhoSignsIn } from './sign-in-counters.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';

type Needs = { storage: Storage; seals: Seals; now: () => number; attempts: Attempts };

/**
 * After so many failures a sign-in asks for work as well: some before the waits begin, since work costs people less
 * than waiting.
 */
const FAILURES = { 'identity-network': 3, device: 3, identity: 5, network: 20, site: 80 } as const;

/** What holds robots back besides waiting. */
export function makeRobots({ storage, seals, now, attempts }: Needs) {
  const recognise = makeSignInCounters({ storage, seals, now });

  return {
    /**
     * Whether the next sign-in under this name, from there, is asked for work first. It follows from the failed attempts
     * alone, which are counted alike for a name that nobody has (A43). Without a name: what the network alone says.
     */
    async wantsWork(who: WhoSignsIn): Promise<boolean> {
      const counters =
        who.identifier === '' ? networkCounters('network', who.network) : (await recognise(who)).counters;
      const failures = await attempts.failures(counters);
      return counters.some(([kind], at) => Math.round(failures[at] ?? 0) >= FAILURES[kind]);
    },

    /**
     * Counts an answer to the question that stands in for work, right or wrong, by where it comes from.
     * @throws {UserError} try_later{seconds}
     */
    async countAnswer(network: string): Promise<void> {
      await attempts.judge(networkCounters('question-network', network), () => Promise.resolve(false));
    },
  };
}
