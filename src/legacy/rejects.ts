import { beginnings } from '../csv.ts';
import { asWritten, CELL_ENDS, REJECT_COLUMNS, type Entry, type Format } from './reading/records.ts';
import { RowProblem } from './row.ts';

/** Where an apostrophe has to stand; where one stands already too, since whoever reads such a file takes them off again. */
const APOSTROPHES = beginnings(CELL_ENDS, "'|");

/**
 * A cell as it was, with an apostrophe in front where a spreadsheet would take it for a formula (A92), or a part of it that
 * would be a cell by itself to another one; see `asItWas`.
 */
function cellOf(value: string): string {
  const text = value.replaceAll(APOSTROPHES, "'");
  return /[",;\t\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
  return `${names.map(cellOf).join(format.separator)}\n`;
}

/** A record that was not imported, with its line and why, as a line of such a file. */
export function rejectedLine(format: Format, { line, written, cells }: Entry, problem: RowProblem): string {
  const why = problem.column === undefined ? problem.code : `${problem.code}: ${problem.column}`;
  if (format.kind === 'json') {
    const said = { line, problem: why };
    return `${cells instanceof RowProblem ? lineOf(written.join(''), said) : JSON.stringify({ ...cells, ...said })}\n`;
  }
  const kept = keptOf(format.columns);
  const isWhole = written.length !== format.columns.length;
  const values = isWhole
    ? kept.map((_, index) => (index === 0 ? written[0] : ''))
    : kept.map((index) => written[index]);
  // A line with NUL is never read: what stands for it lets the rest be.
  const given = values.map((value = '') => value.replaceAll('\0', '\uFFFD'));
  return `${[...given, String(line), why].map(cellOf).join(format.separator)}\n`;
}

export type RejectsWriter = ReturnType<typeof makeRejectsWriter>;

/**
 * Collects rejected records and hands them on in whole lines, under a head, each with the byte of the file of rejects at
 * which it begins; `from`: how many bytes it has already. Undefined: all of it stands there already, and nothing is handed on.
 */
export function makeRejectsWriter(
  format: Format,
  from: number | undefined,
  write: ((text: string, at: number) => void | Promise<void>) | undefined,
) {
  let at = from ?? 0;
  let waiting = '';

  /** Hands on what was added; returns how many bytes the file has then, where that counts. */
  async function handOn(): Promise<number> {
    if (waiting === '' || from === undefined) return at;
    const text = at === 0 ? rejectsHead(format) + waiting : waiting;
    await write?.(text, at);
    return at + Buffer.byteLength(text);
  }

  return {
    length: () => at,
    add(entry: Entry, problem: RowProblem): void {
      if (from !== undefined) waiting += rejectedLine(format, entry, problem);
    },
    async flush(): Promise<void> {
      at = await handOn();
      waiting = '';
    },
    /** Hands on what was added, and again what comes in its place where `isThrough`, told the length then, says no. */
    async tentatively(isThrough: (length: number) => Promise<boolean>): Promise<boolean> {
      const length = await handOn();
      const stays = await isThrough(length);
      if (stays) at = length;
      waiting = '';
      return stays;
    },
  };
}

/** A line of JSON that is not as it should be, with what is said of it: by its names where it has some, else as a text. */
function lineOf(text: string, said: object): string {
  try {
    const value: unknown = JSON.parse(text, asWritten);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return JSON.stringify({ ...value, ...said });
  } catch {
    // None, or none that can be followed to its ground: then it stands there as it is, for whoever corrects it.
  }
  return JSON.stringify({ text, ...said });
}
