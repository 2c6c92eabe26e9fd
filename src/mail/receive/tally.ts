/** Counts by key, within windows of time. Kept in memory, and never more keys than said (P8). */
export type Tally = {
  /** Adds one under a key, and returns how many there are now in its window. */
  add(key: string): number;
  /** Takes one back that turned out not to count. */
  takeBack(key: string): void;
  count(key: string): number;
};

/**
 * @param window how long what was added under a key counts, from its first addition on, in milliseconds
 * @param keys how many keys are kept; the oldest is forgotten for a new one
 */
export function makeTally({ window, keys, now }: { window: number; keys: number; now: () => number }): Tally {
  const counts = new Map<string, { since: number; count: number }>();

  const current = (key: string): { since: number; count: number } | undefined => {
    const found = counts.get(key);
    // A clock that was set back must not keep anybody out for longer.
    return found !== undefined && Math.abs(now() - found.since) < window ? found : undefined;
  };

  return {
    add(key) {
      const found = current(key);
      if (found !== undefined) {
        found.count += 1;
        return found.count;
      }
      // Written anew, so that the order of the map is that of the windows.
      counts.delete(key);
      const [oldest] = counts.keys();
      if (counts.size >= keys && oldest !== undefined) counts.delete(oldest);
      counts.set(key, { since: now(), count: 1 });
      return 1;
    },
    takeBack(key) {
      const found = current(key);
      if (found !== undefined) found.count = Math.max(0, found.count - 1);
    },
    count: (key) => current(key)?.count ?? 0,
  };
}
