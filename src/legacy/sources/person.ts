import type { LegacyRow } from '../row.ts';
import { addressIn, flagIn, hashIn, nameIn, textIn } from './cells.ts';
import type { Cells } from './source.ts';

/** The columns that `readPerson` reads, as nearly every statement names them. */
export const PERSON_COLUMNS = ['key', 'name', 'hash', 'address', 'confirmed', 'disabled', 'second_factor'] as const;

/**
 * A person from columns named as in `PERSON_COLUMNS`, with the hash as one text.
 * @throws {RowProblem} name_missing, value_unfit
 */
export function readPerson(cells: Cells): LegacyRow {
  return {
    name: nameIn(cells, 'name'),
    key: textIn(cells, 'key'),
    hash: hashIn(cells, 'hash'),
    address: addressIn(cells, 'address'),
    confirmed: flagIn(cells, 'confirmed'),
    blocked: flagIn(cells, 'disabled'),
    secondFactor: flagIn(cells, 'second_factor'),
  };
}
