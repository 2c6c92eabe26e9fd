import { RowProblem, type ImportedHash } from '../row.ts';
import type { Cells } from './source.ts';

/** The cell of a column, without the space around it; the empty text where there is none. */
export function textIn(cells: Cells, column: string): string {
  return (cells[column] ?? '').trim();
}

/** The name in a column, exactly as it is written. @throws {RowProblem} name_missing */
export function nameIn(cells: Cells, column: string): string {
  const name = cells[column] ?? '';
  if (name.trim() === '') throw new RowProblem('name_missing', column);
  return name;
}

/** How yes and no may be written, in small letters; docs/moving-in/tables.md names them. */
export const WORDS = {
  yes: ['t', 'true', '1', 'y', 'yes', 'on', 'oui'],
  no: ['', 'f', 'false', '0', 'n', 'no', 'off', 'non', 'null'],
} as const;

const YES = new Set<string>(WORDS.yes);
const NO = new Set<string>(WORDS.no);

/** Yes or no, as databases and spreadsheets write it; nothing is no. @throws {RowProblem} value_unfit */
export function flagIn(cells: Cells, column: string): boolean {
  const text = textIn(cells, column).toLowerCase();
  if (NO.has(text)) return false;
  if (YES.has(text)) return true;
  throw new RowProblem('value_unfit', column);
}

/** An old password that is one text in one column; none where the cell is empty. */
export function hashIn(cells: Cells, column: string): ImportedHash | undefined {
  const text = textIn(cells, column);
  return text === '' ? undefined : { text };
}

/** An e-mail address as it is written, if there is one; the import looks whether it can be one. */
export function addressIn(cells: Cells, column: string): string | undefined {
  const text = textIn(cells, column);
  return text === '' ? undefined : text;
}
