/** How one kind of database writes what the files about links need. */
export type Dialect = {
  /** A text as a constant, whatever is in it. */
  readonly text: (value: string) => string;
  /** Whether two texts are the same to the last bit. */
  readonly same: (left: string, right: string) => string;
  /** The time of now, as the application's own rows have it: in UTC, without a zone. */
  readonly now: string;
  /** Before everything: stop at the first mistake, and say only what is asked for. */
  readonly opening: readonly string[];
  /** A table of ours that stays until the way back; `like`: columns that are compared with one of the application's. */
  readonly kept: (name: string, columns: Columns, like: Alike) => readonly string[];
  /** Such a table whose columns are all taken from the application's, by expressions; it is looked into by `indexes`. */
  readonly noted: (name: string, columns: Readonly<Record<string, string>>, of: Noted) => readonly string[];
  /** A table for as long as the file runs, of what `query` finds now; it is looked into by `index`. */
  readonly copied: (name: string, query: string, index: string) => readonly string[];
  /** A table of ours for as long as the file runs. */
  readonly passing: (name: string, columns: Columns, like: Alike) => string;
  /** Begins the transaction in which everything else happens; nobody else writes into `table` until it ends. */
  readonly begin: (table: string) => readonly string[];
  /** Ends it, and drops each of these tables of ours that is empty. */
  readonly end: (...tables: readonly string[]) => readonly string[];
};

type Columns = Readonly<Record<string, 'number' | 'text' | 'id'>>;
/** Columns as wide and as compared as this one of the application's. */
type Alike = { readonly columns: readonly string[]; readonly table: string; readonly column: string };
/** The application's table that the columns are of, and some of them. */
type Noted = { readonly table: string; readonly indexes: readonly string[] };

const commaed = (parts: readonly string[]): string => parts.join(', ');

const POSTGRES_TYPES = { number: 'bigint', text: 'text', id: 'bigint PRIMARY KEY' };

function postgresTable(columns: Columns, like: Alike): string {
  const own = Object.entries(columns).map(([name, type]) => `${name} ${POSTGRES_TYPES[type]}`);
  return `(${commaed([...own, ...like.columns.map((name) => `${name} text`)])})`;
}

/** `expression AS name` of each, and nothing of the rows. */
const selected = (columns: Readonly<Record<string, string>>, table: string): string =>
  `SELECT ${commaed(Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`))} FROM ${table} WHERE 1 = 0`;

/** Makes such a table and its indexes, where they can be made by themselves. */
export const indexed: Dialect['noted'] = (name, columns, { table, indexes }) => [
  `CREATE TABLE IF NOT EXISTS ${name} AS ${selected(columns, table)};`,
  ...indexes.map((column) => `CREATE INDEX IF NOT EXISTS ${name}_${column} ON ${name} (${column});`),
];

/**
 * Whoever runs the file is often not who owns the application's tables, and its own backup ends at the first table that
 * it may not read: so ours belongs to whom the application's does.
 */
const postgresOwned = (name: string, table: string): string =>
  `DO $$ DECLARE owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = '${table}'::regclass);` +
  ` BEGIN IF pg_has_role(owner, 'MEMBER') THEN EXECUTE format('ALTER TABLE ${name} OWNER TO %I', owner); END IF; END $$;`;

/**
 * PostgreSQL, for `psql`. Texts are written so that they mean the same whatever `standard_conforming_strings` says, and
 * psql finds neither a command nor a variable in them.
 */
export const postgres: Dialect = {
  text: (value) => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  same: (left, right) => `${left} = ${right}`,
  now: "(now() AT TIME ZONE 'UTC')",
  opening: [
    String.raw`\set ON_ERROR_STOP on`,
    String.raw`\set QUIET on`,
    "SET client_encoding TO 'UTF8';",
    'SET client_min_messages TO warning;',
    'BEGIN;',
  ],
  kept: (name, columns, like) => [
    `CREATE TABLE IF NOT EXISTS ${name} ${postgresTable(columns, like)};`,
    postgresOwned(name, like.table),
  ],
  noted: (name, columns, { table, indexes }) => [
    ...indexed(name, columns, { table, indexes }),
    postgresOwned(name, table),
  ],
  copied: (name, query, index) => [
    `CREATE TEMPORARY TABLE ${name} ON COMMIT DROP AS ${query};`,
    `CREATE INDEX ON ${name} (${index});`,
  ],
  passing: (name, columns, like) => `CREATE TEMPORARY TABLE ${name} ${postgresTable(columns, like)} ON COMMIT DROP;`,
  begin: (table) => [`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE;`],
  end: (...tables) => [
    ...tables.map((name) => `DO $$ BEGIN IF NOT EXISTS (SELECT FROM ${name}) THEN DROP TABLE ${name}; END IF; END $$;`),
    'COMMIT;',
  ],
};

const MYSQL_TYPES = {
  number: 'BIGINT UNSIGNED NULL',
  text: 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL',
  id: 'BIGINT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY',
};

function mysqlTable(columns: Columns, like: Alike): string {
  const own = Object.entries(columns).map(([name, type]) => `${name} ${MYSQL_TYPES[type]}`);
  const taken = like.columns.map((name) => `${like.column} AS ${name}`);
  // It joins two tables of any size only by an index of one of them.
  const keys = like.columns.map((name) => `KEY (${name})`);
  return `(${commaed([...own, ...keys])}) ENGINE=InnoDB SELECT ${commaed(taken)} FROM ${like.table} WHERE 1 = 0`;
}

/**
 * MySQL and MariaDB, for `mysql`, which stops at the first mistake by itself. Texts with anything unusual are written
 * by their bytes, as constants that are compared as the column is: what a backslash means hangs on the server's settings. Tables are made before the transaction, which
 * they would end.
 */
export const mysql: Dialect = {
  text: (value) => (/^[\w.@+-]*$/u.test(value) ? `'${value}'` : `_utf8mb4 X'${Buffer.from(value).toString('hex')}'`),
  same: (left, right) =>
    `CAST(CONVERT(${left} USING utf8mb4) AS BINARY) = CAST(CONVERT(${right} USING utf8mb4) AS BINARY)`,
  now: 'UTC_TIMESTAMP()',
  opening: ['SET NAMES utf8mb4;'],
  kept: (name, columns, like) => [`CREATE TABLE IF NOT EXISTS ${name} ${mysqlTable(columns, like)};`],
  noted: (name, columns, { table, indexes }) => [
    `CREATE TABLE IF NOT EXISTS ${name} (${commaed(indexes.map((column) => `KEY (${column})`))}) ENGINE=InnoDB ${selected(columns, table)};`,
  ],
  copied: (name, query, index) => [`CREATE TEMPORARY TABLE ${name} (KEY (${index})) ${query};`],
  passing: (name, columns, like) => `CREATE TEMPORARY TABLE ${name} ${mysqlTable(columns, like)};`,
  begin: () => ['START TRANSACTION;'],
  end: (...tables) => [
    'COMMIT;',
    ...tables.flatMap((name) => [
      `SET @aluco = (SELECT IF(COUNT(*) = 0, 'DROP TABLE ${name}', 'DO 0') FROM ${name});`,
      'PREPARE aluco FROM @aluco;',
      'EXECUTE aluco;',
      'DEALLOCATE PREPARE aluco;',
    ]),
  ],
};
