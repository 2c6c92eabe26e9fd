import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../src/config.ts';
import { SpoolFullError } from '../../../src/mail/spool/spool.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { isUnavailable } from '../../../src/storage/storage.ts';
import { openGround } from '../../engines.ts';
import { HERON, keep, MAGPIE, octets, openSpool, SPARROW, takeAll, toProfile } from './sorting-office.ts';

const run = promisify(execFile);
const MB = 1_000_000;

test('eight messages of 25 MB at once are kept and read in memory that does not grow with them', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-large-'));
  try {
    const { stdout } = await run(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', path.join(ROOT, 'test/mail/spool/eight-at-once.ts'), folder],
      { cwd: ROOT, maxBuffer: MB },
    );
    const { read, peak } = JSON.parse(stdout) as { read: number; peak: number };
    expect(read).toBe(8 * 25 * MB);
    // Of 200 MB of mail there are a few pieces in memory, and some that are not freed yet.
    expect(peak).toBeLessThan(100 * MB);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

test('what became of a message is not forgotten while it cannot be written down, and the message is not sent again', async () => {
  const ground = await openGround('sqlite');
  const other = new Database(path.join(ground.folder, 'aluco.sqlite'));
  try {
    const { spool } = openSpool(ground, { time: Date.UTC(2026, 10, 21, 9, 30) });
    const [delivery] = await keep(spool, octets('x', 10), [toProfile(HERON)]);
    if (delivery === undefined) throw new Error('none');
    other.exec('BEGIN IMMEDIATE');
    expect(await spool.settle(delivery, { state: 'delivered' })).toBe(true);
    await expect(takeAll(spool)).rejects.toSatisfy(isUnavailable);
    expect((await spool.logOf(HERON))[0]?.state).toBe('waiting');
    other.exec('ROLLBACK');
    expect(await takeAll(spool)).toEqual([]);
    expect(await spool.logOf(HERON)).toMatchObject([{ state: 'delivered', isOpen: false }]);
  } finally {
    other.close();
    await ground.close();
  }
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
  test('a full disk refuses a message whole, and keeps what was there', async () => {
    const ground = await openGround('sqlite');
    const disk = path.join(ground.folder, 'disk');
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', disk]);
    const storage = await openStorage('sqlite', disk);
    try {
      const { seals } = ground;
      // Goes on with each look, so that none of what the disk says is old.
      const clock = {
        start: Date.UTC(2026, 10, 21, 9, 30),
        get time() {
          this.start += 2000;
          return this.start;
        },
      };
      const office = { ...ground, storage, seals };
      const { spool } = openSpool(office, clock, { limits: { free: 4 * MB } });
      const [first] = await keep(spool, octets('x', 100_000), [toProfile(HERON)]);
      if (first === undefined) throw new Error('none');

      // One that is too large for what is left: refused before it takes the last of it, and nothing stays.
      await expect(keep(spool, octets('x', 40 * MB), [toProfile(MAGPIE)])).rejects.toThrow(SpoolFullError);
      const { spool: messages, spoolChunk } = storage.tables;
      const ids = async () => [
        await storage.read.select({ id: messages.id }).from(messages),
        await storage.read.select({ id: spoolChunk.spoolId }).from(spoolChunk),
      ];
      expect((await ids()).map((found) => found.length)).toEqual([1, 1]);

      // Somebody else fills the disk to its last byte: what was removed has left room in the file.
      const ballast = path.join(disk, 'ballast');
      await writeFile(ballast, Buffer.alloc(40 * MB)).catch(() => undefined);
      expect(await keep(spool, octets('x', 50_000), [toProfile(SPARROW)])).toHaveLength(1);
      const refused = keep(spool, octets('x', 40 * MB), [toProfile(MAGPIE)]);
      await expect(refused).rejects.toSatisfy(isUnavailable);

      await rm(ballast);
      expect(await spool.settle(first, { state: 'delivered' })).toBe(true);
      expect((await spool.logOf(HERON))[0]).toMatchObject({ state: 'delivered', isOpen: false });
      expect(await spool.logOf(MAGPIE)).toEqual([]);
      expect(await keep(spool, octets('x', 50_000), [toProfile(MAGPIE)])).toHaveLength(1);
      // What could not even be removed is, in time.
      clock.start += 7 * 3_600_000;
      await spool.sweep();
      expect((await ids()).map((found) => found.length)).toEqual([2, 0]);
    } finally {
      await storage.close();
      execFileSync('umount', [disk]);
      await ground.close();
    }
  });
});
