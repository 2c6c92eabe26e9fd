import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig, SETTINGS, SettingsError } from '../src/config.ts';
import { nodeProblem } from '../src/runtime.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

function run(environment: Record<string, string>): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, said })));
}

test('every setting has a default that passes its own check', () => {
  expect(problemsOf({})).toEqual([]);
  const { given, ...values } = readConfig({});
  expect(Object.keys(values).toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
  expect(given.size).toBe(0);
});

test('all wrong settings are named at once, without their values', () => {
  const problems = problemsOf({
    ALUCO_URL: 'http://example.org',
    ALUCO_PORT: '70000',
    ALUCO_DATABASE: 'mysql://root:hunter2@db',
    ALUCO_MASTER_KEY: 'tooshort',
    ALUCO_ALIAS_DOMAIN: 'not a domain',
    ALUCO_TRUSTED_PROXIES: '10.0.0.0/8 nonsense',
    ALUCO_LANGUAGE: 'de',
    ALUCO_KEY_DAYS: '0',
    ALUCO_LOG_LEVEL: 'loud',
    ALUCO_PROT: '80',
  });
  expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
    'ALUCO_URL',
    'ALUCO_PORT',
    'ALUCO_DATABASE',
    'ALUCO_MASTER_KEY',
    'ALUCO_ALIAS_DOMAIN',
    'ALUCO_TRUSTED_PROXIES',
    'ALUCO_LANGUAGE',
    'ALUCO_KEY_DAYS',
    'ALUCO_LOG_LEVEL',
    'ALUCO_PROT',
  ]);
  expect(problems.join('\n')).not.toMatch(/hunter2|tooshort/u);
});

test.each(['10/8', '1.2.3', '010.0.0.1', '010.0.0.0/8', '0x7f.1', '3232235777', 'fe80::1%a.b', '10.0.0.0/33'])(
  'a trusted proxy is written whole, as everybody reads it: %s is none',
  (network) => {
    expect(problemsOf({ ALUCO_TRUSTED_PROXIES: network })).toHaveLength(1);
    expect(problemsOf({ ALUCO_TRUSTED_PROXIES: '10.0.0.0/8 127.0.0.1 ::1 fd00::/8' })).toEqual([]);
  },
);

test.each([
  ['http://example.org', 'plain http elsewhere'],
  ['https://example.org/', 'a final slash'],
  ['https://example.org/sso', 'a path'],
  ['ftp://example.org', 'another scheme'],
  ['example.org', 'no scheme'],
])('the public address %s is refused: %s', (url) => {
  expect(problemsOf({ ALUCO_URL: url })).toHaveLength(1);
});

test('a secret may come from a file, but not twice, and other settings may not', async () => {
  const file = path.join(folder, 'key');
  const key = Buffer.alloc(32, 1).toString('base64url');
  await writeFile(file, `${key}\n`);
  expect(readConfig({ ALUCO_MASTER_KEY_FILE: file }).ALUCO_MASTER_KEY).toEqual([key]);
  expect(problemsOf({ ALUCO_MASTER_KEY_FILE: file, ALUCO_MASTER_KEY: key })).toEqual([
    'ALUCO_MASTER_KEY is given twice, also as ALUCO_MASTER_KEY_FILE',
  ]);
  expect(problemsOf({ ALUCO_NAME_FILE: file })).toEqual(['ALUCO_NAME cannot be read from a file']);
  expect(problemsOf({ ALUCO_MASTER_KEY_FILE: `${file}.gone` })).toHaveLength(1);
});

test('a master key file inside the data folder is refused', async () => {
  const file = path.join(folder, 'data/key');
  expect(problemsOf({ ALUCO_DATA: path.join(folder, 'data'), ALUCO_MASTER_KEY_FILE: file })).toEqual([
    'ALUCO_MASTER_KEY_FILE lies in the data folder: a copy of the folder would hold the key to itself',
  ]);
});

test('the program ends with status 78 and all problems when settings are wrong', async () => {
  const { status, said } = await run({ ALUCO_PORT: 'none', ALUCO_LANGUAGE: 'de' });
  expect(status).toBe(78);
  expect(said.trim().split('\n')).toHaveLength(2);
});

test('a Node that is too old is refused in one line', () => {
  expect(nodeProblem('20.20.2')).toBe('Aluco needs Node 24 or newer; this is Node 20.20.2.');
  expect(nodeProblem('24.0.0')).toBeUndefined();
  expect(nodeProblem('26.1.0')).toBeUndefined();
});
