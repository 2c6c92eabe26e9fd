import type { ReadingDesk } from './desk.ts';
import type { makeSizes } from './sizes.ts';
import type { Sorter } from './sorting/sorter.ts';

/** So many UTF-16 units of lines are written together at most; two such pieces are in memory at once. */
const UNITS = 1024 ** 2;

type Needs = {
  readonly desk: Pick<ReadingDesk, 'goesOn'>;
  readonly sizes: ReturnType<typeof makeSizes>;
  /** Whether a line was written by whoever worked on it before. */
  readonly isDone: (line: string) => boolean;
};

/**
 * Hands sorted lines on in pieces, each with how many lines that are in all; `flush` says whether to go on.
 * @returns whether all of them were handed on
 */
export async function inPieces(
  sorter: Sorter,
  { desk, sizes, isDone }: Needs,
  flush: (lines: readonly string[], count: number) => Promise<boolean>,
): Promise<boolean> {
  let waiting: string[] = [];
  let [count, units] = [0, 0];
  for (const lines of sorter.sorted()) {
    for (const line of lines) {
      count += 1;
      if (isDone(line)) continue;
      waiting.push(line);
      units += line.length;
      if (waiting.length < sizes.next() && units < UNITS) continue;
      if (!(await flush(waiting, count))) return false;
      [waiting, units] = [[], 0];
    }
    // Where nothing is written for a while, nobody else asks.
    if (waiting.length === 0 && !(await desk.goesOn())) return false;
  }
  return waiting.length === 0 || flush(waiting, count);
}
