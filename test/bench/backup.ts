import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { measureCommand, type Effort } from './process.ts';

type Note = (name: string, value: number, unit: string, aim?: string) => void;
type Environment = Record<string, string>;

/** Backs up a house of `stored` accounts and restores it, on SQLite, and on PostgreSQL where an address is given. */
export async function measureBackups(
  house: Environment,
  folder: string,
  stored: number,
  postgres: string | undefined,
  note: Note,
): Promise<void> {
  const identity = path.join(folder, 'identity');
  const made = execFileSync(process.execPath, ['dist/cli.js', 'backup', 'key', identity], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const recipient = made.toString().trim();
  const key = `${house['ALUCO_DATA']}.key`;
  const what = `${stored.toLocaleString('en')} accounts`;

  const tell = (name: string, { seconds, cpu, peak }: Effort): void => {
    note(`${name}, ${what}`, seconds, 's');
    note(`${name}, ${what}: processor`, cpu, 'CPU-s');
    note(`${name}, ${what}: memory at most`, peak / 1_000_000, 'MB', 'the same for any number');
  };
  const backUp = async (name: string, environment: Environment): Promise<string> => {
    const to = path.join(folder, `${name}.age`);
    tell(
      `backup, ${name}`,
      await measureCommand(['dist/cli.js', 'backup', '--to', to, '--recipient', recipient], environment),
    );
    note(`backup, ${name}, ${what}: file`, statSync(to).size / 1_000_000, 'MB');
    return to;
  };
  const restore = async (name: string, file: string, change: Environment): Promise<Environment> => {
    const environment = { ...house, ALUCO_DATA: path.join(folder, `restored ${name}`), ...change };
    copyFileSync(key, `${environment['ALUCO_DATA']}.key`);
    tell(
      `restore, ${name}`,
      await measureCommand(['dist/cli.js', 'restore', file, '--identity', identity], environment),
    );
    return environment;
  };

  const file = await backUp('SQLite', house);
  const restored = await restore('SQLite', file, {});
  rmSync(restored['ALUCO_DATA'] ?? '', { recursive: true });
  if (postgres === undefined) return;
  const other = await restore('PostgreSQL', file, { ALUCO_DATABASE: postgres });
  await backUp('PostgreSQL', other);
}
