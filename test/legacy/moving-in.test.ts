import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../src/config.ts';
import { ENGINES, readingCommands, SOURCES, sourceOf } from '../../src/legacy/legacy.ts';
import { openDocumented } from './documented.ts';

const PAGES = path.join(ROOT, 'docs/moving-in');
const page = (name: string): string => readFileSync(path.join(PAGES, `${name}.md`), 'utf8');

test('each application moves in from a folder of its own, so that no file of one is run for another', () => {
  const folders = ['mastodon', 'pixelfed', 'others'].map((name) => [
    ...page(name).matchAll(/^cd (\/var\/lib\/aluco\/moving\S*)$/gmu),
  ]);
  expect(folders.map((found) => found.map(([, folder]) => folder))).toEqual([
    ['/var/lib/aluco/moving/mastodon'],
    ['/var/lib/aluco/moving/pixelfed'],
    ['/var/lib/aluco/moving/$SOURCE'],
  ]);
});

test('in containers aluco works in the folder of the host in which the files are, that of its volume', async () => {
  const settings = parse(readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: { aluco: { read_only: boolean; volumes: string[] } };
  };
  expect(settings.services.aluco).toMatchObject({ read_only: true, volumes: ['aluco_data:/var/lib/aluco'] });
  for (const name of ['mastodon', 'pixelfed'])
    expect(page(name)).toContain('begin with [these lines](weekend.md#aluco-in-containers)');
  const lines = await openDocumented('moving-in/weekend.md', {}, {});
  try {
    // Docker with a container whose volume is a folder here; what is called in it says where it is.
    const volume = path.join(lines.folder, 'volume');
    mkdirSync(volume);
    const answers = [
      'case "$1" in',
      'compose) echo container ;;',
      `inspect) echo ${volume} ;;`,
      `exec) cd "${volume}$(echo "$3" | sed s,^/var/lib/aluco,,)" && shift 4 && echo "$@ in $PWD" ;;`,
      'esac',
    ];
    writeFileSync(path.join(lines.folder, '.bin', 'docker'), ['#!/bin/sh', ...answers, ''].join('\n'), { mode: 0o755 });
    writeFileSync(path.join(lines.folder, '.bin', 'install'), '#!/bin/sh\nmkdir -p "$7"\n', { mode: 0o755 });
    const { stdout } = spawnSync(
      'bash',
      ['-euc', `${lines.steps('containers')}\npwd\naluco legacy check mastodon.csv`],
      {
        encoding: 'utf8',
        env: { PATH: `${path.join(lines.folder, '.bin')}:${process.env['PATH'] ?? ''}` },
      },
    );
    const folder = path.join(volume, 'moving/mastodon');
    expect(stdout).toBe(`${folder}\naluco legacy check mastodon.csv in ${folder}\n`);
  } finally {
    await lines.close();
  }
});

test('the pages call the list of people as the program does', () => {
  const listed = (id: string): string[] => {
    const source = sourceOf(id);
    if (source === undefined) throw new Error(`no source ${id}`);
    return ENGINES.filter((engine) => source.exports[engine] !== undefined).flatMap((engine) =>
      readingCommands(source, engine, `${id}-export.sql`).map((command) => command.split(' > ')[1] ?? ''),
    );
  };
  for (const id of ['mastodon', 'pixelfed'])
    for (const name of listed(id)) expect(page(id)).toContain(`< ${id}-export.sql > ${name}\n`);
  for (const { id } of SOURCES) for (const name of listed(id)) expect(name).toMatch(/^[a-z]+\.(?:csv|jsonl)$/u);
  expect(page('others')).toContain('LIST=$SOURCE.csv  # with MySQL and MariaDB: $SOURCE.jsonl');
});

test('no command of the pages forgets an import at once without saying that it is sure', () => {
  for (const name of readdirSync(PAGES)) {
    const said = [...page(name.replace('.md', '')).matchAll(/`aluco legacy forget ([^`]*BATCH)`/gu)];
    for (const [, words] of said) expect([name, words]).toEqual([name, expect.stringMatching(/^--(?:sure|on) /u)]);
  }
});

test('no page says to remove an application, which nothing here does', () => {
  for (const name of readdirSync(PAGES))
    expect([name, page(name.replace('.md', ''))]).toEqual([
      name,
      expect.not.stringMatching(/\bremove the application\b/u),
    ]);
});
