import { merged } from './merging.ts';
import { writeRun, type Run } from './run-file.ts';

/** So many UTF-16 units are sorted at once. */
const HELD = 2 * 1024 ** 2;
/** So many sorted runs are read at once. */
const RUNS = 64;

export type Sorter = ReturnType<typeof makeSorter>;

/**
 * Sorts any number of lines by their UTF-16 units with bounded memory: what is more than that lies in nameless files in
 * `folder` meanwhile, sealed under keys that this process alone has. Lines hold no line feed.
 */
export function makeSorter({ folder, held: most = HELD, runs: mostRuns = RUNS }: SorterNeeds) {
  let lines: string[] = [];
  let held = 0;
  let count = 0;
  /** Runs of what was held, runs of so many of those, and so on. */
  const levels: Run[][] = [];

  function* sortedLines(): Generator<string[]> {
    const sorted = lines.toSorted();
    lines = [];
    held = 0;
    for (let from = 0; from < sorted.length; from += 500) yield sorted.slice(from, from + 500);
  }

  function spill(): void {
    let run = writeRun(folder, sortedLines());
    for (let level = 0; ; level += 1) {
      const runs = (levels[level] ??= []);
      runs.push(run);
      if (runs.length < mostRuns) return;
      // Many short ones become a long one.
      run = writeRun(folder, merged(runs.map(({ lines: of }) => of())));
      for (const short of runs.splice(0)) short.close();
    }
  }

  return {
    /** How many lines there are. */
    count: () => count,

    /** @throws {UserError} upload_no_room */
    add(more: readonly string[]): void {
      for (const line of more) {
        lines.push(line);
        held += line.length;
        count += 1;
        if (held >= most) spill();
      }
    },

    /** All lines, sorted, some at a time. To be read once; nothing is added any more. */
    sorted: (): Generator<string[]> => merged([...levels.flat().map((run) => run.lines()), sortedLines()]),

    /** Removes what lies on the disk. */
    close(): void {
      for (const run of levels.splice(0).flat()) run.close();
      lines = [];
    },
  };
}

type SorterNeeds = {
  readonly folder: string;
  /** How many UTF-16 units are held in memory, and how many runs are read at once. */
  readonly held?: number;
  readonly runs?: number;
};
