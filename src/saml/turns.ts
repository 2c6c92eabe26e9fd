import { setImmediate } from 'node:timers/promises';

/** Waits for one's turn. */
export type Turn = () => Promise<void>;

/**
 * Takes turns at what keeps the processor busy for a millisecond or more: with many sign-ins in one moment the event loop
 * would serve nothing else until all were through. Who waits is let on in the order of asking, one in each turn of the
 * loop.
 */
export function makeTurns(): Turn {
  let last = Promise.resolve();

  async function after(others: Promise<void>): Promise<void> {
    await others;
    await setImmediate();
  }

  return () => {
    last = after(last);
    return last;
  };
}
