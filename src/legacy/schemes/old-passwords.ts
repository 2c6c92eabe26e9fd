import { once } from 'node:events';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { UserError } from '../../errors.ts';
import type { HashRecord, Secrets } from './record.ts';
import { costOf } from './schemes.ts';

export type Job = { readonly record: HashRecord; readonly password: string; readonly secrets: Secrets };
export type Answer = { readonly isRight: boolean } | { readonly failed: string };

/** At most so many are compared at once, on any machine. */
const THREADS = 2;
/** What the JavaScript of a thread may take, in mebibytes. What the hashes take is bounded where they are read. */
const MEMORY = 64;

/** Beside this file in the sources; beside the bundle's other files in `dist` (build.config.ts). */
const FILE = new URL(
  import.meta.url.endsWith('.ts') ? './password-worker.ts' : './password-worker.js',
  import.meta.url,
);

type Thread = { readonly worker: Worker; rest?: NodeJS.Timeout };

export type OldPasswords = ReturnType<typeof makeOldPasswords>;

/**
 * Compares old passwords in threads of their own, so that nothing else waits for them. At most `threads` at once and
 * `queue` that wait; whoever comes then is refused at once, so that memory and waiting stay bounded (P8). A thread begins
 * with the first password and ends after `idle` milliseconds without one.
 */
export function makeOldPasswords({
  threads = Math.min(os.availableParallelism(), THREADS),
  queue = 20,
  idle = 30_000,
  timeout = 60_000,
}: { threads?: number; queue?: number; idle?: number; timeout?: number } = {}) {
  const limit = pLimit(threads);
  /** What takes much memory goes one after the other; so does argon2, whose work is done by threads of libuv. */
  const large = pLimit(1);
  const all = new Set<Thread>();
  const free: Thread[] = [];
  const closing = new AbortController();
  const done = { verified: 0, refused: 0 };
  let inside = 0;
  /** In milliseconds: the work of those inside. */
  let ahead = 0;

  const busy = (): UserError => new UserError('busy', { retryAfter: Math.max(1, Math.ceil(ahead / threads / 1000)) });

  function start(): Thread {
    const thread: Thread = { worker: new Worker(FILE, { resourceLimits: { maxOldGenerationSizeMb: MEMORY } }) };
    all.add(thread);
    return thread;
  }

  async function end(thread: Thread): Promise<void> {
    all.delete(thread);
    await thread.worker.terminate();
  }

  function rest(thread: Thread): void {
    thread.worker.unref();
    thread.rest = setTimeout(() => {
      free.splice(free.indexOf(thread), 1);
      void end(thread);
    }, idle).unref();
    free.push(thread);
  }

  async function ask(job: Job): Promise<boolean> {
    closing.signal.throwIfAborted();
    const thread = free.pop() ?? start();
    clearTimeout(thread.rest);
    thread.worker.ref();
    const late = AbortSignal.timeout(timeout);
    try {
      const answered = once(thread.worker, 'message', { signal: AbortSignal.any([closing.signal, late]) });
      thread.worker.postMessage(job, []);
      const [answer] = (await answered) as [Answer];
      if ('failed' in answer) throw new Error(answer.failed);
      rest(thread);
      return answer.isRight;
    } catch (error) {
      await end(thread);
      throw late.aborted ? busy() : error;
    }
  }

  async function verify(record: HashRecord, password: string, secrets: Secrets): Promise<boolean> {
    const { work, memory } = costOf(record);
    if (inside >= threads + queue) {
      done.refused += 1;
      throw busy();
    }
    inside += 1;
    ahead += work;
    try {
      const asked = (): Promise<boolean> => limit(ask, { record, password, secrets });
      const isRight = await (memory > 0 ? large(asked) : asked());
      // One that was given up, or failed, was not.
      done.verified += 1;
      return isRight;
    } finally {
      inside -= 1;
      ahead -= work;
    }
  }

  return {
    /**
     * Whether `password` is the one behind a record. At most 1,024 characters; nothing is cut but where the old
     * application did.
     * @throws {UserError} busy{retryAfter: seconds}
     */
    verify,

    /**
     * Does the work of a verification and answers false, for names that do not exist: `record` is one as the application
     * has them (`decoyOf` in schemes.ts).
     * @throws {UserError} busy{retryAfter: seconds}
     */
    waste: async (record: HashRecord, password: string, secrets: Secrets): Promise<false> => {
      await verify(record, password, secrets);
      return false;
    },

    /** How many were done and refused since the start, how many are running or waiting, how many threads there are. */
    counts: () => ({ ...done, inside, threads: all.size }),

    /** Ends the threads; what they were at is refused. */
    close: async (): Promise<void> => {
      closing.abort();
      await Promise.all([...all].map(end));
    },
  };
}
