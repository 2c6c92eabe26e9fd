/** One thing is done while the next is being prepared, and they come in their order. */
export function makeAhead<T>() {
  let running: Promise<T> | undefined;
  return {
    /** Waits for what was begun, and returns what it said; undefined where nothing was. @throws what it threw */
    async end(): Promise<T | undefined> {
      const before = running;
      running = undefined;
      return before;
    },
    /** Begins the next; what was begun before has ended. */
    begin(act: () => Promise<T>): void {
      running = act();
      // Whoever waits for it is told; until then nobody does.
      running.catch(() => undefined);
    },
  };
}
