import { openSqlite } from './open.sqlite.ts';
import type { Storage } from './storage.ts';

/**
 * Opens the database that `address` names (`sqlite`, or a `postgres://` address), with all migrations applied.
 * PostgreSQL's driver is loaded only when it is asked for.
 * @throws {NewerDatabaseError} when a newer program changed the database.
 */
export async function openStorage(address: string, dataFolder: string): Promise<Storage> {
  if (address === 'sqlite') return openSqlite(dataFolder);
  const { openPostgres } = await import('./open.postgres.ts');
  return openPostgres(address);
}
