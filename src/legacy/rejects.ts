import { isFormula } from '../csv.ts';
import type { Entry, Format } from './reading/records.ts';
import { REJECT_COLUMNS } from './reading/table.ts';
import { RowProblem } from './row.ts';

/**
 * A cell as it was, with an apostrophe in front where a spreadsheet would take it for a formula (A92) or where one stands
 * there already: whoever reads such a file takes one off again.
 */
function cellOf(value: string, separator: string): string {
  const text = isFormula(value) || value.startsWith("'") ? `'${value}` : value;
  return text.includes(separator) || /["\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The columns that are handed back: those of the file without what an earlier rejects file said. */
function keptOf(columns: readonly string[]): number[] {
  const said: readonly string[] = REJECT_COLUMNS;
  return columns.flatMap((column, index) => (said.includes(column) ? [] : [index]));
}

/** The first line of a file of what was not imported, with its end; JSON Lines have none. */
export function rejectsHead(format: Format): string {
  if (format.kind === 'json') return '';
  const names = [...keptOf(format.columns).map((index) => format.columns[index] ?? ''), ...REJECT_COLUMNS];
  return `${names.map((name) => cellOf(name, format.separator)).join(format.separator)}\n`;
}

/** A record that was not imported, with its line and why, as a line of such a file. */
export function rejectedLine(format: Format, { line, written, cells }: Entry, problem: RowProblem): string {
  const why = problem.column === undefined ? problem.code : `${problem.code}: ${problem.column}`;
  if (format.kind === 'json') {
    const known = cells instanceof RowProblem ? objectOf(written.join('')) : cells;
    return `${JSON.stringify({ ...known, line, problem: why })}\n`;
  }
  const given = keptOf(format.columns).map((index) => written[index] ?? '');
  return `${[...given, String(line), why].map((cell) => cellOf(cell, format.separator)).join(format.separator)}\n`;
}

/** What can be kept of a line that is not as it should be. */
function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Then it stands there as it is, for whoever corrects it.
  }
  return { text };
}
