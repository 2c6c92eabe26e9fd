/** How a spreadsheet takes text for a formula, or for a command to another program (A92). */
const FORMULA = /^[\s\p{C}]*[=+\-@|%＝＋－＠]|^\t/u;

/** Whether a spreadsheet would take the text for a formula. */
export const isFormula = (text: string): boolean => FORMULA.test(text);

/**
 * One cell: quoted where it must be. A text that a spreadsheet would take for a formula gets an apostrophe in front, which
 * is how they write text themselves, and stays on one line, for programs that read line by line.
 */
function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const line = value.replaceAll(/\s*[\r\n\u2028\u2029]\s*/gu, ' ');
  const text = isFormula(line) ? `'${line}` : line;
  return /[",]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of comma-separated values (RFC 4180), with its end. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}
