import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { aluco as runBeside } from '../aluco.ts';
import { openHouse, type House } from '../house.ts';
import { importNames } from '../legacy/place.ts';
import { addApplication } from '../people.ts';

let house: House;
let meadow: Application;
beforeAll(async () => {
  house = await openHouse();
  meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example');
  await importNames(house.parts.legacy, meadow, [{ name: 'heron' }, { name: 'egret' }]);
});
afterAll(() => house.close());

const aluco = (...args: string[]) => runBeside(house.environment, args);
const at = (name: string): string => path.join(house.folder, name);
const link = (...more: string[]) =>
  aluco('legacy', 'link', '--application', meadow.id, '--file', at('link.sql'), '--reverse', at('back.sql'), ...more);

test('what reads people out of a database is printed as one file that can be run, with the commands as remarks', async () => {
  const { said } = await aluco('legacy', 'export', 'mastodon');
  const remarks = said.filter((line) => line.startsWith('--'));
  expect(remarks.join('\n')).toContain('sudo -u mastodon psql -X --csv -v ON_ERROR_STOP=1 mastodon_production');
  expect(said.slice(remarks.length).join('\n')).toMatch(/^SELECT [^;]*;$/u);
  expect((await aluco('legacy', 'export', 'pixelfed')).complained[0]).toContain('--engine is one of postgres, mysql');
  expect((await aluco('legacy', 'export', 'csv')).status).toBe(2);
  expect((await aluco('legacy', 'export', 'nothing')).complained[0]).toContain('--source is one of');
});

test('the file and its way back are for nobody else’s eyes, and the commands that run them are named', async () => {
  const { status, said, complained } = await link('--source', 'mastodon');
  expect({ status, said }).toEqual({
    status: 0,
    said: [`2 names in ${at('link.sql')}; the way back is in ${at('back.sql')}`],
  });
  expect(complained.join('\n')).toContain(`psql -X DATABASE < ${at('link.sql')}`);
  for (const name of ['link.sql', 'back.sql']) expect((await stat(at(name))).mode & 0o777).toBe(0o600);
  expect(await readFile(at('link.sql'), 'utf8')).toContain("E'openid_connect'");
  expect(await readFile(at('back.sql'), 'utf8')).not.toContain('heron');
  await link('--source', 'mastodon', '--protocol', 'saml', '--force');
  expect(await readFile(at('link.sql'), 'utf8')).toContain("E'saml'");
});

test('what is missing or wrong is said before anything is written', async () => {
  for (const [more, words] of [
    [[], 'say --source'],
    [['--source', 'pixelfed'], '--engine is one of postgres, mysql'],
    [['--source', 'mastodon', '--uid', 'mail'], '--uid is one of'],
    [['--source', 'mastodon', '--answer', 'x'], 'KEY=VALUE'],
    [['--source', 'mastodon', '--reverse', at('link.sql')], 'two files'],
  ] as const) {
    const { status, complained } = await link(...more);
    expect({ status, words: complained[0] }).toEqual({ status: 2, words: expect.stringContaining(words) as string });
  }
});
