import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_DEFAULTS } from '../../src/applications/client-settings.ts';
import {
  aluco,
  commandOf,
  ended,
  forge,
  linesOf,
  newPlace,
  removePlace,
  rowsOf,
  settle,
  startProcess,
  withParts,
  type Place,
} from './places.ts';

let home: Place;
let file: string;
let bytes: Buffer;
let identityFile: string;
let identity: string;
let recipient: string;
const places: Place[] = [];

beforeAll(async () => {
  home = await newPlace('sqlite');
  await withParts(home, async (parts) => {
    const [meadow] = await settle(parts);
    // Enough of it for several chunks of the envelope.
    for (let number = 0; number < 400; number += 1) {
      await parts.applications.addClient(meadow?.id ?? '', {
        ...CLIENT_DEFAULTS,
        label: `Web ${number}`,
        redirectUris: [`https://meadow.example/${randomBytes(400).toString('hex')}`],
      });
    }
  });
  identityFile = path.join(home.folder, 'key.txt');
  [recipient = ''] = (await aluco(home, 'backup', 'key', identityFile)).said;
  identity = (await readFile(identityFile, 'utf8')).split('\n')[1] ?? '';
  file = path.join(home.folder, 'good.age');
  expect((await aluco(home, 'backup', '--to', file, '--recipient', recipient)).status).toBe(0);
  bytes = await readFile(file);
  expect(bytes.length).toBeGreaterThan(3 * 65_536);
});
afterAll(async () => {
  for (const place of [home, ...places]) await removePlace(place);
});

async function emptyPlace(engine: 'sqlite' | 'postgres', key = home.environment['ALUCO_MASTER_KEY']): Promise<Place> {
  const place = await newPlace(engine, key);
  places.push(place);
  return place;
}

/** Whether a place is as if nobody had ever been there. */
async function isUntouched({ environment }: Place): Promise<boolean> {
  if (environment['ALUCO_DATABASE'] === 'sqlite') {
    const names = await readdir(environment['ALUCO_DATA'] ?? '').catch(() => []);
    return names.length === 0;
  }
  return rowsOf({ environment }).then(
    () => false,
    (error: Error) => error.message.startsWith('There is nothing of Aluco'),
  );
}

async function restoreOf(place: Place, content: Uint8Array): Promise<string> {
  const bad = path.join(place.folder, 'bad.age');
  await writeFile(bad, content);
  const { status, said, complained } = await aluco(place, 'restore', bad, '--identity', identityFile);
  expect(status).toBe(1);
  expect(said).toEqual([]);
  expect(complained).toHaveLength(1);
  expect(complained[0]).not.toMatch(/^Failed|undefined|\[object/u);
  return complained[0] ?? '';
}

/** The lines of the good backup, changed, with an end that fits them unless told otherwise. */
async function restoreEdited(place: Place, edit: (lines: string[]) => string[], mend = true): Promise<string> {
  let lines = edit(await linesOf(file, identity));
  if (mend) {
    const body = lines.slice(0, -1);
    const digest = createHash('sha256')
      .update(body.map((line) => `${line}\n`).join(''))
      .digest('base64url');
    const end = JSON.parse(lines.at(-1) ?? '{}') as { rows: Record<string, number> };
    lines = [...body, JSON.stringify({ end: true, rows: end.rows, sha256: digest })];
  }
  const forged = path.join(place.folder, 'forged.age');
  await forge(forged, lines, recipient);
  return restoreOf(place, await readFile(forged));
}

const headerWith =
  (change: object) =>
  (lines: string[]): string[] => [
    JSON.stringify({ ...(JSON.parse(lines[0] ?? '') as object), ...change }),
    ...lines.slice(1),
  ];

describe.each(['sqlite', 'postgres'] as const)('into %s nothing is restored from a backup', (engine) => {
  let place: Place;
  beforeAll(async () => {
    place = await emptyPlace(engine);
  });

  test('cut anywhere', async () => {
    const cuts = [0, 1, 20, 100, 150, 199, 200, 201, 216, 217, 65_536, 65_752, 131_288, 131_320];
    const ends = [bytes.length - 1, bytes.length - 16, bytes.length - 17, bytes.length - 40, bytes.length - 4000];
    for (const length of [...cuts, ...ends]) {
      expect(await restoreOf(place, bytes.subarray(0, length)), `${length}`).toMatch(
        /cut|not a backup|does not open with this key/u,
      );
    }
    expect(await isUntouched(place)).toBe(true);
  });

  test('in which one byte was changed, wherever', async () => {
    const where = [0, 10, 30, 60, 120, 180, 205, 230, 1000, 65_700, 131_400, bytes.length - 20, bytes.length - 1];
    for (const at of where) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect(await restoreOf(place, changed), `${at}`).toMatch(/changed|not a backup|does not open with this key/u);
    }
    expect(await restoreOf(place, Buffer.concat([bytes, Buffer.from('more')]))).toMatch(/changed/u);
    expect(await isUntouched(place)).toBe(true);
  });

  test('of a newer format, or by a program that knows newer migrations', async () => {
    expect(await restoreEdited(place, headerWith({ format: 2, version: '9.0.0', secrets: [] }))).toContain(
      'newer version of Aluco (9.0.0, format 2)',
    );
    const [header = ''] = await linesOf(file, identity);
    const { migrations } = JSON.parse(header) as { migrations: string[] };
    const newer = headerWith({ version: '9.0.0', migrations: [...migrations, '9999_future'] });
    expect(await restoreEdited(place, newer)).toContain('newer version of Aluco (9.0.0; it knows 9999_future)');
    expect(await isUntouched(place)).toBe(true);
  });

  test('made up by somebody who knows the recipient', async () => {
    const swap = (from: string | RegExp, to: string) => (lines: string[]) =>
      lines.map((line) => line.replace(from, to));
    const after = (start: string, line: string) => (lines: string[]) =>
      lines.flatMap((old) => (old.startsWith(start) ? [old, line] : [old]));
    for (const [edit, words, mend] of [
      [(lines: string[]) => lines.slice(0, -1), 'has no end', false],
      [(lines: string[]) => [...lines, '["more"]'], 'something stands behind its end', false],
      [(lines: string[]) => [...lines, lines.at(-1) ?? ''], 'something stands behind its end', false],
      [swap('"person"', '"administrator"'), 'not those that its end speaks of', false],
      [(lines: string[]) => lines.filter((line) => !line.includes('heron')), 'as many rows as its end says', true],
      [after('{"table":"account"}', '["a","b"]'), 'a row of account is not one', true],
      [after('{"table":"account"}', '{"table":"session"}'), 'not those of its first line', true],
      [after('{"table":"account"}', 'x'.repeat(5_000_000)), 'too long', true],
      [headerWith({ migrations: ['0001_house'] }), 'not those of any version', true],
      [swap('"master_key_check"', '"another_fact"'), 'which key it needs', true],
      [swap('{"table":"meta"}', '{"table":"account"}'), 'not those of its first line', true],
      [swap('["role","text"]', '["role; DROP TABLE account","text"]'), 'first line is not one of ours', true],
      [swap('["role","text"]', '["roles","text"]'), 'no version has such a table account', true],
      [swap('"aluco":"backup"', '"aluco":"teapot"'), 'does not begin as a backup does', true],
    ] as const) {
      expect(await restoreEdited(place, edit, mend)).toContain(words);
    }
    const columns = ['key', 'value'].map((name) => [name, 'text']);
    const withTable = (name: string) =>
      headerWith({
        tables: [
          { name: 'meta', columns },
          { name, columns },
        ],
      });
    expect(await restoreEdited(place, withTable('session'))).toContain('session, which is never in a backup');
    for (const migrations of [['\u001B[2J'], ['0000_first', 'x'.repeat(101)]])
      expect(await restoreEdited(place, headerWith({ migrations }))).toContain('first line is not one of ours');
    for (const change of [{ version: '\u001B]0;all is well\u0007' }, { made: '\u001B[2Jyesterday' }])
      expect(await restoreEdited(place, headerWith(change))).not.toContain('\u001B');
    expect(await isUntouched(place)).toBe(true);
  });

  test('that has rows for tables of the engine, or for another program’s', async () => {
    for (const [name, column, value] of [
      ['migration', 'name', '9999_future'],
      ['sqlite_master', 'name', 'x'],
      ['pg_authid', 'rolname', 'intruder'],
    ] as const) {
      const foreign = (lines: string[]): string[] => {
        const header = JSON.parse(lines[0] ?? '') as { tables: unknown[] };
        const end = JSON.parse(lines.at(-1) ?? '') as { rows: Record<string, number> };
        end.rows[name] = 1;
        return [
          JSON.stringify({ ...header, tables: [...header.tables, { name, columns: [[column, 'text']] }] }),
          ...lines.slice(1, -1),
          JSON.stringify({ table: name }),
          JSON.stringify([value]),
          JSON.stringify(end),
        ];
      };
      expect(await restoreEdited(place, foreign)).toContain(`no version has such a table ${name}`);
      expect(await isUntouched(place)).toBe(true);
    }
  });

  test('whose rows contradict one another', async () => {
    const twice = (lines: string[]): string[] => {
      const at = lines.indexOf('{"table":"profile"}') + 1;
      const copy = JSON.parse(lines[at] ?? '') as string[];
      copy[0] = 'another';
      const end = JSON.parse(lines.at(-1) ?? '') as { rows: Record<string, number> };
      end.rows['profile'] = (end.rows['profile'] ?? 0) + 1;
      return [...lines.slice(0, at), JSON.stringify(copy), ...lines.slice(at, -1), JSON.stringify(end)];
    };
    expect(await restoreEdited(place, twice)).toContain('contradict one another');
    expect(await isUntouched(place)).toBe(true);
  });

  test('with another identity, nor without the master key, nor with another one', async () => {
    const otherKey = path.join(place.folder, 'other.txt');
    await aluco(place, 'backup', 'key', otherKey);
    expect((await aluco(place, 'restore', file, '--identity', otherKey)).complained[0]).toContain(
      'does not open with this key',
    );
    await writeFile(otherKey, 'AGE-SECRET-KEY-NOT-ONE\n');
    expect((await aluco(place, 'restore', file, '--identity', otherKey)).complained[0]).toContain('AGE-SECRET-KEY-1');
    expect((await aluco(place, 'restore', `${file}.none`, '--identity', identityFile)).complained[0]).toContain(
      'ENOENT',
    );

    const wrong = await emptyPlace(engine, randomBytes(32).toString('base64url'));
    expect((await aluco(wrong, 'restore', file, '--identity', identityFile)).complained[0]).toMatch(
      /master key that belongs to this backup is missing or another one.*Nothing was changed/u,
    );
    expect(await isUntouched(wrong)).toBe(true);
    const without = await emptyPlace(engine, '');
    expect((await aluco(without, 'restore', file, '--identity', identityFile)).status).toBe(1);
    expect(await isUntouched(without)).toBe(true);
    expect(await readdir(without.folder)).toEqual([]);
  });

  test('that is killed in the middle, until it is run again', async () => {
    const big = await bigBackup();
    // Stopped where it is, it is looked at once more: it may have been through by then, and another one is killed.
    let victim = await emptyPlace(engine);
    for (let isCaught = false; !isCaught;) {
      const child = startProcess(victim, commandOf('restore', big, '--identity', identityFile));
      const over = once(child, 'close');
      while (child.exitCode === null && !(await isUnderWay(victim))) await pause(2);
      child.kill('SIGSTOP');
      isCaught = await isUnderWay(victim);
      child.kill('SIGKILL');
      await over;
      if (!isCaught) victim = await emptyPlace(engine);
    }
    // Nothing that a server would take for an instance is there.
    if (engine === 'sqlite') {
      // Beside it may lie the journal of the transaction that was cut off.
      const left = await readdir(victim.environment['ALUCO_DATA'] ?? '');
      expect(left.length).toBeGreaterThan(0);
      expect(left.filter((name) => !/^aluco\.restoring-[\w-]+\.sqlite(-journal)?$/u.test(name))).toEqual([]);
    } else {
      while (!(await isUntouched(victim))) await pause(50);
    }
    expect(await aluco(victim, 'restore', big, '--identity', identityFile)).toMatchObject({
      status: 0,
      complained: [],
    });
    expect((await rowsOf(victim))['client']).toHaveLength(20_400);
    if (engine === 'sqlite') {
      expect(await readdir(victim.environment['ALUCO_DATA'] ?? '')).toEqual(['aluco.sqlite']);
    }
  });
});

/** Whether a restore has begun to write, and has not ended. */
async function isUnderWay({ environment }: Place): Promise<boolean> {
  const { ALUCO_DATA: folder = '', ALUCO_DATABASE: address } = environment;
  if (address === 'sqlite') {
    const names = await readdir(folder).catch(() => []);
    return names.some((name) => name.startsWith('aluco.restoring-'));
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  const { rows } = await client.query<{ query: string }>(
    'SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query LIKE \'INSERT INTO "client"%\'',
  );
  await client.end();
  return rows.length > 0;
}

let big: Promise<string> | undefined;
/** The good backup with twenty thousand clients more. */
function bigBackup(): Promise<string> {
  big ??= (async () => {
    const lines = await linesOf(file, identity);
    const at = lines.indexOf('{"table":"client"}') + 1;
    const [, application, settings] = JSON.parse(lines[at] ?? '') as [string, string, string];
    const more = Array.from({ length: 20_000 }, (_, number) =>
      JSON.stringify([`more${number}`, application, settings]),
    );
    const body = [...lines.slice(0, at), ...more, ...lines.slice(at, -1)];
    const end = JSON.parse(lines.at(-1) ?? '') as { rows: Record<string, number> };
    end.rows['client'] = (end.rows['client'] ?? 0) + more.length;
    const sha256 = createHash('sha256')
      .update(body.map((line) => `${line}\n`).join(''))
      .digest('base64url');
    const name = path.join(home.folder, 'big.age');
    await forge(name, [...body, JSON.stringify({ end: true, rows: end.rows, sha256 })], recipient);
    return name;
  })();
  return big;
}

test('a disk that is full while the backup is written leaves nothing of it, and says so', async () => {
  const to = path.join(home.folder, 'full.age');
  const limited = ['prlimit', '--fsize=100000'];
  const child = startProcess(home, [...limited, ...commandOf('backup', '--to', to, '--recipient', recipient)]);
  const { status, wrote } = await ended(child);
  expect(wrote).toContain(`There is no room for the backup at ${to} (EFBIG). Nothing is left of it.`);
  expect(status).toBe(1);
  expect((await readdir(home.folder)).filter((name) => name.startsWith('full'))).toEqual([]);
});

test('a disk that is full while a backup is restored leaves the place empty, and says so', async () => {
  const place = await emptyPlace('sqlite');
  const limited = ['prlimit', '--fsize=400000'];
  const child = startProcess(place, [...limited, ...commandOf('restore', file, '--identity', identityFile)]);
  const { status, wrote } = await ended(child);
  expect(wrote).toContain('There is no room for the backup in');
  expect(status).toBe(1);
  expect(await isUntouched(place)).toBe(true);
});

test('a file that is no database is not written over', async () => {
  const place = await emptyPlace('sqlite');
  const folder = place.environment['ALUCO_DATA'] ?? '';
  await mkdir(folder);
  const precious = path.join(folder, 'aluco.sqlite');
  await writeFile(precious, 'something else that matters, and is longer than a header of a hundred bytes'.repeat(20));
  expect((await aluco(place, 'restore', file, '--identity', identityFile)).complained[0]).toContain(
    'is not a database',
  );
  expect((await readFile(precious, 'utf8')).startsWith('something else')).toBe(true);
  expect((await aluco(place, 'backup', '--recipient', recipient)).status).toBe(1);
  await truncate(precious, 0);
  await chmod(precious, 0o600);
  expect((await aluco(place, 'restore', file, '--identity', identityFile)).complained).toEqual([]);
});

test('where there is no database, none is made by asking for a backup or a check', async () => {
  const place = await emptyPlace('sqlite');
  expect((await aluco(place, 'backup', '--recipient', recipient)).complained[0]).toContain('There is no database in');
  expect((await aluco(place, 'check')).complained[0]).toContain('There is no database in');
  expect(await isUntouched(place)).toBe(true);
});

test.each(['sqlite', 'postgres'] as const)(
  'a backup on %s made while people make profiles is of one moment: every profile is held, every holding is whole',
  async (engine) => {
    const place = await emptyPlace(engine);
    const names = Array.from({ length: 60 }, (_, number) => `bird${number}x`);
    await withParts(place, async (parts) => {
      const [meadow] = await settle(parts);
      if (meadow === undefined) throw new Error('no application');
      const accounts = await Promise.all(
        Array.from({ length: 12 }, (_, number) =>
          parts.accounts.add({ loginName: `walker${number}x`, password: 'a long walk by the river', language: 'fr' }),
        ),
      );
      let made = 0;
      let busy = true;
      const making = (async () => {
        for (const [index, name] of names.entries()) {
          await parts.profiles.create(accounts[index % 12]?.id ?? '', meadow, { name, note: '' });
          made += 1;
        }
        busy = false;
      })();
      const counts: number[] = [];
      for (let number = 0; busy && number < 3; number += 1) {
        const to = path.join(place.folder, `${number}.age`);
        const before = made;
        const child = startProcess(place, commandOf('backup', '--to', to, '--recipient', recipient));
        expect((await ended(child)).status).toBe(0);
        const other = await emptyPlace('sqlite', place.environment['ALUCO_MASTER_KEY']);
        expect((await aluco(other, 'restore', to, '--identity', identityFile)).complained).toEqual([]);
        expect(await aluco(other, 'check')).toMatchObject({ status: 0, said: ['Everything holds together.'] });
        const profiles = (await rowsOf(other))['profile']?.length ?? 0;
        expect(profiles).toBeGreaterThanOrEqual(4 + before);
        counts.push(profiles);
      }
      await making;
      expect(counts.length).toBeGreaterThan(0);
    });
  },
);
