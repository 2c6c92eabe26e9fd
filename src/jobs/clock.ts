import { describeError, type Log } from '../log.ts';
import { NO_METRICS, type Metrics } from '../metrics.ts';
import { isUnavailable } from '../storage/storage.ts';

/** Something to do again and again. */
export type Job = { readonly name: string; readonly everyMilliseconds: number; readonly run: () => Promise<void> };

export type Clock = { stop(): Promise<void> };

/**
 * Runs each job by itself, never twice at once, each time after its pause, whatever the time of day does meanwhile. A
 * job that fails runs again; it is logged the first time, the second, the fourth and so on. That the database is away
 * is said elsewhere.
 */
export function startClock(jobs: readonly Job[], log: Log, metrics: Pick<Metrics, 'job'> = NO_METRICS): Clock {
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const failures = new Map<string, number>();
  let stopped = false;

  const runOnce = async ({ name, run }: Job): Promise<void> => {
    try {
      await run();
      metrics.job(name, true);
      failures.delete(name);
    } catch (error) {
      metrics.job(name, false);
      if (isUnavailable(error)) return;
      const count = (failures.get(name) ?? 0) + 1;
      failures.set(name, count);
      if (Number.isInteger(Math.log2(count))) {
        log.error({ event: 'job_failed', job: name, times: count, ...describeError(error) });
      }
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
