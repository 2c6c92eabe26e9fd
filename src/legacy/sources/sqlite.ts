import { indexed, type Dialect } from './dialect.ts';

/** What statements for each account need of a dialect. */
export type Plain = Pick<Dialect, 'text' | 'same' | 'now' | 'opening' | 'noted' | 'copied' | 'begin' | 'end'>;

/** SQLite, for `sqlite3 -bail`. Texts with anything unusual are written by their bytes. */
export const sqlite: Plain = {
  text: (value) =>
    /^[\w.@+-]*$/u.test(value) ? `'${value}'` : `CAST(X'${Buffer.from(value).toString('hex')}' AS TEXT)`,
  same: (left, right) => `${left} = ${right} COLLATE BINARY`,
  now: "datetime('now')",
  opening: [],
  noted: indexed,
  copied: (name, query, index) => [
    `CREATE TEMPORARY TABLE ${name} AS ${query};`,
    `CREATE INDEX temp.${name}_${index} ON ${name} (${index});`,
  ],
  begin: () => ['BEGIN IMMEDIATE;'],
  end: () => ['COMMIT;'],
};
