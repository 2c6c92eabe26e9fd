import { openSqlite } from './open.sqlite.ts';
import { UNOBSERVED, type Observer, type Storage } from './storage.ts';

async function open(address: string, dataFolder: string, observer: Observer): Promise<Storage> {
  if (address === 'sqlite') return openSqlite(dataFolder, observer);
  const { openPostgres } = await import('./open.postgres.ts');
  return openPostgres(address, observer);
}

/**
 * Opens the database that `address` names (`sqlite`, or a `postgres://` address), with all migrations applied.
 * PostgreSQL's driver is loaded only when it is asked for. `observer` is told how the database does.
 * @throws {NewerDatabaseError} when a newer program changed the database.
 * @throws {OpeningError} when it cannot be opened, with words for the administrator.
 */
export async function openStorage(
  address: string,
  dataFolder: string,
  observer: Observer = UNOBSERVED,
): Promise<Storage> {
  const storage = await open(address, dataFolder, observer);
  return {
    ...storage,
    async write(work) {
      const ended = observer.asked();
      try {
        return await storage.write(work);
      } finally {
        ended();
      }
    },
  };
}
