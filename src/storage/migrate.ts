import { readFileSync } from 'node:fs';
import path from 'node:path';

/** One migration: its name and its statements. */
type Migration = { name: string; statements: string[] };

/** How an engine runs statements while it holds the migration lock. */
export type MigrationRunner = {
  run(statement: string): Promise<void>;
  applied(): Promise<string[]>;
  record(name: string): Promise<void>;
  /** Called once before a database that has some migrations is changed, with the first one it lacks. */
  before?(missing: string): Promise<void>;
};

/** The database was migrated by a newer program. The message is for the administrator. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

/** The database could not be prepared for this version, and nothing was changed. The message is for the administrator. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
}

/** The names of all migrations of this program, in order. */
export function knownMigrations(folder: string): string[] {
  return readMigrations(folder).map(({ name }) => name);
}

function readMigrations(folder: string): Migration[] {
  const journal = JSON.parse(readFileSync(path.join(folder, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  return journal.entries.map(({ tag }) => ({
    name: tag,
    statements: readFileSync(path.join(folder, `${tag}.sql`), 'utf8')
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ''),
  }));
}

/** @throws {NewerDatabaseError} when one of them is not a migration of this program. */
export function refuseNewer(applied: readonly string[], known: readonly string[]): void {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new NewerDatabaseError(
    `The database was changed by a newer version of Aluco (${unknown.join(', ')}). Start that version, or restore a backup made before the upgrade.`,
  );
}

/**
 * Applies what is missing, in order, up to and with `until` where it is given. The caller holds the engine's lock and
 * wraps this in one transaction, so that two nodes starting at once apply everything once, and a migration that stops
 * half-way leaves nothing.
 * @returns the names of those that were applied.
 * @throws {NewerDatabaseError} when the database knows a migration that this program does not.
 */
export async function migrate(folder: string, runner: MigrationRunner, until?: string): Promise<string[]> {
  const migrations = readMigrations(folder);
  const applied = await runner.applied();
  const names = migrations.map(({ name }) => name);
  refuseNewer(applied, names);
  const wanted = until === undefined ? migrations : migrations.slice(0, names.indexOf(until) + 1);
  const missing = wanted.filter(({ name }) => !applied.includes(name));
  const [first] = missing;
  if (first !== undefined && applied.length > 0) await runner.before?.(first.name);
  for (const { name, statements } of missing) {
    for (const statement of statements) await runner.run(statement);
    await runner.record(name);
  }
  return missing.map(({ name }) => name);
}
