import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import type { Tables } from './tables.ts';

/** Runs queries: the shape both engines share. Use only what both know: no `.get()`, `.all()`, `.run()`, no dialect SQL. */
export type Db = PgDatabase<NodePgQueryResultHKT>;

/**
 * The database, whichever engine it is.
 *
 * `read` sees what is committed. `write` runs `work` in one transaction and resolves after a durable commit; what
 * `work` throws rolls it back and is thrown on. Inside `work` await nothing but `tx`: no hashing, no network, no
 * timers, or every other writer waits. A `write` inside a `write` throws. Both fail with something that `isUnavailable`
 * knows where the database cannot be used; the next use finds it again when it is back.
 */
export type Storage = {
  readonly engine: 'sqlite' | 'postgres';
  /** The migrations that were applied when it was opened. */
  readonly applied: readonly string[];
  /** The copy of the SQLite file that was made before them, if there was something to copy. */
  readonly copy: string | undefined;
  readonly tables: Tables;
  readonly read: Db;
  write<T>(work: (tx: Db) => Promise<T>): Promise<T>;
  /** How many bytes more it has room for: of the disk and in its own file. Only where the disk is this machine's. */
  free?(): Promise<number>;
  /** Takes less memory, where what is written comes in order and needs none; what it returns ends that. */
  sparing?(): () => void;
  close(): Promise<void>;
};

/** What the database is needed for: a full disk stops the one and not the other. */
export type Use = 'reading' | 'writing';

/** Told how the database does, at each use of it: must be quick and never throw. */
export type Observer = {
  lost(use: Use, error: unknown): void;
  works(use: Use): void;
  /** A write is asked for; what is returned is called when it has ended, whichever way. */
  asked(): () => void;
};

/** For whoever does not care. */
export const UNOBSERVED: Observer = { lost: () => undefined, works: () => undefined, asked: () => () => undefined };

/** The database cannot be used at this moment, through no fault of the request: later the same may work. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/**
 * The database cannot be opened. The message is for the administrator and holds no password; `lasting`: it will not
 * open by itself either, something must be mended.
 */
export class OpeningError extends Error {
  override readonly name = 'OpeningError';
  readonly lasting: boolean;

  constructor(message: string, lasting: boolean, options?: ErrorOptions) {
    super(message, options);
    this.lasting = lasting;
  }
}

/**
 * Prepares statements once for each handle they run on. SQLite has one for all writes, so a statement is built and
 * parsed once in the life of the program; PostgreSQL has one per transaction, where its name spares the parsing.
 */
export function perHandle<T>(prepare: (db: Db) => T): (db: Db) => T {
  const prepared = new WeakMap<Db, T>();
  return (db) => {
    let statements = prepared.get(db);
    if (statements === undefined) {
      statements = prepare(db);
      prepared.set(db, statements);
    }
    return statements;
  };
}

/** The code of an error of a driver or of the system, wherever in the chain of causes it stands; empty without one. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  return error.cause === undefined ? '' : codeOf(error.cause);
}

/** Whether a write failed because a unique value was taken, on either engine. */
export function isTaken(error: unknown): boolean {
  return /^(23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY))$/u.test(codeOf(error));
}

/** Whether a PostgreSQL transaction lost against another one and may simply be run again. */
export function isRetryable(error: unknown): boolean {
  return /^(40001|40P01)$/u.test(codeOf(error));
}

/** PostgreSQL: connection lost or refused, no room, shutting down, read-only, a fault of its disk (SQLSTATE). */
const POSTGRES_UNAVAILABLE = /^(08...|53...|57P0[1-5]|57014|25006|58...|28...|3D000)$/u;
/** SQLite: no room, a fault of the disk, no right to write, held by another process for too long. */
const SQLITE_UNAVAILABLE = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|LOCKED|NOMEM|PROTOCOL)/u;

/** Whether something failed because the database cannot be used at this moment. */
export function isUnavailable(error: unknown): boolean {
  for (let link = error; link instanceof Error; link = link.cause) {
    if (link instanceof UnavailableError) return true;
  }
  const code = codeOf(error);
  return POSTGRES_UNAVAILABLE.test(code) || SQLITE_UNAVAILABLE.test(code);
}
