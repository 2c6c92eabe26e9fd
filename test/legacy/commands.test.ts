import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readingCommands, writingCommands } from '../../src/legacy/legacy.ts';
import { mastodon } from '../../src/legacy/sources/mastodon.ts';
import { nextcloud } from '../../src/legacy/sources/nextcloud.ts';

test('the commands that are printed give the client the file, whatever its name is made of', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-commands-'));
  const name = "Alix's $(touch made) link.sql; touch made";
  await writeFile(path.join(folder, name), 'a statement');
  /** What the client of the database is given, by one that stands in its place. */
  const given = (command: string): string => {
    const [, file = ''] = /^[^<]* < (.*?)(?: > [\w.-]+)?$/u.exec(command) ?? [];
    return execFileSync('sh', ['-c', `cat < ${file}`], { cwd: folder, encoding: 'utf8' });
  };
  try {
    const commands = [
      ...readingCommands(mastodon, 'postgres', name),
      ...readingCommands(nextcloud, 'mysql', name),
      ...writingCommands(mastodon, 'postgres', name),
      ...writingCommands(nextcloud, 'sqlite', name),
    ];
    for (const command of commands) expect(given(command)).toBe('a statement');
    expect(await readdir(folder)).toEqual([name]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
