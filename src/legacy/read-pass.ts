import { candidateOf } from './candidate.ts';
import type { Table } from './reading/table.ts';
import type { RejectsWriter } from './rejects.ts';
import { RowProblem } from './row.ts';
import { nameLine, shapeLine } from './sorted.ts';
import type { Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { countProblem, type Tally } from './tally.ts';
import type { Work } from './work-pass.ts';

/**
 * Reads all of a file and judges each line by itself: what may be imported goes to the sorter, by its name's key and its
 * line; of the rest, the shapes, and all of it to the rejects.
 * @returns the last line, or undefined where it was stopped
 */
export async function readPass(
  { desk, pace }: Pick<Work, 'desk' | 'pace'>,
  table: Table,
  source: Source,
  { sorter, rejects, tally }: { sorter: Sorter; rejects: RejectsWriter; tally: Tally },
): Promise<number | undefined> {
  let last = 0;
  for await (const entries of table.entries) {
    if (!(await desk.goesOn())) return undefined;
    const lines: string[] = [];
    for (const entry of entries) {
      last = entry.lastLine;
      const candidate = candidateOf(source, entry);
      if (candidate instanceof RowProblem) {
        countProblem(tally, candidate);
        rejects.add(entry, candidate);
        if (candidate.shape !== undefined) lines.push(shapeLine(candidate.shape, entry.line));
      } else {
        lines.push(nameLine(table.format, entry, candidate));
      }
    }
    await rejects.flush();
    sorter.add(lines);
    pace.read(last, table.meter.bytes);
  }
  return last;
}
