import { expect, test } from 'vitest';
import { makeProgress } from '../../src/commands/legacy/progress.ts';
import { progressInWords } from '../../src/web/admin/old-accounts-words.ts';
import { translator, type Language } from '../../views/text.ts';

const SECOND = 1000;

/** What an administrator sees of a pass over a file, on a terminal or in a log; the clock is moved by hand. */
function watch({ terminal, bytes }: { terminal: boolean; bytes: number | undefined }) {
  const seen: string[] = [];
  let time = 50_000;
  const say = (line: string): void => void seen.push(line);
  const never = (line: string): never => {
    throw new Error(`in the wrong place: ${line}`);
  };
  const progress = makeProgress(
    {
      environment: {},
      stdin: process.stdin,
      out: never,
      ...(terminal ? { complain: never, status: say } : { complain: say }),
    },
    'Importing',
    bytes,
    () => time,
  );
  return {
    seen,
    end: progress.end,
    at(seconds: number, lines: number, read: number): void {
      time = 50_000 + seconds * SECOND;
      progress.tell({ lines, bytes: read });
    },
  };
}

test('on a terminal one line says how many lines are read, how fast and how long it takes still, and goes in the end', () => {
  const { seen, at, end } = watch({ terminal: true, bytes: 1_000_000 });
  at(0, 0, 0);
  at(0.4, 100, 10_000);
  expect(seen).toEqual([]);
  at(10, 25_000, 250_000);
  at(10.3, 30_000, 300_000);
  at(20, 50_000, 999_999);
  expect(seen).toEqual([
    'Importing: 25,000 lines, 25 %, 2,500/s, 0:30 left',
    'Importing: 50,000 lines, 99 %, 2,500/s, 0:00 left',
  ]);
  end();
  expect(seen.at(-1)).toBe('');
});

test('in a log there is a line every ten seconds, and none more in the end', () => {
  const { seen, at, end } = watch({ terminal: false, bytes: 100_000_000 });
  at(0, 0, 0);
  at(9.9, 9900, 990_000);
  at(10, 10_000, 1_000_000);
  at(15, 15_000, 1_500_000);
  at(21, 21_000, 2_100_000);
  end();
  expect(seen).toEqual([
    'Importing: 10,000 lines, 1 %, 1,000/s, 16:30 left',
    'Importing: 21,000 lines, 2 %, 1,000/s, 16:19 left',
  ]);
});

test('what an earlier run came to is not counted as fast', () => {
  const { seen, at } = watch({ terminal: true, bytes: 1_000_000 });
  at(0, 500_000, 500_000);
  at(100, 600_000, 600_000);
  expect(seen).toEqual(['Importing: 600,000 lines, 60 %, 1,000/s, 6:40 left']);
});

test('of a file whose size nobody knows no part and no time left is said, and nothing is divided by nothing', () => {
  const piped = watch({ terminal: true, bytes: undefined });
  piped.at(0, 0, 0);
  piped.at(1, 700, 7000);
  expect(piped.seen).toEqual(['Importing: 700 lines, 700/s']);
  const empty = watch({ terminal: true, bytes: 0 });
  empty.at(1, 0, 0);
  expect(empty.seen).toEqual(['Importing: 0 lines, 0/s']);
});

test('the page says the same of a file that was sent, in both languages', () => {
  const shown = (language: Language, spent: number, lines: number, bytes: number) =>
    progressInWords(
      translator(language),
      language,
      { step: 'importing', size: 1_000_000, pass: { since: 5000, lines, bytes } },
      5000 + spent,
    );
  for (const [spent, lines, bytes, part, en, fr] of [
    // Of what was just begun no rate is known.
    [999, 10, 100_000, 0.1, '10 %', '10 %'],
    [30_000, 0, 0, 0, '0 %', '0 %'],
    [
      60_000,
      75_000,
      250_000,
      0.25,
      '25 % – 1,250 lines a second – about 3 minutes left',
      '25 % – 1 250 lignes par seconde – encore 3 minutes environ',
    ],
    [
      40_000,
      40_000,
      400_000,
      0.4,
      '40 % – 1,000 lines a second – 60 seconds left',
      '40 % – 1 000 lignes par seconde – encore 60 secondes',
    ],
    [
      99_000,
      99_000,
      990_000,
      0.99,
      '99 % – 1,000 lines a second – 1 second left',
      '99 % – 1 000 lignes par seconde – encore 1 seconde',
    ],
    // A packed file may turn out longer than it was.
    [
      50_000,
      50_000,
      1_000_100,
      1,
      '100 % – 1,000 lines a second – almost done',
      '100 % – 1 000 lignes par seconde – presque fini',
    ],
  ] as const) {
    const words = (text: string | undefined) => text?.replaceAll(/[\u00A0\u202F]/gu, ' ');
    expect([shown('en', spent, lines, bytes)?.part, words(shown('en', spent, lines, bytes)?.words)]).toEqual([
      part,
      en,
    ]);
    expect(words(shown('fr', spent, lines, bytes)?.words)).toBe(fr);
  }
});

test('the page says no progress where nothing is on its way', () => {
  const pass = { since: 0, lines: 1, bytes: 1 };
  for (const step of ['waiting', 'checked', 'asked', 'stopped', 'done', 'failed'] as const)
    expect(progressInWords(translator('en'), 'en', { step, size: 9, pass }, 9000)).toBeUndefined();
  expect(progressInWords(translator('en'), 'en', { step: 'checking', size: 9 }, 9000)).toBeUndefined();
});
