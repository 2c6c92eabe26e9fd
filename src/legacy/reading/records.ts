import { RowProblem, type RowProblemCode } from '../row.ts';
import type { Cells } from '../sources/source.ts';
import { LINE_MAX, type Line } from './lines.ts';

/** How a table is written: values between separators under a line of names, or an object a line. */
export type Format =
  | {
      readonly kind: 'csv';
      readonly separator: string;
      readonly columns: readonly string[];
      /** Whether it is a file of rejects, whose cells have apostrophes where spreadsheets need them. */
      readonly isRejects: boolean;
    }
  | { readonly kind: 'json' };

/** One record of a table: where it begins and ends, what it was, and the cells that are to be read, or why not. */
export type Entry = {
  readonly line: number;
  readonly lastLine: number;
  /** Its cells as they are written, one for each column; or its line alone, where nobody could take it apart. */
  readonly written: readonly string[];
  readonly cells: Cells | RowProblem;
};

/** Columns of a rejects file, which say why a row is in it. */
export const REJECT_COLUMNS = ['line', 'problem'] as const;

/** What some program or other takes for the end of a cell: behind each, cells of a rejects file may have an apostrophe. */
export const CELL_ENDS = String.raw`;,\t\r\n`;

const APOSTROPHES = new RegExp(`(?<=^|[${CELL_ENDS}])'`, 'gu');

/** A cell of a rejects file without the apostrophes that were put into it. */
const asItWas = (cell: string): string => cell.replaceAll(APOSTROPHES, '');

/** Why lines stand whole in the first column of a rejects file: nobody could take them apart. */
const WHOLE: readonly RowProblemCode[] = ['not_utf8', 'too_long', 'value_unfit', 'quotes_open', 'columns_missing'];

/** The name of a column of a file as it may be shown, on a terminal too: what steers one is not there. */
export const shownColumn = (name: string): string => name.slice(0, 40).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');

/** A record within quotes may go over so many lines; nothing that is imported has more than one. */
const LINES_MAX = 32;

/**
 * The values of a record (RFC 4180); `open` where a quote is not closed, `broken` where one closes in the middle.
 * `isOpen`: whether one was open before it.
 */
export function cellsOf(text: string, separator: string, isOpen = false): string[] | 'open' | 'broken' {
  if (!text.includes('"')) return isOpen ? 'open' : text.split(separator);
  const cells: string[] = [];
  let at = isOpen ? -1 : 0;
  for (;;) {
    if (at !== -1 && text[at] !== '"') {
      const end = text.indexOf(separator, at);
      if (end === -1) return [...cells, text.slice(at)];
      cells.push(text.slice(at, end));
      at = end + 1;
      continue;
    }
    const quoted = unquote(text, at + 1);
    if (quoted === undefined) return 'open';
    cells.push(quoted.cell);
    if (quoted.end === text.length) return cells;
    if (text[quoted.end] !== separator) return 'broken';
    at = quoted.end + 1;
  }
}

function unquote(text: string, start: number): { cell: string; end: number } | undefined {
  let cell = '';
  let from = start;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return undefined;
    cell += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { cell, end: quote + 1 };
    cell += '"';
    from = quote + 2;
  }
}

/** Lines that stand in one record so far, the first of which opened a quote. */
type Open = { readonly line: number; readonly texts: string[]; length: number };

/** A record of one line again, from its cells as they were written or read. */
export function entryFrom(format: Format, line: number, given: readonly string[] | Cells): Entry {
  if (format.kind === 'json' || !Array.isArray(given))
    return { line, lastLine: line, written: [], cells: given as Cells };
  return { line, lastLine: line, written: given, cells: named(given, format.columns) };
}

function named(cells: readonly string[], columns: readonly string[]): Cells {
  const found: Record<string, string> = {};
  for (const [index, column] of columns.entries()) found[column] = cells[index] ?? '';
  return found;
}

/** Why a line may have U+FFFD where there was something that nobody can read. */
const UNREAD: readonly RowProblemCode[] = ['not_utf8', 'value_unfit'];

/**
 * What is still wrong with a row of a rejects file that holds a line nobody could take apart, for as long as it says so and
 * stands in one cell: read by its columns, the whole line with its hash and its address would be a name. Where something
 * could not be read, that has to be corrected besides.
 */
function stillWrong(cells: Cells): RowProblem | undefined {
  const code = WHOLE.find((one) => one === cells['problem']);
  if (code === undefined) return undefined;
  const said: readonly string[] = REJECT_COLUMNS;
  const filled = Object.entries(cells).filter(([column, cell]) => cell !== '' && !said.includes(column));
  const isUnread = UNREAD.includes(code) && filled.some(([, cell]) => cell.includes('\uFFFD'));
  return isUnread || filled.length <= 1 ? new RowProblem(code) : undefined;
}

/**
 * Puts lines together to records. A quote that is not closed within some lines costs the line it stands on, and no other:
 * those after it are read again by themselves.
 */
export function makeRecords(format: Format, firstLine: number) {
  let number = firstLine - 1;
  let open: Open | undefined;

  function entryOf(
    { line, lastLine, text }: { line: number; lastLine: number; text: string },
    given: string[],
    { columns, isRejects }: Format & { kind: 'csv' },
  ): Entry {
    // Filled up or cut off it would be another line, which could be read.
    if (given.length !== columns.length)
      return { line, lastLine, written: [text], cells: new RowProblem('columns_missing') };
    const cells = isRejects ? given.map(asItWas) : given;
    const found = named(cells, columns);
    return { line, lastLine, written: cells, cells: (isRejects ? stillWrong(found) : undefined) ?? found };
  }

  function add(entries: Entry[], { text, wrong }: Line, line: number): void {
    if (wrong !== undefined) {
      closeAll(entries);
      entries.push({ line, lastLine: line, written: [text], cells: new RowProblem(wrong) });
    } else if (format.kind === 'json') {
      if (text.trim() !== '') entries.push({ line, lastLine: line, written: [text], cells: objectIn(text) });
    } else if (open !== undefined) {
      continueOpen(entries, open, text, line, format);
    } else if (text !== '') {
      begin(entries, text, line, format);
    }
  }

  function begin(entries: Entry[], text: string, line: number, csv: Format & { kind: 'csv' }): void {
    const cells = cellsOf(text, csv.separator);
    if (cells === 'open') open = { line, texts: [text], length: text.length };
    else if (cells === 'broken') entries.push(broken(line, text));
    else entries.push(entryOf({ line, lastLine: line, text }, cells, csv));
  }

  function continueOpen(
    entries: Entry[],
    record: Open,
    text: string,
    line: number,
    csv: Format & { kind: 'csv' },
  ): void {
    record.texts.push(text);
    record.length += text.length + 1;
    const isTooMuch = record.length > LINE_MAX || record.texts.length > LINES_MAX;
    // By itself: with all lines before it, a line would be read a thousand times where each opens a quote and closes one.
    const end = isTooMuch ? 'broken' : cellsOf(text, csv.separator, true);
    if (end === 'open') return;
    if (end === 'broken') return close(entries);
    const all = record.texts.join('\n');
    const cells = cellsOf(all, csv.separator);
    if (typeof cells === 'string') return close(entries);
    open = undefined;
    entries.push(entryOf({ line: record.line, lastLine: line, text: all }, cells, csv));
  }

  /** Gives the line that opened a quote up, and reads those after it. */
  function close(entries: Entry[]): void {
    if (open === undefined) return;
    const { line, texts } = open;
    open = undefined;
    entries.push(broken(line, texts[0] ?? ''));
    for (const [index, text] of texts.slice(1).entries()) add(entries, { text }, line + 1 + index);
  }

  /** Those that are read again may open one as well. */
  function closeAll(entries: Entry[]): void {
    while (open !== undefined) close(entries);
  }

  return {
    /** The records that these further lines complete. */
    take(lines: readonly Line[]): Entry[] {
      const entries: Entry[] = [];
      for (const line of lines) {
        number += 1;
        add(entries, line, number);
      }
      return entries;
    },
    /** Those that the end of the file leaves. */
    end(): Entry[] {
      const entries: Entry[] = [];
      closeAll(entries);
      return entries;
    },
  };
}

const broken = (line: number, text: string): Entry => ({
  line,
  lastLine: line,
  written: [text],
  cells: new RowProblem('quotes_open'),
});

/** The values of an object on one line (JSON Lines); numbers as they are written, for keys may be longer than ours. */
function objectIn(text: string): Cells | RowProblem {
  let value: unknown;
  try {
    value = JSON.parse(text, asWritten);
  } catch {
    return new RowProblem('not_json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new RowProblem('not_json');
  const cells: Record<string, string> = {};
  for (const [name, inside] of Object.entries(value)) {
    if (typeof inside === 'object' && inside !== null) return new RowProblem('value_unfit', shownColumn(name));
    cells[name.trim().toLowerCase()] = inside === null ? '' : String(inside);
  }
  // A line that was handed back as none of UTF-8, and in which what could not be read was not corrected.
  if (cells['problem'] === 'not_utf8' && text.includes('\uFFFD')) return new RowProblem('not_utf8');
  return cells;
}

/** For `JSON.parse`: numbers that ours would change stay as they are written. */
export const asWritten = (_name: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
