import { describe, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import {
  dotenv,
  environment,
  isPlainForGrafana,
  isPlainYaml,
  jmespath,
  laravel,
  python,
  ruby,
  shell,
  yaml,
} from '../../../src/applications/templates/quoting.ts';
import {
  askJmespath,
  readDotenv,
  readEnvironment,
  readGitlab,
  readLaravel,
  readOcc,
  readPython,
  readThroughYaml,
  readYaml,
  READERS,
} from './readers.ts';

/** What breaks one format or another, and what an administrator might really write. */
const KNOWN = [
  'Le Nid',
  "L'Oiseau",
  'Say "hi"',
  `both ' and "`,
  'back\\slash',
  'ends with \\',
  '\\',
  '$HOME ${HOME} $(id) `id` $$ \\$ \\\\$',
  '#{1 + 1} %{x} %(x)s {{ user.sub }} {% raw %}',
  '# a comment',
  'a # b',
  ' leading and trailing ',
  'no',
  'null',
  '~',
  '1e3',
  '0x10',
  '2026-11-21',
  '12:30:00',
  'key: value',
  '- item',
  '[a, b]',
  '{a: b}',
  '*alias &anchor !tag',
  '|',
  '>',
  '%',
  '@at `tick`',
  '=',
  'a="b',
  'a="b" c="d"',
  '\\n \\r \\t \\u0041 \\x41',
  `it's \\n`,
  `it's \\$5`,
  '!history !!',
  '-dash',
  '--option=x',
  '*?[a]~',
  ';|&<>()',
  'é à ü ß ½ 名前 🦉 e\u0301',
  '\u00a0 \u202f',
  '\ufeff',
  '${',
  '${V0} $V0 %(V0)s',
  "''",
  '""',
  "'",
  '"',
  "\\'",
  '\\"',
  "#'",
  '#"',
];

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...KNOWN, "'", '"', '\\', '$', '#', ' ', '`', '{', '}', '(', ')', '%', '=', 'n', 'r', '!'),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  // What an answer may be: one line (see `fromTemplate`).
  .filter((text) => text !== '' && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u.test(text));

/** Many values in one file, since a reader takes a while to start: what one does to the next is seen as well. */
const many = fc.array(hostile, { minLength: 40, maxLength: 40 });

async function holds(check: (values: string[]) => void): Promise<void> {
  check(KNOWN);
  await fc.assert(
    fc.asyncProperty(many, async (values) => check(values)),
    { numRuns: 4, endOnFailure: true },
  );
}

const file = (values: readonly string[], quote: (value: string) => string): string =>
  `${values.map((value, index) => `V${index}=${quote(value)}`).join('\n')}\nLAST='done'\n`;

const valuesIn = (read: Record<string, unknown>, count: number): unknown[] =>
  Array.from({ length: count }, (_, index) => read[`V${index}`]);

describe('a value is read back exactly as it was written', () => {
  test.skipIf(!READERS.rubyDotenv)("by Ruby's dotenv, or refused beforehand", () =>
    holds((values) => {
      const writable = values.filter((value) => dotenv(value) !== undefined);
      const read = readDotenv(file(writable, (value) => dotenv(value) ?? ''));
      expect(valuesIn(read, writable.length)).toEqual(writable);
      expect(read['LAST']).toBe('done');
    }),
  );

  test('and what people write is not refused for Mastodon', () => {
    const refused = KNOWN.filter((value) => dotenv(value) === undefined);
    expect(refused).toEqual(['ends with \\', '\\', `it's \\n`, `it's \\$5`]);
  });

  test.skipIf(!READERS.laravel)('by Laravel', () =>
    holds((values) => {
      const read = readLaravel(file(values, laravel));
      expect(valuesIn(read, values.length)).toEqual(values);
      expect(read['LAST']).toBe('done');
    }),
  );

  test.skipIf(!READERS.yaml)("by Synapse's YAML", () =>
    holds((values) => {
      expect(readYaml(yaml({ list: values, map: { inner: values[0] } }).join('\n'))).toEqual({
        list: values,
        map: { inner: values[0] },
      });
    }),
  );

  test('by a shell, from a file of settings', () =>
    holds((values) => {
      expect(valuesIn(readEnvironment(file(values, environment)), values.length)).toEqual(values);
    }));

  test('by systemd, from the same file', () => {
    // systemd.exec(5): between double quotes a backslash stands before `"`, `\`, `$` and a backtick; nothing is filled in.
    for (const value of KNOWN) {
      const written = environment(value);
      if (written === value) continue;
      expect(written).toMatch(/^"([^"\\$`]|\\["\\$`])*"$/u);
      expect(written.slice(1, -1).replace(/\\(["\\$`])/gu, '$1')).toBe(value);
    }
  });

  test('by a shell, in a command', () =>
    holds((values) => {
      const commands = readOcc(values.map((value) => `occ --a=${shell(value)} -- ${shell(value)}`).join('\n'));
      expect(commands).toEqual(values.map((value) => [`--a=${value}`, '--', value]));
    }));

  test.skipIf(!READERS.ruby)('by Ruby, in gitlab.rb', () =>
    holds((values) => {
      const lines = values.map((value, index) => `gitlab_rails['V${index}'] = ${ruby(value)}`).join('\n');
      expect(valuesIn(readGitlab(lines), values.length)).toEqual(values);
    }),
  );

  test.skipIf(!READERS.yaml)('by Python, in seahub_settings.py', () =>
    holds((values) => {
      const lines = values.map((value, index) => `V${index} = ${python(value)}`).join('\n');
      expect(valuesIn(readPython(lines), values.length)).toEqual(values);
    }),
  );

  test.skipIf(!READERS.ruby)('by YAML that it is put into without quotes, or refused beforehand', () =>
    holds((values) => {
      const writable = values.filter(isPlainYaml);
      expect(readThroughYaml(writable)).toEqual(writable);
      const worded = values.map((value) => `Nid ${value}`).filter(isPlainYaml);
      expect(readThroughYaml(worded)).toEqual(worded);
    }),
  );

  test.skipIf(!READERS.jmespath)('in an expression of JMESPath, and is found only where it stands', () =>
    holds((values) => {
      const questions = values.flatMap((value) => {
        const expression = `contains(groups, ${jmespath(value)}) && 'Admin' || 'Viewer'`;
        return [[value], [`${value}x`, 'other'], []].map((groups) => ({ expression, document: { groups } }));
      });
      expect(askJmespath(questions)).toEqual(values.flatMap(() => ['Admin', 'Viewer', 'Viewer']));
    }),
  );
});

test('what people write on a button goes into YAML without quotes', () => {
  const written = [
    'Le Nid',
    "L'Oiseau",
    'é à ü ß ½ 名前 🦉',
    '100 % Nid',
    '4 chouettes',
    'a/b',
    'Chez (nous) & vous, "ici"',
  ];
  expect(written.map(isPlainYaml)).toEqual(written.map(() => true));
  const broken = ['no', 'Off', 'a: b', 'a #1', 'a:', ' a', 'a ', '-a', '2026-11-21', '12:30', '1e3', '~', '"a"', ''];
  expect(broken.map(isPlainYaml)).toEqual(broken.map(() => false));
});

test('what Grafana would fill in is told apart', () => {
  const filled = ['${HOME}', 'a $__file{/etc/passwd}', '$__env{X}', '%(app_mode)s'];
  expect(filled.map(isPlainForGrafana)).toEqual(filled.map(() => false));
  const plain = ['5 $', '100 %', '$HOME', '{x}', 'a%b(c)'];
  expect(plain.map(isPlainForGrafana)).toEqual(plain.map(() => true));
});
