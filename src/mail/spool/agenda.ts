import { LATEST, LEASE } from './delivery.ts';
import type { makeDeliveryStore } from './store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** So long what is due is looked up in memory; then, and at each full hour, the index is read for what others wrote. */
const FRESH = MINUTE;

export type Agenda = ReturnType<typeof makeAgenda>;

/**
 * Which deliveries may be due. Their rows tell the hour alone; the exact time of those that were opened is remembered, so
 * that each is opened when its hour has come and again when it is due. When everything is to be tried, all that wait are
 * looked at, whatever their hour.
 */
export function makeAgenda({
  deliveries,
  now,
}: {
  deliveries: ReturnType<typeof makeDeliveryStore>;
  now: () => number;
}) {
  /** When to look at each; 0 for those that were not looked at yet. */
  const times = new Map<string, number>();
  let readAt = Number.NEGATIVE_INFINITY;
  let isWide = false;

  async function read(): Promise<void> {
    const time = now();
    const isFresh = time >= readAt && time < readAt + FRESH && Math.floor(time / HOUR) === Math.floor(readAt / HOUR);
    if (isFresh && !isWide) return;
    // A lease that runs out in the next hour may be one of a process that is gone; and what seems to be due after the
    // latest time there is was put off while the clock was wrong.
    const ids = await deliveries.waiting(isWide ? Number.MAX_SAFE_INTEGER : time + LEASE, time + LATEST + HOUR);
    if (isWide) times.clear();
    isWide = false;
    readAt = time;
    const found = new Set(ids);
    for (const id of times.keys()) if (!found.has(id)) times.delete(id);
    for (const id of found) if (!times.has(id)) times.set(id, 0);
  }

  return {
    /** Has all that wait be looked at. */
    widen(): void {
      isWide = true;
    },

    /** A delivery is to be looked at then, in milliseconds. */
    set: (id: string, time: number): void => void times.set(id, time),

    forget: (id: string): void => void times.delete(id),

    /** The ids of those that may be due, those that wait longest first. */
    async due(): Promise<string[]> {
      await read();
      const time = now();
      return [...times]
        .filter(([, due]) => due <= time || due > time + LATEST)
        .toSorted(([, a], [, b]) => a - b)
        .map(([id]) => id);
    },
  };
}
