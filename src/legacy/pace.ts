import type { Progress } from './check-pass.ts';

/** The parts of an import, and which share of its time each takes. */
const SHARES = { reading: 0.35, rows: 0.5, addresses: 0.15 } as const;

type Needs = {
  /** The bytes of the file as it lies there. */
  readonly bytes: number;
  readonly tell: (progress: Progress) => void;
};

export type Pace = ReturnType<typeof makePace>;

/**
 * How far an import is, over all its parts: told as if the file was read once, evenly, from the first line to the last, so
 * that the rate and the time that is left are those of the whole.
 */
export function makePace({ bytes, tell }: Needs) {
  let lines = 0;
  let share = 0;

  function say(part: number, done: number, of: number): void {
    share = Math.max(share, part + (of === 0 ? 0 : done / of));
    tell({ lines: Math.round(lines * Math.min(1, share)), bytes: Math.round(bytes * Math.min(1, share)) });
  }

  return {
    /** The file is read up to a line and a byte of it. */
    read(line: number, at: number): void {
      lines = at === 0 ? line : Math.round((line * bytes) / at);
      say(0, SHARES.reading * at, bytes);
    },
    /** It has so many lines, all in all. */
    has(all: number): void {
      lines = all;
    },
    /** So many of all rows are written, or so many of all addresses. */
    rows: (done: number, of: number): void => say(SHARES.reading, SHARES.rows * done, of),
    addresses: (done: number, of: number): void => say(SHARES.reading + SHARES.rows, SHARES.addresses * done, of),
    end: (): void => say(1, 0, 0),
  };
}
