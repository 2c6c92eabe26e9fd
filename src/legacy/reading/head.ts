import type { Readable } from 'node:stream';
import type { Source } from '../sources/source.ts';
import { openTable } from './table.ts';

/**
 * Reads the beginning of a table, and closes it: whether it is one of this source at all. An import of a file that is none
 * would stand there, begun and never done, and keep others from beginning.
 * @throws {UserError} legacy_file_empty, legacy_file_encoding, legacy_header_unfit, legacy_columns_missing {columns},
 * legacy_columns_twice {column}
 */
export async function readHead({ columns }: Pick<Source, 'columns'>, stream: Readable): Promise<void> {
  const { entries } = await openTable(stream, columns);
  const reading = entries[Symbol.asyncIterator]();
  await reading.next();
  await reading.return?.();
}
