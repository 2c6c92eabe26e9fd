/**
 * Writes the migrations of both engines from `src/storage/tables.ts`: `npm run migrations -- <name>`.
 *
 * SQLite's tables get WITHOUT ROWID, which the generator cannot say: rows then lie in the order of their random keys,
 * and a copy of the file does not tell in which order accounts and profiles were made (P2).
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const name = process.argv[2] ?? 'change';

for (const engine of ['sqlite', 'postgres'] as const) {
  const dialect = engine === 'sqlite' ? 'sqlite' : 'postgresql';
  execFileSync(
    'drizzle-kit',
    [
      'generate',
      `--dialect=${dialect}`,
      `--schema=src/storage/tables.${engine}.ts`,
      `--out=migrations/${engine}`,
      `--name=${name}`,
    ],
    { stdio: 'inherit' },
  );
  if (engine === 'postgres') continue;
  for (const file of readdirSync(`migrations/${engine}`).filter((entry) => entry.endsWith('.sql'))) {
    const path = `migrations/${engine}/${file}`;
    const sql = readFileSync(path, 'utf8');
    writeFileSync(path, sql.replace(/(CREATE TABLE [^;]*\n\));/gu, '$1 WITHOUT ROWID;'));
  }
}
