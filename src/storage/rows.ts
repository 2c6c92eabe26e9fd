import type { Db } from './storage.ts';

/** What a column holds, whichever the engine. */
export type Kind = 'text' | 'number' | 'flag';
export type Value = string | number | boolean | null;
export type Row = readonly Value[];
export type Column = { readonly name: string; readonly kind: Kind };

/** A table as a database has it, by its names there; `key` is the primary key, in its order. */
export type TableShape = {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
};

/** So many rows are read or written at a time: with more, the garbage outlives its making and the process grows. */
export const ROWS_AT_ONCE = 100;

/** A database as it was at one moment, while others go on writing. Nothing can be written through it. */
export type Snapshot = {
  readonly engine: 'sqlite' | 'postgres';
  /** The migrations of this program that the database has, in their order. */
  readonly migrations: readonly string[];
  /** Those that it lacks. */
  readonly missing: readonly string[];
  /** The tables of this program that the database has. */
  readonly tables: readonly TableShape[];
  /** All rows of a table, some at a time, in the order of its key compared as bytes: the same on both engines (P2). */
  rows(table: TableShape): AsyncIterable<readonly Row[]>;
  readonly read: Db;
  /** What the engine itself finds broken, in its own words. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
};

/** An empty place that is being filled. Nothing of it is there for anybody until `finish`; whatever happens before. */
export type Target = {
  /** The table at the migration that was asked for; undefined where there is none of this name. */
  shape(table: string): Promise<TableShape | undefined>;
  /** Adds rows, whose values are those of `columns`. */
  insert(table: TableShape, columns: readonly Column[], rows: readonly Row[]): Promise<void>;
  /** Applies the migrations that are left, and puts everything in place at once. */
  finish(): Promise<void>;
  /** Leaves everything as it was. */
  abandon(): Promise<void>;
};

/** A value as a column takes it: SQLite's flags are numbers. */
export function fit(value: Value | undefined, kind: Kind): Value {
  if (kind === 'number' && typeof value === 'boolean') return Number(value);
  if (kind === 'flag' && typeof value === 'number') return value !== 0;
  return value ?? null;
}
