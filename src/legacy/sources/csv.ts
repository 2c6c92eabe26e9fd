import { addressIn, flagIn, hashIn, nameIn, textIn } from './cells.ts';
import type { Source } from './source.ts';

/** The cell if it is not empty. */
const some = (text: string): string | undefined => (text === '' ? undefined : text);

/**
 * Any user table, in columns of ours, in any order: `name`, as the application writes it; `hash`, the old password, with
 * `salt`, `algorithm` and `iterations` where they stand in columns of their own; `address`, and `confirmed`, whether the
 * application made sure of it; `disabled`; `second_factor`; `key`, what the application calls the account inside. All but
 * the name may be missing or empty. Yes is written t, true, 1, yes; no is f, false, 0, no or nothing. The same names hold
 * in JSON Lines.
 */
export const csv: Source = {
  id: 'csv',
  name: 'CSV, JSON Lines',
  templates: [],
  compares: 'folded',
  exports: {},
  columns: ['name'],
  secrets: ['pepper', 'salt'],
  read(cells) {
    const hash = hashIn(cells, 'hash');
    return {
      name: nameIn(cells, 'name'),
      key: textIn(cells, 'key'),
      hash: hash && {
        ...hash,
        salt: some(cells['salt'] ?? ''),
        algorithm: some(textIn(cells, 'algorithm')),
        iterations: some(textIn(cells, 'iterations')),
      },
      address: addressIn(cells, 'address'),
      confirmed: flagIn(cells, 'confirmed'),
      blocked: flagIn(cells, 'disabled'),
      secondFactor: flagIn(cells, 'second_factor'),
    };
  },
  link: {},
  move: {},
};
