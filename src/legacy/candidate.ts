import { parseMailbox } from '../mailbox.ts';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';
import type { Entry } from './reading/records.ts';
import { RowProblem, type LegacyRow } from './row.ts';
import type { HashRecord } from './schemes/record.ts';
import { readHash } from './schemes/schemes.ts';
import type { Source } from './sources/source.ts';

/** An old account that may be imported, as far as it can be told without the database. */
export type Candidate = {
  readonly row: LegacyRow;
  /** The name as it is compared, where the application does not tell `Alice` from `alice`. */
  readonly key: string;
  readonly shape: string;
  readonly record: HashRecord | undefined;
  /** Whether an address was left out that cannot be one. */
  readonly isUnfit: boolean;
};

/** In UTF-16 units; applications keep names in columns of 255 at most. */
const NAME_MAX = 255;

/** What no protocol carries unchanged, and no name has. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u;

function checkName(name: string): void {
  if (name.trim() === '') throw new RowProblem('name_missing');
  if (name.length > NAME_MAX || UNFIT.test(name) || canonicalName(name) === '') throw new RowProblem('name_unfit');
}

/** The address, if it can be one; such as `admin@localhost` leave their owners without, but not without their name. */
function addressOf({ address }: LegacyRow): string | undefined {
  if (address === undefined) return undefined;
  try {
    return parseMailbox(address);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function recordOf({ hash }: LegacyRow): HashRecord | undefined {
  const read = hash === undefined ? { kind: 'none' as const } : readHash(hash);
  if (read.kind === 'unknown') throw new RowProblem('hash_unknown');
  if (read.kind === 'costly') throw new RowProblem('hash_costly');
  return read.kind === 'record' ? read.record : undefined;
}

function candidateIn(source: Source, { cells }: Entry): Candidate {
  if (cells instanceof RowProblem) throw cells;
  const row = source.read(cells);
  checkName(row.name);
  const shape = shapeOf(row.name);
  try {
    if (row.key.length > NAME_MAX || UNFIT.test(row.key)) throw new RowProblem('value_unfit', 'key');
    const address = addressOf(row);
    const isUnfit = row.address !== undefined && address === undefined;
    return { row: { ...row, address }, key: canonicalName(row.name), shape, record: recordOf(row), isUnfit };
  } catch (error) {
    throw error instanceof RowProblem ? new RowProblem(error.code, error.column, shape) : error;
  }
}

/** What a source reads in a record, or why it cannot be imported. Looks at nothing else, and never throws. */
export function candidateOf(source: Source, entry: Entry): Candidate | RowProblem {
  try {
    return candidateIn(source, entry);
  } catch (error) {
    if (error instanceof RowProblem) return error;
    throw error;
  }
}
