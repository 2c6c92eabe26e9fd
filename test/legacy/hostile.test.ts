import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellWord } from '../../src/legacy/sources/shell.ts';
import { sqlite } from '../../src/legacy/sources/sqlite.ts';
import type { Linked, LinkOptions } from '../../src/legacy/sources/source.ts';
import { fc } from '../properties.ts';
import { hasSqlite, isHere, openSide, written } from './application-side.ts';
import type { OtherSide } from './other-side.ts';
import { TOWNS } from './towns.ts';

/** What names and numbers of accounts could be made of by somebody who means harm; NUL and ends of lines are refused before. */
const piece = fc.constantFrom(
  "'",
  '"',
  '\\',
  '$$',
  ';',
  '--',
  '/*',
  '*/',
  ':name',
  '`',
  '%',
  '$(id)',
  '${TOKEN}',
  '\\!',
  '@',
  'é',
  '🦉',
  'a',
  ' b',
  '1',
  "' OR '1'='1",
  "'); DROP TABLE users; --",
  '0x27',
  '1 OR 1=1',
  '\\g',
  '\\q',
  '.shell id',
  'x'.repeat(300),
);
const hostile = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));

/** What is made here, and not by strangers. */
const ours = fc.stringMatching(/^[\w-]{22}$/u);

const OPTIONS: LinkOptions = { protocol: 'oidc', issuer: 'https://id.example', uid: 'subject', answers: {} };

const people: readonly Linked[] = fc
  .sample(fc.record({ name: hostile, key: hostile, subject: ours, alias: ours }), 60)
  .flatMap((person) => [person, { ...person, key: '1' }, { ...person, name: 'alix' }]);

test.skipIf(!hasSqlite)('a text for SQLite is that text, whatever is in it', async () => {
  const folderless = (text: string): string =>
    execFileSync('sqlite3', ['-bail', ':memory:'], { input: `SELECT hex(${sqlite.text(text)});`, encoding: 'utf8' });
  for (const text of fc.sample(hostile, 40)) {
    expect(Buffer.from(folderless(text).trim(), 'hex').toString()).toBe(text);
  }
});

test('a word for a shell is that word, whatever is in it, and a NUL is none', () => {
  for (const text of fc.sample(hostile, 40)) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
    const lines = `${text}\n${text}`;
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(lines)}`], { encoding: 'utf8' })).toBe(lines);
  }
  expect(() => shellWord('a\0b')).toThrow('no word');
});

const seen = new Set<string>();
const sides = TOWNS.filter(({ source, engine }) => {
  const title = `${source.id} ${engine}`;
  return seen.has(title) ? false : seen.add(title) !== undefined;
}).filter(({ source, engine }) => source.link[engine] !== undefined || source.move[engine] !== undefined);

describe.each(sides.map((town) => ({ title: `${town.source.name} on ${town.engine}`, town })))(
  'names and numbers that mean harm change nothing in $title',
  ({ town }) => {
    const { source, engine, prepare, answers = () => ({}) } = town;
    const options = { ...OPTIONS, answers: answers({ clientId: "c'); --" }) };
    let side: OtherSide;
    beforeAll(async () => {
      if (!isHere[engine]) return;
      side = await openSide(town);
      await prepare?.(side, OPTIONS.issuer);
    }, 120_000);
    afterAll(() => side?.close());

    const kinds = (['link', 'move'] as const).filter((kind) => source[kind][engine] !== undefined);
    test.skipIf(!isHere[engine]).each(kinds)(
      'by %s',
      async (kind) => {
        const files = source[kind][engine];
        if (files === undefined) throw new Error('there is no such file');
        // Where an account is known by its key alone, hers is left to the other tests.
        const strangers = people.filter(({ key }) => key !== town.people[0]?.[1]);
        const before = await side.dump();
        side.run(written(files.forward, strangers, options));
        side.run(written(files.back, strangers, options));
        expect(await side.dump()).toBe(before);
      },
      120_000,
    );
  },
);
