import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIDES } from '../../src/storage/tables.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { liveInACrowd } from '../promises/crowd.ts';
import { openWiki } from '../service-provider.ts';
import { aluco, linesOf, newPlace, removePlace, rowsOf, withParts, type Place } from './places.ts';

const run = promisify(execFile);

const LEFT_OUT = [
  'session',
  'token',
  'grant_profile',
  'saml_session',
  'transient',
  'attempt',
  'lease',
  'logout_message',
  'invitation',
  'recent_sign_ins',
  'connection',
  'letter',
  'spool',
  'spool_chunk',
  'delivery',
  'destination',
  'relay_refusals',
  'profile_invitation',
  'legacy_task',
];

/** The age tool of the system, which knows nothing of us. */
async function ageIsThere(): Promise<boolean> {
  return run('age', ['--version']).then(
    () => true,
    () => false,
  );
}

describe.each(['sqlite', 'postgres'] as const)('a backup on %s', (engine) => {
  let house: House;
  let services: Service[];
  let folder: string;
  let identity: string;
  let recipient: string;
  let file: string;
  let before: Awaited<ReturnType<typeof rowsOf>>;
  const places: Place[] = [];
  beforeAll(async () => {
    let behind = 2 * 86_400_000;
    // Letters to old addresses are written, and wait: the smart host is away.
    const away = { ALUCO_SMTP: 'smtp://127.0.0.1:9', ALUCO_MAIL_FROM: 'aluco@nest.example' };
    house = await openHouse({ engine, settings: away, now: () => Date.now() - behind });
    // Who looks behind profiles has been an administrator for a while.
    await addPerson(house.parts, 'odile');
    behind = 0;
    const settings = { client: { refreshTokens: true } };
    const pair: [Service, Service] = [
      await openService(house, 'Meadow', settings),
      await openService(house, 'Harbour', settings),
    ];
    services = pair;
    await liveInACrowd(house, pair, await openWiki(house, 'Wiki'));
    folder = path.join(house.folder, 'safe');
    await mkdir(folder);
    identity = path.join(folder, 'key.txt');
    [recipient = ''] = (await aluco(house, 'backup', 'key', identity)).said;
    file = path.join(folder, 'one.age');
    before = await rowsOf(house);
    expect(await aluco(house, 'backup', '--to', file, '--recipient', recipient)).toMatchObject({
      status: 0,
      complained: [],
    });
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    for (const place of places) await removePlace(place);
    await house.close();
  });

  /** An empty place of either engine with the key that belongs to the backup. */
  async function emptyPlace(other: 'sqlite' | 'postgres'): Promise<Place> {
    const place = await newPlace(other, (await readFile(`${house.environment['ALUCO_DATA']}.key`, 'utf8')).trim());
    places.push(place);
    return place;
  }

  test('is for its owner alone, whole, and alone in its folder', async () => {
    for (const name of ['one.age', 'key.txt']) expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).toSorted()).toEqual(['key.txt', 'one.age']);
  });

  test('says where both keys must be kept, and that people will sign in again', async () => {
    const to = path.join(folder, 'two.age');
    const { said } = await aluco(house, 'backup', '--to', to, '--recipient', recipient);
    expect(said.join(' ')).toMatch(/two keys.*master key.*not together, and neither of them with the data/u);
    expect(said.join(' ')).toContain('people sign in again');
    expect(said.join(' ')).toContain('accounts 37, applications 4');
  });

  test('is opened by the age tool of the system', async (context) => {
    if (!(await ageIsThere())) context.skip('there is no age here');
    const { stdout } = await run('age', ['-d', '-i', identity, file], {
      encoding: 'buffer',
      maxBuffer: 100_000_000,
    });
    const lines = gunzipSync(stdout).toString('utf8').split('\n');
    expect(lines[0]).toContain('{"aluco":"backup","format":1,');
    expect(lines.slice(0, -1)).toEqual(await linesOf(file, await identityOf(identity)));
  });

  test('holds neither the master key nor anything that would be alive again', async () => {
    const lines = await linesOf(file, await identityOf(identity));
    const text = lines.join('\n');
    const key = (await readFile(`${house.environment['ALUCO_DATA']}.key`, 'utf8')).trim();
    for (const form of [
      key,
      Buffer.from(key, 'base64url').toString('hex'),
      Buffer.from(key, 'base64url').toString('base64'),
    ]) {
      expect(text).not.toContain(form);
    }
    for (const table of LEFT_OUT) expect(text).not.toContain(`{"table":"${table}"}`);
    // There was something to leave out.
    for (const table of ['session', 'token', 'grant_profile', 'transient', 'attempt', 'logout_message']) {
      expect(before[table]?.length, table).toBeGreaterThan(0);
      for (const row of before[table] ?? []) expect(text).not.toContain(String(row[0]));
    }
  });

  test('holds every other row, in the order of its key and not of its making', async () => {
    const lines = await linesOf(file, await identityOf(identity));
    const tables = new Map<string, string[]>();
    for (const line of lines.slice(1, -1)) {
      const table = /^\{"table":"([a-z_]+)"\}$/u.exec(line)?.[1];
      if (table !== undefined) tables.set(table, []);
      else [...tables.values()].at(-1)?.push(line);
    }
    expect([...tables.keys(), ...LEFT_OUT, 'migration'].toSorted()).toEqual(
      [...Object.keys(before), 'migration'].toSorted(),
    );
    expect(tables.size + LEFT_OUT.length).toBe(Object.keys(SIDES).length);
    for (const [table, found] of tables) {
      expect(found, table).toEqual((before[table] ?? []).map((row) => JSON.stringify(row)));
      const key = found.map((line) =>
        (JSON.parse(line) as string[]).slice(0, ['name_taken', 'legacy_profile'].includes(table) ? 2 : 1).join('\0'),
      );
      expect(
        key
          .map((text) => Buffer.from(text))
          .toSorted(Buffer.compare)
          .map(String),
        table,
      ).toEqual(key);
    }
  });

  test.each(['sqlite', 'postgres'] as const)('comes back on %s, every row of it, and people sign in', async (other) => {
    const place = await emptyPlace(other);
    const restored = await aluco(place, 'restore', file, '--identity', identity);
    expect(restored).toMatchObject({ status: 0, complained: [] });
    expect(restored.said[1]).toBe('accounts 37, applications 4, profiles 47');
    const after = await rowsOf(place);
    for (const table of Object.keys(before)) {
      expect(after[table], table).toEqual(LEFT_OUT.includes(table) ? [] : before[table]);
    }
    await withParts(place, async ({ accounts, profiles, oidc, seals, storage }) => {
      const account = await accounts.signIn({
        identifier: 'alix',
        password: PEOPLE.alix.password,
        network: '192.0.2.1',
      });
      const [meadow] = services;
      const names = meadow === undefined ? [] : (await profiles.at(account.id, meadow.application)).profiles;
      expect(names.map(({ name }) => name).toSorted()).toEqual(['heron_lakeside', 'sparrow_downtown']);
      expect(names[0]?.note).toBe('the one for the birdwatchers');
      const keys = await storage.read.select().from(storage.tables.signingKey);
      expect(seals.open('signing-key', keys[0]?.kid ?? '', keys[0]?.sealed ?? '')).toContain(keys[0]?.kid);
      const [samlKey] = await storage.read.select().from(storage.tables.samlKey);
      expect(seals.open('saml-key', samlKey?.id ?? '', samlKey?.sealed ?? '')).toContain('PRIVATE KEY');
      await oidc.maintainKeys();
    });
    expect(await aluco(place, 'check')).toEqual({ status: 0, said: ['Everything holds together.'], complained: [] });
    // Backed up again from there it says the same, whichever the engine.
    const again = path.join(place.folder, 'again.age');
    expect((await aluco(place, 'backup', '--to', again, '--recipient', recipient)).status).toBe(0);
    const [first, second] = await Promise.all(
      [file, again].map(async (name) => linesOf(name, await identityOf(identity))),
    );
    const rows = (lines: string[] = []) => lines.slice(1, -1).filter((line) => line.startsWith('['));
    expect(rows(second).filter((line) => !line.includes('signing'))).toEqual(
      rows(first).filter((line) => !line.includes('signing')),
    );
  });

  test('goes into an empty place only, and changes nothing elsewhere', async () => {
    const full = { environment: house.environment };
    const refused = await aluco(full, 'restore', file, '--identity', identity);
    expect(refused.status).toBe(1);
    expect(refused.complained[0]).toMatch(/something here already \(account, application, profile\)/u);
    const now = await rowsOf(house);
    expect(now['account']).toEqual(before['account']);
    expect(now['session']).toEqual(before['session']);
  });

  test('goes where an instance was started and never used, whatever keys it made', async () => {
    const place = await emptyPlace(engine);
    await withParts(place, async () => undefined);
    expect((await aluco(place, 'restore', file, '--identity', identity)).complained).toEqual([]);
    expect((await rowsOf(place))['signing_key']).toEqual(before['signing_key']);
  });

  test('is refused while an instance runs on the empty place', async () => {
    const place = await emptyPlace(engine);
    await withParts(place, async () => {
      const refused = await aluco(place, 'restore', file, '--identity', identity);
      expect(refused.status).toBe(1);
      expect(refused.complained[0]).toContain('stop Aluco first');
    });
    expect((await rowsOf(place))['account']).toEqual([]);
  });

  test('never goes over another file, nor to a place that cannot be written', async () => {
    const there = path.join(folder, 'there.age');
    await writeFile(there, 'precious');
    const refused = await aluco(house, 'backup', '--to', there, '--recipient', recipient);
    expect(refused).toMatchObject({ status: 1, said: [] });
    expect(refused.complained[0]).toContain('never goes over another file');
    expect(await readFile(there, 'utf8')).toBe('precious');
    const nowhere = path.join(folder, 'no', 'where.age');
    expect((await aluco(house, 'backup', '--to', nowhere, '--recipient', recipient)).complained[0]).toContain('ENOENT');
    expect((await readdir(folder)).filter((name) => name.includes('part'))).toEqual([]);
  });

  test('takes a passphrase of its own, long enough and not the master key', async () => {
    const secret = path.join(folder, 'passphrase');
    const to = path.join(folder, 'phrase.age');
    const key = (await readFile(`${house.environment['ALUCO_DATA']}.key`, 'utf8')).trim();
    const attempt = async (phrase: string) => {
      await writeFile(secret, `${phrase}\n`, { mode: 0o600 });
      return aluco(house, 'backup', '--to', to, '--passphrase-file', secret);
    };
    expect((await attempt('short')).complained[0]).toContain('shorter than 12 characters');
    for (const form of [
      key,
      ` ${key}=`,
      Buffer.from(key, 'base64url').toString('base64'),
      Buffer.from(key, 'base64url').toString('hex'),
    ]) {
      expect((await attempt(form)).complained[0], form).toContain('The passphrase is the master key');
    }
    expect((await attempt('a bell in the fog at noon')).status).toBe(0);
    const place = await emptyPlace('sqlite');
    expect((await aluco(place, 'restore', to, '--passphrase-file', secret)).complained).toEqual([]);
    await writeFile(secret, 'a bell in the fog at dusk\n');
    const other = await emptyPlace('sqlite');
    expect((await aluco(other, 'restore', to, '--passphrase-file', secret)).complained[0]).toContain(
      'does not open with this key',
    );
  });

  test('wants one way of being closed, and a recipient that is one', async () => {
    const to = path.join(folder, 'none.age');
    expect((await aluco(house, 'backup', '--to', to)).status).toBe(2);
    expect((await aluco(house, 'backup', '--recipient', recipient, '--passphrase-file', identity)).status).toBe(2);
    expect((await aluco(house, 'backup', '--to', to, '--recipient', 'bruno')).complained[0]).toContain(
      'bruno is not a recipient of age',
    );
    expect((await aluco(house, 'backup', 'key', identity)).complained[0]).toContain('is there already');
    expect((await readdir(folder)).filter((name) => name.startsWith('none'))).toEqual([]);
  });

  test('restored quietly sends nothing until it is told to', async () => {
    const place = await emptyPlace(engine);
    const { said } = await aluco(place, 'restore', file, '--identity', identity, '--quiet');
    expect(said.at(-1)).toContain('aluco house quiet off');
    expect((await aluco(place, 'house', 'quiet')).said).toEqual(['on']);
    const waiting = () =>
      withParts(place, async ({ oidc, storage }) => {
        await oidc.deliverLogouts();
        return (await storage.read.select().from(storage.tables.logoutMessage)).length;
      });
    const [message] = before['logout_message'] ?? [];
    await withParts(place, async ({ storage, seals }) => {
      const opened = JSON.parse(seals.open('logout-message', String(message?.[0]), String(message?.[1]))) as object;
      const sealed = seals.seal('logout-message', 'due', JSON.stringify({ ...opened, due: 0 }));
      await storage.write(
        async (tx) => void (await tx.insert(storage.tables.logoutMessage).values({ id: 'due', sealed, dueHour: 0 })),
      );
    });
    expect(await waiting()).toBe(1);
    expect((await aluco(place, 'house', 'quiet', 'off')).said).toEqual(['off']);
    await waiting();
    const left = (await rowsOf(place))['logout_message'] ?? [];
    expect(left.filter(([id]) => id === 'due')).toEqual([]);
    // It is a matter of the place: a backup does not carry it on.
    await aluco(place, 'house', 'quiet', 'on');
    const to = path.join(place.folder, 'quiet.age');
    await aluco(place, 'backup', '--to', to, '--recipient', recipient);
    expect((await linesOf(to, await identityOf(identity))).filter((line) => line.includes('"quiet"'))).toEqual([]);
  });

  test('has the register of connections only where one is kept', async () => {
    const { storage } = house.parts;
    await storage.write(
      async (tx) => void (await tx.insert(storage.tables.connection).values({ id: 'seen', day: 0, sealed: 'x' })),
    );
    const tableIn = async (name: string, environment: Record<string, string>): Promise<boolean> => {
      const to = path.join(folder, name);
      await aluco({ environment }, 'backup', '--to', to, '--recipient', recipient);
      return (await linesOf(to, await identityOf(identity))).includes('{"table":"connection"}');
    };
    expect(await tableIn('without.age', house.environment)).toBe(false);
    await house.parts.house.change({ ALUCO_CONNECTION_MONTHS: '3' });
    expect(await tableIn('with.age', house.environment)).toBe(true);
    expect(await tableIn('given.age', { ...house.environment, ALUCO_CONNECTION_MONTHS: '0' })).toBe(false);
  });
});

async function identityOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split('\n')[1] ?? '';
}
