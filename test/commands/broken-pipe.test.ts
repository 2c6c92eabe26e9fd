import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openHouse, type House } from '../house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** Runs the program into a pipe, which `reader` reads; the status of both, and what the program complained of. */
async function into(reader: string, args: readonly string[]) {
  const cli = path.join(inject('program'), 'cli.js');
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    ['--norc', '-c', `"$@" | ${reader}; echo "\${PIPESTATUS[@]}"`, 'bash', process.execPath, cli, ...args],
    { env: { PATH: process.env['PATH'], ...house.environment } },
  );
  return { said: stdout.trim().split('\n'), complained: stderr };
}

const ADDED = ['--template', 'mastodon', '--people', 'awaited', '--answer', 'address=https://lake.example'];

test('a command whose output nobody reads any more does its work to the end, and complains of nothing', async () => {
  expect(await into('true', ['application', 'add', 'Lake', ...ADDED])).toEqual({ said: ['0 0'], complained: '' });
  const [lake] = await house.parts.applications.list();
  expect(lake?.name).toBe('Lake');
  const listed = await into('head -n 1', ['application', 'list']);
  expect(listed).toEqual({ said: [expect.stringContaining(lake?.id ?? ''), '0 0'], complained: '' });
});

test('a command that fails into such a pipe says so and why', async () => {
  const failed = await into('true', ['application', 'instructions', 'nothing']);
  expect(failed).toEqual({ said: ['1 0'], complained: 'This application is not known here.\n' });
});
