import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { ENGINES, readingCommands, SOURCES, sourceOf } from '../../src/legacy/legacy.ts';

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
