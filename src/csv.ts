/** How a spreadsheet takes text for a formula, or for a command to another program (A92). */
const FORMULA = /^[\s\p{Cf}]*[=+\-@|%＝＋－＠\t\r\n]/u;

/** A text as one cell: quoted where it must be, and with an apostrophe in front where it would be run as a formula. */
function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a table of comma-separated values (RFC 4180), with its end. Text is never a formula; numbers are as they are. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}
