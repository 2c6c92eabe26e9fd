import { setTimeout as pause } from 'node:timers/promises';
import type { Storage } from './storage.ts';
import type { Watch } from './watch.ts';

/** Longer than this nobody waits for an answer, in milliseconds. */
const PATIENCE = 2000;
/** So long an answer stands, in milliseconds. */
const FRESH = 1000;

/** Why requests should go elsewhere for now. */
export type Unready = 'stopping' | 'database' | 'keys';

export type Readiness = {
  /** Undefined where requests can be served. Asking often costs nothing more: one look at a time, at most one a second. */
  ask(): Promise<Unready | undefined>;
  /** Looks again whether what was lost is back; costs nothing where nothing is. */
  recover(): Promise<void>;
};

/**
 * Whether the program can do its work: the database is read, and written where writing had failed. `isStopping`: the
 * program was told to end.
 */
export function makeReadiness(storage: Storage, watch: Watch, isStopping: () => boolean): Readiness {
  const { signingKey, lease } = storage.tables;
  let last: { at: number; answer: Unready | undefined } | undefined;
  let running: Promise<Unready | undefined> | undefined;

  async function look(): Promise<Unready | undefined> {
    try {
      const keys = await storage.read.select({ kid: signingKey.kid }).from(signingKey).limit(1);
      watch.works('reading');
      if (watch.lostUses.has('writing')) {
        const row = { name: 'probe', holder: '', until: 0 };
        await storage.write(
          async (tx) => void (await tx.insert(lease).values(row).onConflictDoUpdate({ target: lease.name, set: row })),
        );
      }
      return keys.length === 0 ? 'keys' : undefined;
    } catch (error) {
      watch.noticed(error);
      return 'database';
    }
  }

  function lookOnce(): Promise<Unready | undefined> {
    if (running === undefined && last !== undefined && performance.now() - last.at < FRESH) {
      return Promise.resolve(last.answer);
    }
    running ??= look().then((answer) => {
      last = { at: performance.now(), answer };
      running = undefined;
      return answer;
    });
    return running;
  }

  return {
    async ask() {
      if (isStopping()) return 'stopping';
      const patience = new AbortController();
      const tooLate = pause(PATIENCE, 'database' as const, { signal: patience.signal }).catch(() => undefined);
      const answer = await Promise.race([lookOnce(), tooLate]);
      patience.abort();
      return answer;
    },
    async recover() {
      if (watch.lostUses.size > 0) await lookOnce();
    },
  };
}
