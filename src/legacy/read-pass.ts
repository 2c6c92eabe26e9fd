import { setImmediate as nextTurn } from 'node:timers/promises';
import { candidateOf } from './candidate.ts';
import type { Pace } from './pace.ts';
import { entryFrom, type Entry, type Format } from './reading/records.ts';
import type { Table } from './reading/table.ts';
import type { RejectsWriter } from './rejects.ts';
import { RowProblem } from './row.ts';
import type { Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { countProblem, type Tally } from './tally.ts';

/** Stands between the parts of a line to be sorted: no key has it, and whatever is longer comes behind. */
const BETWEEN = '\u0001';
/** More digits than any file has lines. */
const DIGITS = 10;

/** What is sorted: a record that may be imported, or the shape that is taken for one that must be corrected first. */
export type Sorted = { readonly shape: string } | { readonly entry: Entry };

function lineOf(key: string, line: number, value: unknown): string {
  return `${key}${BETWEEN}${String(line).padStart(DIGITS, '0')}${BETWEEN}${JSON.stringify(value)}`;
}

/** Where a sorted line stands among the others: each has a place of its own. */
export function placeOf(sorted: string): string {
  return sorted.slice(0, sorted.indexOf(BETWEEN) + BETWEEN.length + DIGITS);
}

/** What a sorted line says. */
export function readSorted(format: Format, sorted: string): Sorted {
  const end = sorted.indexOf(BETWEEN);
  const value: unknown = JSON.parse(sorted.slice(end + 2 * BETWEEN.length + DIGITS));
  if (typeof value === 'string') return { shape: value };
  const line = Number(sorted.slice(end + BETWEEN.length, end + BETWEEN.length + DIGITS));
  return { entry: entryFrom(format, line, value as string[] | Record<string, string>) };
}

/**
 * Reads all of a file and judges each line by itself: what may be imported goes to the sorter, by its name's key and its
 * line; of the rest, the shapes, and all of it to the rejects.
 * @returns the last line, or undefined where it was stopped
 */
export async function readPass(
  table: Table,
  source: Source,
  { sorter, rejects, tally, pace }: { sorter: Sorter; rejects: RejectsWriter; tally: Tally; pace: Pace },
): Promise<number | undefined> {
  let last = 0;
  for await (const entries of table.entries) {
    if (pace.isStopped()) return undefined;
    const lines: string[] = [];
    for (const entry of entries) {
      last = entry.lastLine;
      const candidate = candidateOf(source, entry);
      if (candidate instanceof RowProblem) {
        countProblem(tally, candidate);
        rejects.add(entry, candidate);
        if (candidate.shape !== undefined) lines.push(lineOf(candidate.shape, entry.line, candidate.shape));
      } else {
        lines.push(lineOf(candidate.key, entry.line, table.format.kind === 'csv' ? entry.written : entry.cells));
      }
    }
    await rejects.flush();
    await sorter.add(lines);
    await pace.read(last, table.meter.bytes);
    await nextTurn();
  }
  return last;
}
