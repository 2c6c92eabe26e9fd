import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { freePort } from '../free-port.ts';
import { PEOPLE } from '../people.ts';
import { README } from '../readme/generated.ts';
import { makeVisitor } from '../visitor.ts';
import { makeOlder, OLDER, SINCE } from './older.ts';
import { newPlace, removePlace, rowsOf, settle, withParts, type Place } from './places.ts';

const run = promisify(execFile);

let built: string;
beforeAll(async () => {
  built = await mkdtemp(path.join(os.tmpdir(), 'aluco-built-'));
  await run('node_modules/.bin/tsx', ['build.config.ts', path.join(built, 'dist')], { cwd: ROOT });
});
afterAll(() => rm(built, { recursive: true, force: true }));

/** The program as it is installed. The version before knew fewer migrations. */
async function install(to: string, isOlder: boolean): Promise<void> {
  await mkdir(path.join(to, 'views'), { recursive: true });
  await cp(path.join(built, 'dist'), path.join(to, 'dist'), { recursive: true });
  await cp(path.join(ROOT, 'migrations'), path.join(to, 'migrations'), { recursive: true });
  await cp(path.join(ROOT, 'views/assets'), path.join(to, 'views/assets'), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(to, 'node_modules'));
  for (const engine of isOlder ? ['sqlite', 'postgres'] : []) {
    const journal = path.join(to, `migrations/${engine}/meta/_journal.json`);
    const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8')) as { entries: { tag: string }[] };
    await writeFile(journal, JSON.stringify({ ...rest, entries: entries.filter(({ tag }) => tag <= OLDER) }));
  }
}

/** A machine of its own: what stands at these paths in the README stands below `root`. */
type Machine = { readonly root: string; readonly url: string; readonly environment: Record<string, string> };

const PATHS = ['/opt/aluco', '/etc/aluco', '/var/backups/aluco', '/var/lib/aluco'];

/** The commands under a mark in the README, with nothing but paths replaced. */
async function steps(mark: string, { root }: Machine): Promise<string> {
  const readme = await readFile(README, 'utf8');
  const block = new RegExp(`<!-- steps: ${mark} -->\n+\`\`\`sh\n(.*?)\`\`\``, 'su').exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no steps ${mark}`);
  return PATHS.reduce((text, prefix) => text.replaceAll(prefix, `${root}${prefix}`), block);
}

/** Runs the README's commands one after another; the first that fails ends them. */
async function follow(mark: string, machine: Machine): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', await steps(mark, machine)], {
    env: { PATH: `${machine.root}/bin:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let wrote = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (wrote += String(chunk)));
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect(status, `${mark}\n${wrote}`).toBe(0);
  return wrote;
}

async function script(machine: Machine, name: string, ...lines: string[]): Promise<void> {
  const file = path.join(machine.root, 'bin', name);
  await writeFile(file, ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n'));
  await chmod(file, 0o755);
}

/** What a machine has besides: the service manager, `install` without its owner, the program's wrapper, PostgreSQL's createdb. */
async function equip(machine: Machine): Promise<void> {
  const { root, url } = machine;
  const node = process.execPath;
  await mkdir(path.join(root, 'bin'));
  await script(
    machine,
    'aluco',
    `exec ${node} --env-file=${root}/etc/aluco/settings ${root}/opt/aluco/dist/cli.js "$@"`,
  );
  await script(
    machine,
    'systemctl',
    `if [ "$1" = stop ]; then`,
    `  kill -TERM "$(cat ${root}/pid)"`,
    `  while kill -0 "$(cat ${root}/pid)" 2>/dev/null; do sleep 0.05; done`,
    'else',
    `  cd ${root}/opt/aluco`,
    `  ${node} --env-file=${root}/etc/aluco/settings dist/main.js </dev/null >>${root}/log 2>&1 &`,
    `  echo $! > ${root}/pid`,
    `  until ${node} -e 'fetch("${url}/.well-known/openid-configuration").then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))'; do`,
    `    kill -0 "$(cat ${root}/pid)"; sleep 0.05`,
    '  done',
    'fi',
  );
  await script(
    machine,
    'install',
    `[ "$*" = "-d -o aluco -g aluco -m 700 ${root}/var/backups/aluco" ]`,
    'mkdir -p -m 700 "$8"',
  );
  const [address, name] = ['postgres', 'aluco_back'].map((text) => `${inject('postgres')}/${text}`);
  await script(
    machine,
    'createdb',
    `[ "$*" = "--owner aluco aluco_back" ]`,
    `cd ${ROOT} && ${node} -e 'const pg = require("pg"); const c = new pg.Client("${address}"); c.connect().then(() => c.query("CREATE DATABASE aluco_back OWNER aluco")).then(() => c.end())'`,
    `echo made ${name}`,
  );
}

async function signIn(machine: Machine, person: 'alix' | 'bruno'): Promise<string> {
  const visitor = makeVisitor();
  const page = await visitor.submit(await visitor.get(`${machine.url}/`), '/sign-in', {
    login: PEOPLE[person].loginName,
    password: PEOPLE[person].password,
  });
  return page.text;
}

async function forget(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject('postgres')}/postgres` });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.end();
}

describe.each(['sqlite', 'postgres'] as const)('the README’s way on %s', (engine) => {
  let machine: Machine;
  let before: Awaited<ReturnType<typeof rowsOf>>;
  const places: Place[] = [];

  const database = async (): Promise<Awaited<ReturnType<typeof rowsOf>>> => {
    const settings = await readFile(path.join(machine.root, 'etc/aluco/settings'), 'utf8');
    const ALUCO_DATABASE = /^ALUCO_DATABASE=(.*)$/mu.exec(settings)?.[1] ?? '';
    return rowsOf({ environment: { ...machine.environment, ALUCO_DATABASE } });
  };

  beforeAll(async () => {
    for (const name of ['aluco', 'aluco_back']) await forget(name);
    const root = await mkdtemp(path.join(os.tmpdir(), 'aluco-machine-'));
    const port = await freePort();
    const now = await newPlace(engine);
    places.push(now);
    await withParts(now, settle);
    const environment = {
      ALUCO_URL: `http://localhost:${port}`,
      ALUCO_PORT: String(port),
      ALUCO_LISTEN: 'localhost',
      ALUCO_LANGUAGE: 'en',
      ALUCO_DATA: `${root}/var/lib/aluco/data`,
      ALUCO_DATABASE: engine === 'sqlite' ? 'sqlite' : `${inject('postgres')}/aluco`,
      ALUCO_MASTER_KEY: now.environment['ALUCO_MASTER_KEY'] ?? '',
    };
    machine = { root, url: environment.ALUCO_URL, environment };
    await equip(machine);
    await install(`${root}/opt/aluco`, true);
    await install(`${root}/opt/aluco.next`, false);
    for (const folder of ['etc/aluco', 'var/lib/aluco']) {
      await mkdir(path.join(root, folder), { recursive: true });
    }
    const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(path.join(root, 'etc/aluco/settings'), settings.join(''));
    if (engine === 'postgres') {
      const client = new pg.Client({ connectionString: `${inject('postgres')}/postgres` });
      await client.connect();
      await client.query('CREATE DATABASE aluco');
      await client.end();
    }
    await makeOlder(now, { folder: root, environment });
    before = await database();
    await run(`${root}/bin/systemctl`, ['start', 'aluco']);
  });

  afterAll(async () => {
    await run(`${machine.root}/bin/systemctl`, ['stop', 'aluco']).catch(() => undefined);
    for (const place of places) await removePlace(place);
    await rm(machine.root, { recursive: true, force: true });
    for (const name of ['aluco', 'aluco_back']) await forget(name);
  });

  /** What people made must be there, to the last row; sessions come and go. */
  async function expectEverybody(): Promise<void> {
    const after = await database();
    const lasting = [
      'account',
      'login_taken',
      'credential',
      'holding',
      'profile',
      'name_taken',
      'application',
      'client',
    ];
    for (const table of [...lasting, 'groups', 'group_member', 'timeline']) {
      const width = before[table]?.[0]?.length ?? 0;
      expect(
        after[table]?.map((row) => row.slice(0, width)),
        table,
      ).toEqual(before[table]);
    }
  }

  test('leads from the version before to this one, where Alix signs in', async () => {
    await follow('backup key', machine);
    const said = await follow('upgrade', machine);
    expect(said).toContain('accounts 4, applications 2, profiles 4');
    expect(said).toContain('Everything holds together.');
    await expectEverybody();
    expect(await signIn(machine, 'alix')).toContain('heron');
  });

  test('the version before says that the database is newer than itself, and the log how to go back', async () => {
    const older = `${machine.root}/opt/aluco.before/dist/cli.js`;
    const attempt = run(process.execPath, [`--env-file=${machine.root}/etc/aluco/settings`, older, 'house', 'show']);
    await expect(attempt).rejects.toMatchObject({ code: 78 });
    await expect(attempt).rejects.toThrow(
      `newer version of Aluco (${SINCE.join(', ')}). Start that version, or restore a backup`,
    );
    const log = await readFile(`${machine.root}/log`, 'utf8');
    expect(log).toContain(`"event":"database_upgraded","migrations":${JSON.stringify(SINCE)}`);
    if (engine === 'sqlite')
      expect(log).toMatch(/"copy":"[^"]*before-0001_house\.sqlite","back":"to go back: stop, put/u);
  });

  test.runIf(engine === 'sqlite')(
    'leads back with the copy, and on to this version again',
    async () => {
      await withParts(machine, async ({ accounts }) => {
        await accounts.add({ loginName: 'latecomer', password: 'too late for the copy', language: 'fr' });
      });
      await follow('back with the copy', machine);
      await expectEverybody();
      expect((await database())['invitation']).toBeUndefined();
      await rm(`${machine.root}/var/backups/aluco/before.age`);
      expect(await follow('upgrade', machine)).toContain('Everything holds together.');
      await expectEverybody();
    },
    120_000,
  );

  test('leads back with the backup, and on to this version, where Alix signs in again', async () => {
    await follow(`back with the backup, on ${engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`, machine);
    await expectEverybody();
    expect((await database())['session']).toEqual([]);
    expect((await database())['invitation']).toBeUndefined();
    await rm(`${machine.root}/var/backups/aluco/before.age`);
    expect(await follow('upgrade', machine)).toContain('Everything holds together.');
    await expectEverybody();
    expect(await signIn(machine, 'alix')).toContain('sparrow');
    expect(await signIn(machine, 'bruno')).toContain('swift');
  });
});
