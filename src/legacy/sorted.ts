import { canonicalParsed } from '../mailbox.ts';
import type { Candidate } from './candidate.ts';
import type { Entry, Format } from './reading/records.ts';
import { entryFrom } from './reading/records.ts';
import { textOf } from './sealing.ts';
import { traitsOf, type Traits } from './tally.ts';

/** Stands between the parts of a line to be sorted: no name, key, address or JSON has it, and whatever is longer comes behind. */
const BETWEEN = '\u0001';
/** More digits than any file has lines. */
const DIGITS = 10;

/** A record that may be imported, as it was judged: nothing of it has to be judged or written again. */
export type Coming = {
  readonly kind: 'name';
  /** As `Candidate`. */
  readonly key: string;
  readonly row: { readonly name: string; readonly key: string };
  readonly shape: string;
  /** The address that somebody is to find the name by, in its canonical form: a confirmed one. */
  readonly address: string | undefined;
  readonly traits: Traits;
  /** What is sealed of it, in JSON, without its seed. */
  readonly secret: string;
  /** What it was, for handing it back: see `entryOf`. */
  readonly number: number;
  readonly written: string;
};

/** What is sorted: a record that may be imported, or the shape that is taken for one that must be corrected first. */
export type Sorted = Coming | { readonly kind: 'shape'; readonly shape: string };

const FLAGS = [
  ['address', 'a'],
  ['unfitAddress', 'u'],
  ['confirmed', 'c'],
  ['blocked', 'b'],
  ['secondFactor', 's'],
] as const;

const placed = (key: string, number: number): string => `${key}${BETWEEN}${String(number).padStart(DIGITS, '0')}`;

/** The line of a shape that is taken. */
export function shapeLine(shape: string, number: number): string {
  return placed(shape, number);
}

/** The line of a record, by its name's key and its number. */
export function nameLine(format: Format, entry: Entry, candidate: Candidate): string {
  const { row, key, shape, record } = candidate;
  const traits = traitsOf(candidate);
  let flags = '';
  for (const [trait, flag] of FLAGS) if (traits[trait]) flags += flag;
  const secret = textOf({
    key: row.key,
    record,
    address: row.address,
    confirmed: row.confirmed,
    blocked: row.blocked,
    secondFactor: row.secondFactor,
  });
  const written = JSON.stringify(format.kind === 'csv' ? entry.written : entry.cells);
  const address = row.confirmed && row.address !== undefined ? canonicalParsed(row.address) : '';
  const parts = [
    placed(key, entry.line),
    row.name,
    row.key,
    shape,
    address,
    flags,
    traits.scheme ?? '',
    secret,
    written,
  ];
  return parts.join(BETWEEN);
}

/** Where a sorted line stands among the others: each has a place of its own. */
export function placeOf(sorted: string): string {
  return sorted.slice(0, sorted.indexOf(BETWEEN) + BETWEEN.length + DIGITS);
}

/** What a sorted line says. */
export function readSorted(sorted: string): Sorted {
  const [
    key = '',
    number = '',
    name,
    rowKey = '',
    shape = '',
    address = '',
    flags = '',
    scheme,
    secret = '',
    written = '',
  ] = sorted.split(BETWEEN);
  if (name === undefined) return { kind: 'shape', shape: key };
  return {
    kind: 'name',
    key,
    row: { name, key: rowKey },
    shape,
    address: address === '' ? undefined : address,
    traits: {
      address: flags.includes('a'),
      unfitAddress: flags.includes('u'),
      confirmed: flags.includes('c'),
      blocked: flags.includes('b'),
      secondFactor: flags.includes('s'),
      scheme: scheme === '' ? undefined : scheme,
    },
    secret,
    number: Number(number),
    written,
  };
}

/** The record that a sorted line was, for handing it back. */
export function entryOf(format: Format, { number, written }: Coming): Entry {
  return entryFrom(format, number, JSON.parse(written) as string[] | Record<string, string>);
}
