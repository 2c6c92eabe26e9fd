import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../src/config.ts';
import { commands, README, withGenerated } from './readme/generated.ts';

const readme = readFileSync(README, 'utf8');
const pages = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The part of the README between a heading and the next one of its rank. */
function section(heading: string): string {
  const start = readme.indexOf(`\n## ${heading}\n`);
  expect(start, `## ${heading}`).toBeGreaterThan(-1);
  const end = readme.indexOf('\n## ', start + 1);
  return readme.slice(start, end === -1 ? undefined : end);
}

/** What stands between backquotes on a page, blocks of code left out. */
function quoted(text: string): string[] {
  return [...text.replaceAll(/^```.*?^```/gmsu, '').matchAll(/`([^`\n]+)`/gu)].map(([, inner]) => inner ?? '');
}

const isPath = (text: string): boolean =>
  /^(src|views|test|migrations|docs|\.ci)\/[\w./-]*$/u.test(text) || /^\.?[\w-]+(\.[\w-]+)?\.(ts|json|md)$/u.test(text);

describe('the README', () => {
  test('has the settings and commands that the program has (mend: npm run readme)', async () => {
    expect(await withGenerated(readme)).toBe(readme);
  });

  test('tells every command', async () => {
    const listed = quoted(section('Commands'));
    const known = await commands();
    expect(known.length).toBeGreaterThan(10);
    for (const { usage, meaning } of known) {
      expect(listed).toContain(usage);
      expect(meaning).not.toBe('');
    }
  });

  test('gives the reason of every dependency, and of no other', () => {
    const entries = [...section('Why each dependency is there').matchAll(/^- `([^`]+)`: (\S.*)$/gmu)];
    const named = entries.map(([, name = '']) => name).toSorted();
    const wanted = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].toSorted();
    expect(named).toEqual(wanted);
  });

  test('shows every room on the map', () => {
    const map = quoted(section('Map'));
    const rooms = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of rooms) expect(map).toContain(`src/${name}/`);
  });

  test('may promise `npm ci`: the lock file holds every package, those for other systems too', () => {
    const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.entries(lock.packages).flatMap(([where, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => [`${where}/node_modules/${name}`, `node_modules/${name}`]),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((places) => !places.some((place) => place in lock.packages))).toEqual([]);
  });

  test('names no command of npm that is not there', () => {
    const own = [...readme.matchAll(/npm run ([a-z]+)/gu)].map(([, name = '']) => name);
    expect(own).toContain('demo');
    for (const name of own) expect(Object.keys(manifest.scripts)).toContain(name);
  });
});

test.each(pages)('%s names no file, folder, page or setting that is not there', async (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/gu)].map(([, to = '']) => path.join(path.dirname(page), to));
  const paths = quoted(text).filter(isPath);
  expect(links.length + paths.length + quoted(text).length).toBeGreaterThan(0);
  for (const file of [...links, ...paths]) expect(existsSync(path.join(ROOT, file)), file).toBe(true);
  for (const [setting] of text.matchAll(/\bALUCO_[A-Z_]+\b/gu)) {
    expect(section('Settings'), setting).toContain(`\`${setting}\``);
  }
  for (const [, words = ''] of text.matchAll(/`aluco ([a-z]+ [a-z]+)/gu)) {
    expect(
      (await commands()).some(({ usage }) => usage.startsWith(words)),
      words,
    ).toBe(true);
  }
});
