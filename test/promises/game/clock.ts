/** A clock that stands still until it is told to go on. */
export type HeldClock = {
  /** Milliseconds. */
  now(): number;
  wait(seconds: number): void;
  /** Gives the real one back. */
  release(): void;
};

/** Holds the clock of the whole process at a time in milliseconds; timers go on as ever. */
export function holdClock(start: number): HeldClock {
  const real = globalThis.Date;
  let time = start;
  const now = (): number => time;
  globalThis.Date = new Proxy(real, {
    construct: (target, given: unknown[], wanted) =>
      Reflect.construct(target, given.length === 0 ? [time] : given, wanted) as object,
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  });
  return {
    now,
    wait(seconds) {
      time += Math.round(seconds * 1000);
    },
    release() {
      globalThis.Date = real;
    },
  };
}
