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

const NUMBERS = [
  'names',
  'present',
  'withoutPassword',
  'addresses',
  'unfitAddresses',
  'confirmed',
  'blocked',
  'secondFactor',
  'rejected',
] as const satisfies readonly (keyof Tally)[];

function added<T extends Partial<Record<string, number>>>(one: T, other: T): T {
  const sums: Record<string, number> = { ...one } as Record<string, number>;
  for (const [name, count] of Object.entries(other)) sums[name] = (sums[name] ?? 0) + (count ?? 0);
  return sums as T;
}

/** What was found in two parts of a file. */
export function sumOf(one: Tally, other: Tally): Tally {
  const sum = copyOf(one);
  for (const name of NUMBERS) sum[name] += other[name];
  return { ...sum, problems: added(one.problems, other.problems), schemes: added(one.schemes, other.schemes) };
}

/** What is counted of somebody. */
export type Traits = {
  readonly address: boolean;
  readonly unfitAddress: boolean;
  /** Whether the address is. */
  readonly confirmed: boolean;
  readonly blocked: boolean;
  readonly secondFactor: boolean;
  /** Of their password, if there is one. */
  readonly scheme: string | undefined;
};

export function traitsOf({ row, record, isUnfit }: Candidate): Traits {
  const address = row.address !== undefined;
  const { blocked, secondFactor } = row;
  const confirmed = address && row.confirmed;
  return { address, unfitAddress: isUnfit, confirmed, blocked, secondFactor, scheme: record?.scheme };
}

/** Counts somebody who is imported, or could be. */
export function countName(tally: Tally, traits: Traits): void {
  tally.names += 1;
  if (traits.unfitAddress) tally.unfitAddresses += 1;
  if (traits.address) tally.addresses += 1;
  if (traits.confirmed) tally.confirmed += 1;
  if (traits.blocked) tally.blocked += 1;
  if (traits.secondFactor) tally.secondFactor += 1;
  if (traits.scheme === undefined) tally.withoutPassword += 1;
  else tally.schemes[traits.scheme] = (tally.schemes[traits.scheme] ?? 0) + 1;
}

/** Counts a line that is not imported. */
export function countProblem(tally: Tally, { code }: RowProblem): void {
  tally.rejected += 1;
  tally.problems[code] = (tally.problems[code] ?? 0) + 1;
}
