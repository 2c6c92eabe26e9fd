import {
  bigint as pgBigint,
  boolean as pgBoolean,
  customType,
  index as pgIndex,
  pgTable,
  primaryKey as pgPrimaryKey,
  text as pgText,
  uniqueIndex as pgUniqueIndex,
} from 'drizzle-orm/pg-core';
import {
  blob as sqliteBlob,
  index as sqliteIndex,
  integer as sqliteInteger,
  primaryKey as sqlitePrimaryKey,
  sqliteTable,
  text as sqliteText,
  uniqueIndex as sqliteUniqueIndex,
} from 'drizzle-orm/sqlite-core';

/** Bytes as they are. */
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** Text that is put in order byte by byte, whatever the locale of the database: an index must not depend on that. */
const orderedText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/**
 * The columns both engines know, so that every table is written once. Whole numbers hold milliseconds, days or
 * counts; there is no JSON column, because nearly everything structured is sealed text.
 */
export const postgresKit = {
  table: pgTable,
  text: (name: string) => pgText(name),
  orderedText: (name: string) => orderedText(name),
  number: (name: string) => pgBigint(name, { mode: 'number' }),
  flag: (name: string) => pgBoolean(name),
  bytes: (name: string) => bytea(name),
  index: pgIndex,
  uniqueIndex: pgUniqueIndex,
  primaryKey: pgPrimaryKey,
};

/** What `tables.ts` is written against. */
export type Kit = typeof postgresKit;

/** SQLite's columns under PostgreSQL's types: the one cast that lets a query be written once. */
export const sqliteKit = {
  table: sqliteTable,
  text: (name: string) => sqliteText(name),
  orderedText: (name: string) => sqliteText(name),
  number: (name: string) => sqliteInteger(name),
  flag: (name: string) => sqliteInteger(name, { mode: 'boolean' }),
  bytes: (name: string) => sqliteBlob(name, { mode: 'buffer' }),
  index: sqliteIndex,
  uniqueIndex: sqliteUniqueIndex,
  primaryKey: sqlitePrimaryKey,
} as unknown as Kit;
