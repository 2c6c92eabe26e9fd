import { execFile, execFileSync } from 'node:child_process';
import { writeFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStorage } from '../../src/storage/open.ts';
import { PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Visitor } from '../visitor.ts';
import { addByCommand, makePlace, startProgram, type Program } from './program.ts';

const run = promisify(execFile);
let place: Awaited<ReturnType<typeof makePlace>>;
let program: Program | undefined;
beforeAll(async () => {
  place = await makePlace();
});
afterEach(async () => {
  await program?.stop();
  program = undefined;
});
afterAll(() => place.remove());

async function signIn(visitor: Visitor): Promise<{ status: number; text: string }> {
  const form = await visitor.get(`${place.url}/account`);
  if (form.status !== 200) return { status: form.status, text: textOf(form) };
  const { loginName: login, password } = PEOPLE.alix;
  const page = await visitor.submit(form, '/sign-in', { login, password });
  return { status: page.status, text: textOf(page) };
}

const ready = async (): Promise<number> => (await fetch(`${place.url}/readyz`)).status;

/** Everything about a disk without room, whichever way it came about. */
async function endure(fill: () => Promise<void>, empty: () => Promise<void>): Promise<void> {
  const { environment, url } = place;
  const running = startProgram(environment);
  program = running;
  await running.logged('listening');
  await addByCommand(environment, 'alix');
  const alix = makeVisitor();
  expect((await signIn(alix)).status).toBe(200);

  await fill();
  // What is only read goes on; what writes is refused, and nothing of it is there afterwards.
  expect((await alix.get(`${url}/`)).status).toBe(200);
  const account = await alix.get(`${url}/account`);
  expect(account.status).toBe(200);
  for (let number = 0; number < 5; number += 1) {
    const refused = await alix.submit(account, '/language', { language: 'fr' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(textOf(refused)).toMatch(/cannot work right now|ne peut pas fonctionner/u);
  }
  expect(await signIn(makeVisitor())).toMatchObject({ status: 503 });
  await vi.waitUntil(async () => (await ready()) === 503, { timeout: 60_000 });
  expect((await alix.get(`${url}/account`)).document.querySelector('html')?.getAttribute('lang')).toBe('en');
  expect(running.count('database_lost')).toBe(1);
  expect(running.count('internal')).toBe(0);

  await empty();
  await vi.waitUntil(async () => (await ready()) === 200, { timeout: 60_000 });
  expect((await signIn(makeVisitor())).status).toBe(200);
  await alix.submit(await alix.get(`${url}/account`), '/language', { language: 'fr' });
  expect((await alix.get(`${url}/account`)).document.querySelector('html')?.getAttribute('lang')).toBe('fr');
  expect(running.count('database_back')).toBe(1);
  expect(await running.stop()).toBe(0);
  const storage = await openStorage('sqlite', environment['ALUCO_DATA'] ?? '');
  expect((await storage.read.select().from(storage.tables.account)).length).toBe(1);
  await storage.close();
}

test('without room for a byte more, pages are still read, writing is refused in words, and goes on when there is room', async () => {
  await endure(
    async () => void (await run('prlimit', ['--pid', String(program?.pid), '--fsize=1:'])),
    async () => void (await run('prlimit', ['--pid', String(program?.pid), '--fsize=unlimited:'])),
  );
});

/** Whether a file system of its own can be mounted here. */
function canMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt'], { stdio: 'ignore' });
    execFileSync('umount', ['/mnt']);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMount())('on a disk of its own (skipped where none can be mounted)', () => {
  test('a full disk is endured and so is its end', async () => {
    const disk = await makePlace();
    const data = disk.environment['ALUCO_DATA'] ?? '';
    execFileSync('mkdir', [data]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', data]);
    const before = place;
    place = disk;
    try {
      const ballast = path.join(data, 'ballast');
      await endure(
        async () => {
          await writeFile(ballast, Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined);
          expect((await stat(ballast)).size).toBeGreaterThan(0);
        },
        () => rm(ballast),
      );
    } finally {
      await program?.stop();
      program = undefined;
      place = before;
      execFileSync('umount', [data]);
      await disk.remove();
    }
  });
});
