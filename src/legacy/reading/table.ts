import type { Readable } from 'node:stream';
import { UserError } from '../../errors.ts';
import { RowProblem } from '../row.ts';
import { unpacked, type Meter } from './bytes.ts';
import { linesOf, type Line } from './lines.ts';
import { cellsOf, makeRecords, REJECT_COLUMNS, shownColumn, type Entry, type Format } from './records.ts';

/** A table that is being read. */
export type Table = {
  readonly format: Format;
  /** The bytes read of it, as they lie there. */
  readonly meter: Readonly<Meter>;
  /** Its records in their order, some at a time. To be read once. */
  readonly entries: AsyncIterable<readonly Entry[]>;
};

/** A table of users has some twenty; and a line without end has any number. */
const COLUMNS_MAX = 200;

const SEPARATORS = [',', ';', '\t'] as const;

/** What separates the names of the columns: whichever is there most. */
function separatorOf(header: string): string {
  const count = (separator: string): number => header.split(separator).length;
  return SEPARATORS.toSorted((a, b) => count(b) - count(a))[0] ?? ',';
}

function columnsOf(header: string, separator: string): string[] {
  const cells = cellsOf(header, separator);
  if (typeof cells === 'string' || cells.length > COLUMNS_MAX) throw new UserError('legacy_header_unfit');
  const columns = cells.map((cell) => cell.trim().toLowerCase());
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index);
  if (twice !== undefined) throw new UserError('legacy_columns_twice', { column: shownColumn(twice) });
  return columns;
}

function formatOf({ text, wrong }: Line, required: readonly string[]): Format {
  if (wrong === 'not_utf8' || text.includes('\0')) throw new UserError('legacy_file_encoding');
  if (wrong === 'too_long') throw new UserError('legacy_header_unfit');
  if (text.trimStart().startsWith('{')) return { kind: 'json' };
  const separator = separatorOf(text);
  const columns = columnsOf(text, separator);
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new UserError('legacy_columns_missing', { columns: missing.join(', ') });
  const isRejects = REJECT_COLUMNS.every((column) => columns.includes(column));
  return { kind: 'csv', separator, columns, isRejects };
}

/** In JSON Lines every line says which columns it has. */
function lacking({ cells, ...entry }: Entry, required: readonly string[]): Entry {
  if (cells instanceof RowProblem) return { ...entry, cells };
  const missing = required.find((column) => cells[column] === undefined);
  return { ...entry, cells: missing === undefined ? cells : new RowProblem('columns_missing', missing) };
}

/**
 * Opens a user table: CSV (RFC 4180, separated by commas, semicolons or tabs) under a line of names, or JSON Lines,
 * possibly packed by gzip, in UTF-8. Nothing of it is kept longer than it takes to hand it on.
 * @param required columns that must be there
 * @throws {UserError} legacy_file_empty, legacy_file_encoding, legacy_header_unfit, legacy_columns_missing {columns},
 * legacy_columns_twice {column}; and these and while it is read: legacy_file_cut, legacy_file_damaged, legacy_file_bomb,
 * legacy_file_large {gib}
 */
export async function openTable(stream: Readable, required: readonly string[]): Promise<Table> {
  const meter: Meter = { bytes: 0 };
  const blocks = linesOf(unpacked(stream, meter))[Symbol.asyncIterator]();
  let [number, lines]: [number, Line[]] = [0, []];
  let head: Line | undefined;
  // Empty lines in front are none of the table's.
  while (head === undefined) {
    const next = await blocks.next();
    if (next.done === true) throw new UserError('legacy_file_empty');
    const at = next.value.findIndex(({ text, wrong }) => wrong !== undefined || text.trim() !== '');
    head = next.value[at];
    number += at === -1 ? next.value.length : at + 1;
    lines = next.value.slice(at + 1);
  }
  try {
    const format = formatOf(head, required);
    const isJson = format.kind === 'json';
    const records = makeRecords(format, isJson ? number : number + 1);
    const first = isJson ? [head, ...lines] : lines;
    const look = (entries: Entry[]): Entry[] => (isJson ? entries.map((entry) => lacking(entry, required)) : entries);
    return { format, meter, entries: entriesOf(first, blocks, records, look) };
  } catch (error) {
    await blocks.return?.();
    throw error;
  }
}

async function* entriesOf(
  first: readonly Line[],
  blocks: AsyncIterator<Line[]>,
  records: ReturnType<typeof makeRecords>,
  look: (entries: Entry[]) => Entry[],
): AsyncIterable<readonly Entry[]> {
  try {
    yield look(records.take(first));
    for (;;) {
      const next = await blocks.next();
      if (next.done === true) break;
      yield look(records.take(next.value));
    }
    yield look(records.end());
  } finally {
    await blocks.return?.();
  }
}
