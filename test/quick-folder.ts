import { mkdtemp, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';

/** Files there are memory: they must never be what fills it, and the program looks at how much room there is. */
const ROOM = 4_000_000_000;

async function hasRoom(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ROOM;
  } catch {
    return false;
  }
}

/**
 * A new folder for a small database: in memory where the system has room for files there, because each commit waits for
 * the disk and tests make hundreds of thousands of them. Whoever looks at disks makes a folder by themselves.
 */
export async function quickFolder(prefix: string): Promise<string> {
  return mkdtemp(path.join((await hasRoom()) ? MEMORY : os.tmpdir(), prefix));
}
