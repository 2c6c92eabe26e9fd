import { AsyncLocalStorage } from 'node:async_hooks';
import { chmodSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { ROOT } from '../config.ts';
import { copyBefore, databaseFile } from './copy.sqlite.ts';
import { migrate, NewerDatabaseError, UpgradeError } from './migrate.ts';
import { defineTables } from './tables.ts';
import { sqliteKit } from './kit.ts';
import { codeOf, isUnavailable, OpeningError, UNOBSERVED, type Db, type Observer, type Storage } from './storage.ts';

const BATCH = 64;
/** How long a statement waits for another process (a command beside the server), in milliseconds. */
const BUSY_TIMEOUT = 5000;
/** How long is waited between two looks whether another process still writes, in milliseconds: at first and at most. */
const [NAP, LONGEST_NAP] = [1, 4];
/** What the writer keeps of the file in memory, in KiB, where it is to be little: a fraction of what the driver takes. */
const SPARING_CACHE = 2000;

type Job = { work: (tx: Db) => Promise<unknown>; resolve: (value: unknown) => void; reject: (reason: unknown) => void };

/** Applies migrations inside the caller's transaction, up to and with `until` where it is given. */
export function migrateSqlite(
  connection: Database.Database,
  { until, before }: { until?: string; before?: (missing: string) => Promise<void> } = {},
): Promise<string[]> {
  connection.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) WITHOUT ROWID');
  const runner = {
    run: async (statement: string) => void connection.exec(statement),
    applied: async () => connection.prepare('SELECT name FROM migration').pluck().all() as string[],
    record: async (name: string) => void connection.prepare('INSERT INTO migration VALUES (?)').run(name),
    ...(before === undefined ? {} : { before }),
  };
  return migrate(path.join(ROOT, 'migrations/sqlite'), runner, until);
}

/** What was done to a database when it was opened. */
type Upgrade = Pick<Storage, 'applied' | 'copy'>;

async function applyMigrations(connection: Database.Database, folder: string): Promise<Upgrade> {
  connection.exec('BEGIN EXCLUSIVE');
  try {
    let copy: string | undefined;
    const applied = await migrateSqlite(connection, {
      // Nobody else writes while this connection holds its transaction, and the copy is read by another one.
      before: async (missing) => {
        copy = copyBefore(folder, missing);
      },
    });
    connection.exec('COMMIT');
    return { applied, copy };
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** Rolls back what is open. Where even that fails, the next BEGIN says so to whoever writes next. */
function undoAll(connection: Database.Database): void {
  try {
    if (connection.inTransaction) connection.exec('ROLLBACK');
  } catch {
    // Nothing more can be done here; the writers have been told already.
  }
}

/**
 * The single writer. Jobs that wait at the same moment share one commit (and so one fsync), each in a savepoint of
 * its own: one that fails rolls back alone, and none is acknowledged before the commit is on the disk.
 */
function makeWriter(connection: Database.Database, db: Db, observer: Observer): Storage['write'] {
  const inside = new AsyncLocalStorage<true>();
  const [begin, commit, savepoint, release, undo] = [
    'BEGIN IMMEDIATE',
    'COMMIT',
    'SAVEPOINT job',
    'RELEASE job',
    'ROLLBACK TO job',
  ].map((sql) => connection.prepare(sql)) as [Statement, Statement, Statement, Statement, Statement];
  let queue: Job[] = [];
  let running = false;

  /**
   * Begins once no other process writes. The engine itself would wait in its sleep, and everybody who is served with it; and
   * it would look ever more rarely, while a process that writes much lets others in for a moment each time.
   */
  const beginWhenFree = async (): Promise<void> => {
    const until = performance.now() + BUSY_TIMEOUT;
    for (let nap = NAP; ; nap = Math.min(2 * nap, LONGEST_NAP)) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() > until) throw error;
      }
      await pause(nap);
    }
  };

  const runBatch = async (batch: readonly Job[]): Promise<void> => {
    const settle: (() => void)[] = [];
    try {
      await beginWhenFree();
      const [first] = batch;
      if (batch.length === 1 && first !== undefined) {
        const value = await inside.run(true, () => first.work(db));
        commit.run();
        observer.works('writing');
        first.resolve(value);
        return;
      }
      for (const job of batch) {
        savepoint.run();
        try {
          const value = await inside.run(true, () => job.work(db));
          release.run();
          settle.push(() => job.resolve(value));
        } catch (error) {
          // Out of room the engine rolls back everything by itself, and none of them may count as done.
          if (!connection.inTransaction) throw error;
          undo.run();
          release.run();
          settle.push(() => job.reject(error));
        }
      }
      commit.run();
      observer.works('writing');
    } catch (error) {
      if (isUnavailable(error)) observer.lost('writing', error);
      for (const job of batch) job.reject(error);
      undoAll(connection);
      return;
    }
    for (const done of settle) done();
  };

  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      queue = queue.slice(BATCH);
      await runBatch(batch);
    }
    running = false;
  };

  return (work) =>
    new Promise((resolve, reject) => {
      if (inside.getStore() === true) throw new Error('a write inside a write');
      queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (running) return;
      running = true;
      // Let the other requests of this turn of the event loop join the same commit.
      setImmediate(() => void drain());
    });
}

type Statement = Database.Statement<[]>;

/** What is wrong, in words, where the file cannot be opened. */
export function explainSqlite(error: unknown, folder: string): unknown {
  if (error instanceof NewerDatabaseError || error instanceof UpgradeError) return error;
  const say = (message: string, lasting: boolean) => new OpeningError(message, lasting, { cause: error });
  const code = codeOf(error);
  if (/^SQLITE_(NOTADB|CORRUPT)/u.test(code))
    return say(`The file aluco.sqlite in ${folder} is damaged, or no database of SQLite: restore a backup.`, true);
  if (/^(SQLITE_(FULL|IOERR)|ENOSPC|EDQUOT|EIO)/u.test(code))
    return say(`The disk that holds ${folder} is full or out of order (${code}).`, false);
  if (/^SQLITE_(BUSY|LOCKED)/u.test(code)) return say(`Another process holds the database in ${folder}.`, false);
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT)/u.test(code))
    return say(
      `The database in ${folder} cannot be written: the folder and its files must belong to the user that Aluco runs as, on a disk that is not read-only (${code}).`,
      true,
    );
  return error;
}

/**
 * Opens (or makes) the SQLite file in `folder`: write-ahead log, full synchronisation, deleted data overwritten.
 * @throws {NewerDatabaseError} when a newer program changed it.
 * @throws {UpgradeError} when there is no room for the copy that is made before it is changed.
 * @throws {OpeningError} when it cannot be opened or written.
 */
export async function openSqlite(folder: string, observer: Observer = UNOBSERVED): Promise<Storage> {
  const file = databaseFile(folder);
  let writer: Database.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writer = new Database(file, { timeout: BUSY_TIMEOUT });
    chmodSync(file, 0o600);
    writer.pragma('journal_mode = WAL');
    writer.pragma('synchronous = FULL');
    writer.pragma('secure_delete = ON');
    const upgrade = await applyMigrations(writer, folder);
    const reader = new Database(file, { timeout: BUSY_TIMEOUT, readonly: true });
    reader.pragma('mmap_size = 268435456');
    // From here on the writer waits by itself: see `beginWhenFree`. Once it has begun, nobody is in its way.
    writer.pragma('busy_timeout = 0');
    const opened = writer;
    const usual = Number(opened.pragma('cache_size', { simple: true }));
    return {
      engine: 'sqlite',
      ...upgrade,
      tables: defineTables(sqliteKit),
      read: drizzle(reader) as unknown as Db,
      write: makeWriter(opened, drizzle(opened) as unknown as Db, observer),
      async free() {
        const { bavail, bsize } = await statfs(folder);
        // What was removed leaves room in the file, which never gets smaller.
        const [pages, size] = ['freelist_count', 'page_size'].map((name) =>
          Number(reader.pragma(name, { simple: true })),
        );
        return bavail * bsize + (pages ?? 0) * (size ?? 0);
      },
      sparing() {
        opened.pragma(`cache_size = -${SPARING_CACHE}`);
        // To what it was in the first place, whoever else is sparing now.
        return () => void opened.pragma(`cache_size = ${usual}`);
      },
      async close() {
        reader.close();
        opened.close();
      },
    };
  } catch (error) {
    writer?.close();
    throw explainSqlite(error, folder);
  }
}
