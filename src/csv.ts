/**
 * How a cell begins that a spreadsheet takes for a formula, or for a command to another program (A92): space and quotes in
 * front count for nothing there.
 */
const FORMULA = String.raw`\t|(?:(?![\t\r\n])[\s\p{C}"])*[=+\-@|%＝＋－＠]`;

/**
 * Finds where in a text a spreadsheet would begin to read a formula, or one of `more`: at the start, and behind each of
 * `ends`, which one or another takes for the end of a cell. Quotes do not keep it from that: where commas separate nothing,
 * as for most spreadsheets in French, a quote behind one is in the middle of a cell and means nothing.
 */
export function beginnings(ends: string, more = ''): RegExp {
  return new RegExp(`(?<=^|[${ends}])(?=${more}${FORMULA})`, 'gu');
}

const FORMULAS = beginnings(';\t');

/** A text that stays as it is to the letter, since a hash is reckoned over it; it is for whoever reads it as CSV alone. */
type Exact = { readonly exact: string };

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/**
 * One cell: quoted where it must be, and where it holds what separates cells elsewhere. An apostrophe, which is how they write
 * text themselves, stands wherever a spreadsheet would begin to read a formula. All is on one line, for programs that read
 * line by line.
 */
function cellOf(value: string | number | Exact): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object') return quoted(value.exact);
  const line = value.replaceAll(/\s*[\r\n\u2028\u2029]\s*/gu, ' ');
  const text = line.replaceAll(FORMULAS, "'");
  return /[",;\t]/u.test(text) ? quoted(text) : text;
}

/** One line of comma-separated values (RFC 4180), with its end. */
export function csvLine(cells: readonly (string | number | Exact)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}
