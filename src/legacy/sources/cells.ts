import { RowProblem, type ImportedHash, type LegacyRow } from '../row.ts';
import type { Cells } from './source.ts';

const LONGEST = 255;
/** Far longer than any hash of those that are read. */
const LONGEST_HASH = 4096;

/** Control characters, halves of characters, and ends of lines of every kind: none can stand in what is kept. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The columns that `rowOf` reads, in the order in which the statements give them; a source may leave out any but `name`. */
export const COLUMNS = [
  'name',
  'key',
  'hash',
  'salt',
  'algorithm',
  'iterations',
  'address',
  'confirmed',
  'disabled',
  'second_factor',
] as const;

type Column = (typeof COLUMNS)[number];

const cellOf = (cells: Cells, column: Column): string => cells[column] ?? '';

function textOf(cells: Cells, column: Column, longest = LONGEST): string {
  const text = cellOf(cells, column);
  if (text.length > longest) throw new RowProblem('too_long', column);
  if (UNFIT.test(text)) throw new RowProblem('value_unfit', column);
  return text;
}

function nameOf(cells: Cells): string {
  const name = cellOf(cells, 'name');
  if (name.trim() === '') throw new RowProblem('name_missing', 'name');
  if (name.length > LONGEST || UNFIT.test(name)) throw new RowProblem('name_unfit', 'name');
  return name;
}

/** A yes or a no as databases write them; nothing is a no. */
function isYes(cells: Cells, column: Column): boolean {
  const text = cellOf(cells, column).trim().toLowerCase();
  if (/^(?:1|t|true|y|yes|on)$/u.test(text)) return true;
  if (/^(?:|0|f|false|n|no|off)$/u.test(text)) return false;
  throw new RowProblem('value_unfit', column);
}

function hashOf(cells: Cells): ImportedHash | undefined {
  const text = textOf(cells, 'hash', LONGEST_HASH);
  if (text === '') return undefined;
  const part = (column: Column): string | undefined => textOf(cells, column) || undefined;
  return { text, salt: part('salt'), algorithm: part('algorithm'), iterations: part('iterations') };
}

/** An address as it stands there, whole or not: whoever imports it decides whether mail can be sent to it. */
function addressOf(cells: Cells): string | undefined {
  const address = cellOf(cells, 'address').trim();
  if (address.length > LONGEST || UNFIT.test(address)) throw new RowProblem('address_unfit', 'address');
  return address || undefined;
}

/**
 * One old account out of the cells of its line, by the names in `COLUMNS`.
 * @throws {RowProblem} with the column that is wrong.
 */
export function rowOf(cells: Cells): LegacyRow {
  const address = addressOf(cells);
  return {
    name: nameOf(cells),
    key: textOf(cells, 'key'),
    hash: hashOf(cells),
    address,
    confirmed: isYes(cells, 'confirmed') && address !== undefined,
    blocked: isYes(cells, 'disabled'),
    secondFactor: isYes(cells, 'second_factor'),
  };
}

/**
 * The same where the application calls its accounts by a number.
 * @throws {RowProblem} as well where the key is none.
 */
export function numberedRowOf(cells: Cells): LegacyRow {
  const row = rowOf(cells);
  if (!isNumber(row.key)) throw new RowProblem('value_unfit', 'key');
  return row;
}

/** Whether a key is the number of a row: nothing else fits where a statement compares it with one. */
export const isNumber = (key: string): boolean => /^[1-9]\d{0,17}$/u.test(key);
