import { setImmediate } from 'node:timers/promises';

/** Waits for one's turn. */
export type Turn = () => Promise<void>;

/** How long those whose turn it is may run before whatever else waits is looked after, in milliseconds. */
const SLICE = 5;

/**
 * Takes turns at what keeps the processor busy for a millisecond or more: with many sign-ins in one moment the event loop
 * would serve nothing else until all were through. Who waits is let on in the order of asking, some in one turn of the
 * loop, so that what they write afterwards still shares a commit. Do the work right after the wait, before any other.
 */
export function makeTurns(): Turn {
  let last = Promise.resolve();
  let since = Number.NEGATIVE_INFINITY;
  async function after(before: Promise<void>): Promise<void> {
    await before;
    if (performance.now() - since < SLICE) return;
    await setImmediate();
    since = performance.now();
  }
  return () => {
    last = after(last);
    return last;
  };
}
