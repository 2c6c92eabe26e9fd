import { describeError, type Log } from '../log.ts';

/** Something to do again and again. */
export type Job = { readonly name: string; readonly everyMilliseconds: number; readonly run: () => Promise<void> };

export type Clock = { stop(): Promise<void> };

/**
 * Runs each job by itself, never twice at once, each time after its pause. A job that fails is logged and runs again.
 */
export function startClock(jobs: readonly Job[], log: Log): Clock {
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  const runOnce = async ({ name, run }: Job): Promise<void> => {
    try {
      await run();
    } catch (error) {
      log.error({ event: 'job_failed', job: name, ...describeError(error) });
    }
  };

  const plan = (job: Job): void => {
    if (stopped) return;
    const timer = setTimeout(() => {
      const round = runOnce(job).finally(() => {
        running.delete(round);
        plan(job);
      });
      running.add(round);
    }, job.everyMilliseconds);
    timers.set(job.name, timer);
  };

  for (const job of jobs) plan(job);

  return {
    /** Starts nothing more and waits for what is running. */
    async stop() {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
