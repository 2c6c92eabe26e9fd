import pLimit, { type LimitFunction } from 'p-limit';

/**
 * Lets so many things be done at the same time, and of those so many for each name. Whoever waits for their name takes
 * no place from the others.
 */
export function makeSlots(all: number, each: number) {
  const every = pLimit(all);
  const named = new Map<string, LimitFunction>();

  return {
    /** Does `work` once it is its turn. @throws the reason of the signal, if that comes first */
    async run<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
      const own = named.get(name) ?? pLimit(each);
      named.set(name, own);
      try {
        return await own(() =>
          every(() => {
            signal?.throwIfAborted();
            return work();
          }),
        );
      } finally {
        // The last one leaves no trace of the name.
        if (own.activeCount === 0 && own.pendingCount === 0) named.delete(name);
      }
    },
  };
}
