import { monitorEventLoopDelay } from 'node:perf_hooks';

/** With everything so late, in milliseconds, whoever brings mail is asked to come back. */
const LATE = 500;
/** How often it is looked at, in milliseconds. */
const OFTEN = 100;

/** Fewer looks say nothing: one long turn is no overload. */
const LOOKS_MIN = 5;
/** So long one period of looking lasts, in milliseconds. */
const PERIOD = 5000;

export type Lateness = ReturnType<typeof makeLateness>;

/** How late this process is with everything. Made once: it looks as long as the process lives. */
export function makeLateness() {
  const delay = monitorEventLoopDelay({ resolution: OFTEN });
  delay.enable();
  let since = performance.now();
  return {
    /** Whether half of all that was to be done in these seconds was done too late. */
    isLate: (): boolean => delay.count >= LOOKS_MIN && delay.percentile(50) / 1e6 > LATE,
    /** Looks anew where that is due; to be called every second or so. */
    renew(): void {
      if (performance.now() - since < PERIOD) return;
      since = performance.now();
      delay.reset();
    },
  };
}
