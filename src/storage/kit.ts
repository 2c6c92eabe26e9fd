import { sql, type AnyColumn, type SQL } from 'drizzle-orm';
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

/**
 * A text column compared byte by byte. SQLite does so anyway; what PostgreSQL does depends on the locale it was set up
 * with, and what begins with the same letters then need not stand together.
 */
export function bytewise(engine: 'sqlite' | 'postgres', column: AnyColumn): SQL {
  return engine === 'postgres' ? sql`${column} collate "C"` : sql`${column}`;
}

/** Bytes as they are. */
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/**
 * The columns both engines know, so that every table is written once. Whole numbers hold milliseconds, days or
 * counts; there is no JSON column, because nearly everything structured is sealed text.
 */
export const postgresKit = {
  table: pgTable,
  text: (name: string) => pgText(name),
  number: (name: string) => pgBigint(name, { mode: 'number' }),
  flag: (name: string) => pgBoolean(name),
  bytes: (name: string) => bytea(name),
  index: pgIndex,
  uniqueIndex: pgUniqueIndex,
  primaryKey: pgPrimaryKey,
  bytewise: (column: AnyColumn): SQL => bytewise('postgres', column),
};

/** What `tables.ts` is written against. */
export type Kit = typeof postgresKit;

/** SQLite's columns under PostgreSQL's types: the one cast that lets a query be written once. */
export const sqliteKit = {
  table: sqliteTable,
  text: (name: string) => sqliteText(name),
  number: (name: string) => sqliteInteger(name),
  flag: (name: string) => sqliteInteger(name, { mode: 'boolean' }),
  bytes: (name: string) => sqliteBlob(name, { mode: 'buffer' }),
  index: sqliteIndex,
  uniqueIndex: sqliteUniqueIndex,
  primaryKey: sqlitePrimaryKey,
  bytewise: (column: AnyColumn) => column,
} as unknown as Kit;
