import { selected, type Dialect } from './dialect.ts';

/** What statements for each account need of a dialect. */
export type Plain = Pick<Dialect, 'text' | 'same' | 'now' | 'opening' | 'noted' | 'begin' | 'end'>;

/** SQLite, for `sqlite3 -bail`. Texts with anything unusual are written by their bytes. */
export const sqlite: Plain = {
  text: (value) =>
    /^[\w.@+-]*$/u.test(value) ? `'${value}'` : `CAST(X'${Buffer.from(value).toString('hex')}' AS TEXT)`,
  same: (left, right) => `${left} = ${right} COLLATE BINARY`,
  now: "datetime('now')",
  opening: [],
  noted: (name, columns, { table, index }) => [
    `CREATE TABLE IF NOT EXISTS ${name} AS ${selected(columns, table)};`,
    `CREATE INDEX IF NOT EXISTS ${name}_${index} ON ${name} (${index});`,
  ],
  begin: () => ['BEGIN IMMEDIATE;'],
  end: () => ['COMMIT;'],
};
