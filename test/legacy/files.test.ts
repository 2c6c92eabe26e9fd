import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, open, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFiles } from '../../src/legacy/files.ts';
import { FRAME, FrameError } from '../../src/legacy/frames.ts';

describe('files of old accounts on the disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'aluco-files-')), 'imports');
  });
  afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

  const from = (...parts: Buffer[]): AsyncIterable<Buffer> => Readable.from(parts) as AsyncIterable<Buffer>;
  async function all(parts: AsyncIterable<Buffer | string>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const part of parts) chunks.push(Buffer.from(part));
    return Buffer.concat(chunks);
  }
  /** What of the folder this process holds open. */
  async function opened(): Promise<string[]> {
    const handles = await readdir('/proc/self/fd');
    const targets = await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));
    return targets.filter((target) => target.startsWith(folder));
  }
  const heron = Buffer.from('heron,heron@old.example\n');

  test.each([1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])(
    'of %i bytes are read as they came, and nobody else can read them',
    async (size) => {
      const files = makeFiles({ folder });
      const bytes = Buffer.alloc(size, heron);
      const { key, size: counted } = await files.take('a', from(bytes.subarray(0, 10), bytes.subarray(10)));
      expect(counted).toBe(size);
      expect((await all(files.open('a', key))).equals(bytes)).toBe(true);
      const lying = await readFile(path.join(folder, 'a.users'));
      expect(lying.includes(heron.subarray(0, 5))).toBe(false);
      expect((await stat(path.join(folder, 'a.users'))).mode & 0o077).toBe(0);
      expect((await stat(folder)).mode & 0o077).toBe(0);
      const other = await makeFiles({ folder }).take('b', from(heron));
      await expect(all(files.open('a', other.key))).rejects.toThrow(FrameError);
    },
  );

  test('are not read where they were cut, lengthened, changed, or their frames moved', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(Buffer.alloc(2.5 * FRAME, heron)));
    const name = path.join(folder, 'a.users');
    const whole = await readFile(name);
    const frame = 5 + 12 + FRAME + 16;
    const [first, second, last] = [
      whole.subarray(0, frame),
      whole.subarray(frame, 2 * frame),
      whole.subarray(2 * frame),
    ];
    const changed = Buffer.from(whole);
    changed[100] = (changed[100] ?? 0) ^ 1;
    const wrong: Record<string, Buffer> = {
      cut: whole.subarray(0, -1),
      'without its end': whole.subarray(0, 2 * frame),
      empty: Buffer.alloc(0),
      longer: Buffer.concat([whole, Buffer.from('x')]),
      twice: Buffer.concat([whole, last]),
      moved: Buffer.concat([second, first, last]),
      changed,
    };
    for (const [how, bytes] of Object.entries(wrong)) {
      await writeFile(name, bytes);
      await expect(all(files.open('a', key)), how).rejects.toThrow(FrameError);
    }
    await writeFile(name, whole);
    expect(await all(files.open('a', key))).toHaveLength(2.5 * FRAME);
  });

  test('leave nothing behind that is empty, too large, or cut off on its way', async () => {
    const files = makeFiles({ folder, limit: 1000 });
    await expect(files.take('a', from())).rejects.toThrow('upload_empty');
    await expect(files.take('a', from(Buffer.alloc(600), Buffer.alloc(401)))).rejects.toThrow('upload_large');
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(500);
      throw new Error('gone');
    }
    await expect(files.take('a', broken())).rejects.toThrow('gone');
    expect(await readdir(folder)).toEqual([]);
    expect(await files.take('a', from(Buffer.alloc(1000)))).toMatchObject({ size: 1000 });
    // Another one does not take its place.
    await expect(files.take('a', from(heron))).rejects.toThrow('EEXIST');
    expect(await files.has('a')).toBe(true);
    expect(await files.has('b')).toBe(false);
  });

  test('hold rejected lines in their order, also where work goes on from before the end of them', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    expect(await all(files.rejected('a', key))).toHaveLength(0);
    const first = await files.rejects('a', key, 0);
    await first.add('one\ntwo\n');
    await first.add('three\n');
    // Killed: nobody closes it, and what it holds is there all the same.
    expect(String(await all(files.rejected('a', key)))).toBe('one\ntwo\nthree\n');
    const second = await files.rejects('a', key, 8);
    await second.add('3\n');
    await second.close();
    expect(String(await all(files.rejected('a', key)))).toBe('one\ntwo\n3\n');
    await files.remove('a');
    expect(await readdir(folder)).toEqual([]);
  });

  test('are opened when they are read, and not before', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    const unread = files.open('a', key);
    const gone = files.open('gone', key);
    await wait(100);
    expect(await opened()).toEqual([]);
    await expect(all(gone)).rejects.toThrow('ENOENT');
    expect(await all(unread)).toEqual(heron);
  });

  test('have rejected lines on the disk before whoever added them counts them', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    const lines = await files.rejects('a', key, 0);
    const handle = await open(path.join(folder, 'a.rejects'));
    const synced = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'datasync');
    try {
      await lines.add('one\n');
      expect(synced).toHaveBeenCalledOnce();
      await lines.add('two\n');
      expect(synced).toHaveBeenCalledTimes(2);
    } finally {
      synced.mockRestore();
      await handle.close();
      await lines.close();
    }
  });

  test('do not take further rejected lines where earlier ones are missing', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    await expect(files.rejects('a', key, 8)).rejects.toThrow(FrameError);
    const first = await files.rejects('a', key, 0);
    await first.add('one\n');
    await first.close();
    await expect(files.rejects('a', key, 8)).rejects.toThrow(FrameError);
    expect((await readdir(folder)).toSorted()).toEqual(['a.rejects', 'a.users']);
    expect(String(await all(files.rejected('a', key)))).toBe('one\n');
  });

  test('hold rejected lines that are kept, whatever a crash left behind them', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    const first = await files.rejects('a', key, 0);
    await first.add('one\n');
    await first.close();
    await appendFile(path.join(folder, 'a.rejects'), Buffer.alloc(4096));
    const second = await files.rejects('a', key, 4);
    await second.add('two\n');
    await second.close();
    expect(String(await all(files.rejected('a', key)))).toBe('one\ntwo\n');
  });

  /** How large a file of this process may become: what is beyond that finds no room. */
  const room = (bytes: number | 'unlimited') =>
    promisify(execFile)('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);

  test('say where there is no room, keep the lines that found some, and close what they opened', async () => {
    const files = makeFiles({ folder });
    const { key } = await files.take('a', from(heron));
    const lines = Buffer.alloc(1000, heron).toString();
    const first = await files.rejects('a', key, 0);
    await first.add('one\n');
    try {
      await room(600);
      await expect(files.take('b', from(Buffer.alloc(1000)))).rejects.toThrow('upload_no_room');
      await expect(first.add(lines)).rejects.toThrow('upload_no_room');
      await first.close();
    } finally {
      await room('unlimited');
    }
    expect(String(await all(files.rejected('a', key)))).toBe('one\n');
    const second = await files.rejects('a', key, 4);
    await second.add(lines);
    try {
      await room(600);
      await expect(files.rejects('a', key, 800)).rejects.toThrow('upload_no_room');
      await expect(second.close()).rejects.toThrow('upload_no_room');
    } finally {
      await room('unlimited');
    }
    expect((await readdir(folder)).toSorted()).toEqual(['a.rejects', 'a.users']);
    expect(await opened()).toEqual([]);
    expect(String(await all(files.rejected('a', key)))).toBe(`one\n${lines}`);
  });

  test('that belong to nothing are swept once nobody writes to them', async () => {
    const files = makeFiles({ folder });
    await files.take('known', from(heron));
    await files.take('old', from(heron));
    await files.take('fresh', from(heron));
    const now = Date.now();
    for (const name of ['known', 'old'])
      await utimes(path.join(folder, `${name}.users`), now / 1000 - 7200, now / 1000 - 7200);
    expect(await files.sweep(new Set(['known']), now)).toBe(1);
    expect((await readdir(folder)).toSorted()).toEqual(['fresh.users', 'known.users']);
    expect(await makeFiles({ folder: `${folder}-none` }).sweep(new Set(), now)).toBe(0);
  });
});
