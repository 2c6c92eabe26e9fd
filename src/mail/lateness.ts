import { monitorEventLoopDelay } from 'node:perf_hooks';

/** With everything so late, in milliseconds, whoever brings mail is asked to come back. */
const LATE = 500;
/** How often it is looked at, in milliseconds. */
const OFTEN = 100;

export type Lateness = ReturnType<typeof makeLateness>;

/** How late this process is with everything. Made once: it looks as long as the process lives. */
export function makeLateness() {
  const delay = monitorEventLoopDelay({ resolution: OFTEN });
  delay.enable();
  return {
    /** Whether half of all that was to be done since `begin` was done too late. */
    isLate: (): boolean => delay.percentile(50) / 1e6 > LATE,
    /** Looks anew from now on. */
    begin: (): void => delay.reset(),
  };
}
