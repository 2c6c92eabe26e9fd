import type { Candidate } from './candidate.ts';
import type { RowProblem, RowProblemCode } from './row.ts';

/** What was found in a file so far; counts of people. */
export type Tally = {
  /** Those who are imported, or could be. */
  names: number;
  /** Who stands there exactly so already; they count in nothing else. */
  present: number;
  withoutPassword: number;
  addresses: number;
  /** Whose address cannot be one and was left out. */
  unfitAddresses: number;
  confirmed: number;
  blocked: number;
  secondFactor: number;
  /** How many lines were not imported. */
  rejected: number;
  problems: Partial<Record<RowProblemCode, number>>;
  /** How many have a password of each scheme. */
  schemes: Record<string, number>;
};

export const NOTHING: Tally = {
  names: 0,
  present: 0,
  withoutPassword: 0,
  addresses: 0,
  unfitAddresses: 0,
  confirmed: 0,
  blocked: 0,
  secondFactor: 0,
  rejected: 0,
  problems: {},
  schemes: {},
};

/** One of one's own, to count in. */
export function copyOf(tally: Tally): Tally {
  return { ...tally, problems: { ...tally.problems }, schemes: { ...tally.schemes } };
}

/** Counts somebody who is imported, or could be. */
export function countName(tally: Tally, { row, record, isUnfit }: Candidate): void {
  tally.names += 1;
  if (isUnfit) tally.unfitAddresses += 1;
  if (row.address !== undefined) tally.addresses += 1;
  if (row.address !== undefined && row.confirmed) tally.confirmed += 1;
  if (row.blocked) tally.blocked += 1;
  if (row.secondFactor) tally.secondFactor += 1;
  if (record === undefined) tally.withoutPassword += 1;
  else tally.schemes[record.scheme] = (tally.schemes[record.scheme] ?? 0) + 1;
}

/** Counts a line that is not imported. */
export function countProblem(tally: Tally, { code }: RowProblem): void {
  tally.rejected += 1;
  tally.problems[code] = (tally.problems[code] ?? 0) + 1;
}
