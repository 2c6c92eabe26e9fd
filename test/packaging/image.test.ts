import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { freePort } from '../free-port.ts';
import { assemble, isRoot, readDockerfile, STRANGER } from './assembled.ts';

const as = isRoot ? STRANGER : {};

describe('what the image has, by itself, read-only, under another user', () => {
  let image: Awaited<ReturnType<typeof assemble>>;
  let data: string;
  let environment: Record<string, string>;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    image = await assemble();
    data = await mkdtemp(path.join(os.tmpdir(), 'aluco-volume-'));
    const key = path.join(data, 'secret-key');
    await writeFile(key, `${Buffer.alloc(32, 7).toString('base64url')}=\n`, { mode: 0o600 });
    if (isRoot) for (const file of [data, key]) await chown(file, STRANGER.uid, STRANGER.gid);
    environment = {
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      ALUCO_PORT: String(await freePort()),
      ALUCO_DATA: path.join(data, 'data'),
      ALUCO_MASTER_KEY_FILE: key,
    };
  });
  afterAll(async () => {
    for (const child of children.filter(({ exitCode }) => exitCode === null)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await image.remove();
    await rm(data, { recursive: true, force: true });
  });

  /** The exit status of the image's health check. */
  async function health(): Promise<number | null> {
    const { health } = await readDockerfile();
    const child = spawn(health[0] ?? '', health.slice(1), { cwd: image.folder, env: environment, ...as });
    const [status] = (await once(child, 'exit')) as [number | null];
    return status;
  }

  test('starts with its command, is healthy once it does, writes into its volume alone, and stops when told', async () => {
    expect(await health()).toBe(1);
    const before = await readdir(image.folder, { recursive: true });
    const [command = '', ...args] = (await readDockerfile()).command;
    const child = spawn(command, args, {
      cwd: image.folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
      ...as,
    });
    children.push(child);
    let status: number | null = 1;
    for (let tries = 0; status !== 0 && tries < 480 && child.exitCode === null; tries += 1) {
      await pause(250);
      status = await health();
    }
    expect(status).toBe(0);
    expect(await readdir(data)).toContain('data');
    expect(await readdir(image.folder, { recursive: true })).toEqual(before);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('has the command for administrators', async () => {
    const child = spawn('node', ['dist/cli.js', 'account', 'add', 'odile', '--administrator'], {
      cwd: image.folder,
      env: environment,
      ...as,
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdin.end('nine winters by the mill\n');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('administrator odile\n');
  });
});

test('the image is built from files that are here and .dockerignore lets through, and from no secret', async () => {
  const kept = (await readFile(path.join(ROOT, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('!'));
  const dockerfile = await readFile(path.join(ROOT, 'Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gmu)].flatMap(([, words = '']) =>
    words.split(' ').slice(0, -1),
  );
  expect(copied.length).toBeGreaterThan(5);
  for (const source of copied) {
    const [top = ''] = source.split('/');
    expect(kept).toContain(`!${top}`);
    expect(existsSync(path.join(ROOT, source)), source).toBe(true);
  }
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(last).toMatch(/^USER node$/mu);
  expect(dockerfile).not.toMatch(/KEY|TOKEN|PASSWORD/u);
});
