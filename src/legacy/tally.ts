import type { Candidate } from './candidate.ts';
import type { RowProblem, RowProblemCode } from './row.ts';
import type { HashRecord } from './schemes/record.ts';
import { decoyOf } from './schemes/schemes.ts';

/** What was found in a file so far; counts of people. */
export type Tally = {
  /** Those who are imported, or could be. */
  names: number;
  /** Who stands there exactly so already; they count in nothing else. */
  present: number;
  withoutPassword: number;
  addresses: number;
  confirmed: number;
  blocked: number;
  secondFactor: number;
  /** How many lines were not imported. */
  rejected: number;
  problems: Partial<Record<RowProblemCode, number>>;
  /** How many have a password of each scheme, and a record of that cost that nobody's password fits. */
  schemes: Record<string, { count: number; decoy: HashRecord }>;
};

export const NOTHING: Tally = {
  names: 0,
  present: 0,
  withoutPassword: 0,
  addresses: 0,
  confirmed: 0,
  blocked: 0,
  secondFactor: 0,
  rejected: 0,
  problems: {},
  schemes: {},
};

/** One of one's own, to count in. */
export function copyOf(tally: Tally): Tally {
  const schemes = Object.entries(tally.schemes).map(([id, scheme]) => [id, { ...scheme }] as const);
  return { ...tally, problems: { ...tally.problems }, schemes: Object.fromEntries(schemes) };
}

/** Counts somebody who is imported, or could be. */
export function countName(tally: Tally, { row, record }: Candidate): void {
  tally.names += 1;
  if (row.address !== undefined) tally.addresses += 1;
  if (row.address !== undefined && row.confirmed) tally.confirmed += 1;
  if (row.blocked) tally.blocked += 1;
  if (row.secondFactor) tally.secondFactor += 1;
  if (record === undefined) {
    tally.withoutPassword += 1;
    return;
  }
  const scheme = (tally.schemes[record.scheme] ??= { count: 0, decoy: decoyOf(record) });
  scheme.count += 1;
}

/** Counts a line that is not imported. */
export function countProblem(tally: Tally, { code }: RowProblem): void {
  tally.rejected += 1;
  tally.problems[code] = (tally.problems[code] ?? 0) + 1;
}

/** What it costs to try a password of most people there; for whoever has no password to try. */
export function decoyIn({ schemes }: Tally): HashRecord | undefined {
  return Object.values(schemes).toSorted((a, b) => b.count - a.count)[0]?.decoy;
}
