import { BackupError } from './backup-format.ts';
import { defineTables } from './tables.ts';
import { postgresKit, sqliteKit } from './kit.ts';
import type { Snapshot } from './rows.ts';
import { openSqliteSnapshot } from './snapshot.sqlite.ts';
import type { Storage } from './storage.ts';

/**
 * Opens the database at `address` for reading only. It may be of an older version, and is not changed.
 * @throws {NewerDatabaseError} when a newer program changed it.
 * @throws {BackupError} when there is none.
 */
export async function openSnapshot(address: string, dataFolder: string): Promise<Snapshot> {
  if (address === 'sqlite') return openSqliteSnapshot(dataFolder);
  const { openPostgresSnapshot } = await import('./snapshot.postgres.ts');
  return openPostgresSnapshot(address);
}

/**
 * A snapshot as the rooms use a database; whoever writes to it is refused.
 * @throws {BackupError} when it is of an older version.
 */
export function frozen(snapshot: Snapshot): Storage {
  if (snapshot.missing.length > 0) {
    throw new BackupError(
      `The database is of an older version (it lacks ${snapshot.missing.join(', ')}): start this version once, then ask again.`,
    );
  }
  return {
    engine: snapshot.engine,
    applied: [],
    copy: undefined,
    tables: defineTables(snapshot.engine === 'sqlite' ? sqliteKit : postgresKit),
    read: snapshot.read,
    write: () => Promise.reject(new Error('a snapshot cannot be written')),
    close: () => snapshot.close(),
  };
}
