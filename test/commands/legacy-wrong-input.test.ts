import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication } from '../people.ts';

let house: House;
let meadow: Application;
beforeAll(async () => {
  // Where no mail to relay addresses arrives, no address is replaced by one, whatever else is wrong.
  house = await openHouse({
    settings: { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'aluco@nest.example', ALUCO_RELAY: '127.0.0.1:0' },
  });
  meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example');
  await writeFile(at('people.csv'), 'name,hash\nheron,\n');
  await writeFile(at('empty.csv'), '');
  await writeFile(at('empty'), '\n');
  await writeFile(at('other.csv'), 'colour\nred\n');
  await mkdir(at('folder'));
});
afterAll(() => house.close());

const at = (name: string): string => path.join(house.folder, name);
const legacy = (...args: string[]) => runBeside(house.environment, ['legacy', ...args]);

const NO_APPLICATION = 'This application is not known here.';
const NO_SOURCE = /^--source is one of .*mastodon.*pixelfed/u;
const NO_BATCH = 'There is no such import.';

/** `APP` is the application, `DIR/` the folder with the files. */
const WRONG: readonly [args: string, status: 1 | 2, words: string | RegExp][] = [
  ['check --source csv DIR/people.csv', 2, '--application is missing'],
  ['check --application nothing --source csv DIR/people.csv', 1, NO_APPLICATION],
  ['check --application APP DIR/people.csv --source nothing', 2, NO_SOURCE],
  ['check --application APP --source csv', 2, 'the file is missing'],
  ['check --application APP --source csv DIR/none.csv', 2, /^there is no file .*none\.csv$/u],
  ['check --application APP --source csv DIR/folder', 2, /^there is no file .*folder$/u],
  ['check --application APP --source csv DIR/empty.csv', 1, 'The file is empty.'],
  ['check --application APP --source csv -', 1, 'The file is empty.'],
  ['check --application APP --source csv DIR/other.csv', 1, /^Columns are missing: name/u],
  ['check --application APP --source csv --pepper-file DIR/empty DIR/people.csv', 2, /pepper-file/u],
  ['check --application APP --source csv --rejects DIR/people.csv DIR/people.csv', 2, /^--rejects is another file/u],
  ['import --source csv DIR/people.csv', 2, '--application is missing'],
  ['import --application nothing --source csv DIR/people.csv', 1, NO_APPLICATION],
  ['import --application APP --source nothing DIR/people.csv', 2, NO_SOURCE],
  ['import --application APP --source csv', 2, 'the file is missing'],
  ['import --application APP --source csv DIR/none.csv', 2, /^there is no file .*none\.csv$/u],
  ['import --application APP --source csv DIR/folder', 2, /^there is no file .*folder$/u],
  ['import --application APP --source csv DIR/empty.csv', 1, 'The file is empty.'],
  ['import --application APP --source csv DIR/other.csv', 1, /^Columns are missing: name/u],
  ['import --application APP --source csv -', 2, /needs a file, not standard input$/u],
  ['import --application APP --source csv --pepper-file DIR/none DIR/people.csv', 2, /^--pepper-file: .*\(ENOENT\)$/u],
  ['import --application APP --source csv --salt-file DIR/folder DIR/people.csv', 2, /^--salt-file: .*\(EISDIR\)$/u],
  [
    'import --application APP --source csv --pepper-file DIR/empty DIR/people.csv',
    2,
    'the file of --pepper-file is empty',
  ],
  ['import --application APP --source csv --pepper black DIR/people.csv', 2, /--pepper/u],
  ['batches', 2, '--application is missing'],
  ['batches --application nothing', 1, NO_APPLICATION],
  ['undo', 2, 'the import is missing'],
  ['undo --reverse-run nothing', 1, NO_BATCH],
  ['forget', 2, 'the import is missing'],
  ['forget nothing', 2, /^say --sure/u],
  ['forget --sure nothing', 1, NO_BATCH],
  ['forget --on 2020-01-01 nothing', 1, 'Give a date that is to come.'],
  ['forget --on 2031-03-31 nothing', 1, NO_BATCH],
  ['export', 2, 'the source is missing'],
  ['export nothing', 2, NO_SOURCE],
  ['export mastodon --engine oracle', 2, '--engine is one of postgres'],
  ...(['link', 'move'] as const).flatMap((verb): (typeof WRONG)[number][] => [
    [`${verb} --source mastodon --file DIR/a --reverse DIR/b`, 2, '--application is missing'],
    [`${verb} --application nothing --source mastodon --file DIR/a --reverse DIR/b`, 1, NO_APPLICATION],
    [`${verb} --application APP --source nothing --file DIR/a --reverse DIR/b`, 2, NO_SOURCE],
    [
      `${verb} --application APP --source mastodon --engine oracle --file DIR/a --reverse DIR/b`,
      2,
      '--engine is one of postgres',
    ],
    [`${verb} --application APP --source mastodon --reverse DIR/b`, 2, '--file is missing'],
    [`${verb} --application APP --source mastodon --file DIR/a`, 2, '--reverse is missing'],
    [
      `${verb} --application APP --source mastodon --file DIR/none/a --reverse DIR/b`,
      1,
      /a cannot be written \(ENOENT\)\.$/u,
    ],
    [
      `${verb} --application APP --source mastodon --file DIR/folder --reverse DIR/b --force`,
      1,
      /folder cannot be written \(EISDIR\)\.$/u,
    ],
    [`${verb} --application APP --source mastodon --answer colour=red --file DIR/a --reverse DIR/b`, 1, /“colour”/u],
    [
      `${verb} --application APP --source mastodon --answer colour --file DIR/a --reverse DIR/b`,
      2,
      'an answer is written KEY=VALUE',
    ],
  ]),
];

test.each(WRONG)('legacy %s ends with %s and says why', async (args, status, words) => {
  const before = await readdir(house.folder);
  const given = args.split(' ').map((word) => (word === 'APP' ? meadow.id : word.replace('DIR', house.folder)));
  const { status: ended, said, complained } = await legacy(...given);
  expect({ ended, said }).toEqual({ ended: status, said: [] });
  if (typeof words === 'string') expect(complained[0]).toBe(words);
  else expect(complained[0]).toMatch(words);
  // Who wrote it wrongly reads how it is written; others read the reason and nothing else.
  expect(complained.slice(1)).toEqual(status === 2 ? [expect.stringMatching(/^Usage: aluco legacy /u)] : []);
  expect(await house.parts.legacy.batches.list(meadow.id)).toEqual([]);
  expect(await readdir(house.folder)).toEqual(before);
});
