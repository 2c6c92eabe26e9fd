import path from 'node:path';
import { ROOT } from '../config.ts';
import { BackupError } from './backup-format.ts';
import { knownMigrations } from './migrate.ts';
import type { Target } from './rows.ts';
import { openSqliteTarget, sqliteContent } from './target.sqlite.ts';

/** The migrations of this program for the engine of an address, in order. */
export function knownMigrationsOf(address: string): string[] {
  return knownMigrations(path.join(ROOT, 'migrations', address === 'sqlite' ? 'sqlite' : 'postgres'));
}

/**
 * Looks whether a backup may be restored here, and changes nothing.
 * @throws {BackupError} when there are accounts, applications or profiles.
 */
export async function refuseUnlessEmpty(address: string, dataFolder: string): Promise<void> {
  const found =
    address === 'sqlite'
      ? sqliteContent(dataFolder)
      : await (await import('./target.postgres.ts')).postgresContent(address);
  refuseContent(found);
}

/** @throws {BackupError} when something was found. */
function refuseContent(found: readonly string[]): void {
  if (found.length === 0) return;
  throw new BackupError(
    `There is something here already (${found.join(', ')}): a backup is restored into an empty place only. Nothing was changed.`,
  );
}

/** Makes the empty place ready for rows, with the migrations up to and with `until`. */
export async function openTarget(address: string, dataFolder: string, until: string): Promise<Target> {
  if (address === 'sqlite') return openSqliteTarget(dataFolder, until, refuseContent);
  const { openPostgresTarget } = await import('./target.postgres.ts');
  return openPostgresTarget(address, until, refuseContent);
}
