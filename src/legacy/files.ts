import { createSecretKey, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import { FRAME, FrameError, openFrames, roomOr } from './frames.ts';
import { makeFrameWriter, makeLineFile, type LineFile } from './line-file.ts';

/** The most bytes of a file that comes by a page; the command takes longer ones. */
export const FILE_LIMIT = 2 * 1024 ** 3;
const HOUR = 3_600_000;
/** A file of nobody's is removed once nothing was written to it for so long: it may be on its way still. */
const FORGOTTEN = HOUR;

/** A file as it lies on the disk of this node. */
export type KeptFile = { readonly key: string; readonly size: number };

export type Files = ReturnType<typeof makeFiles>;

/** What lies in a file, which is opened once somebody reads it. */
async function* readAs(name: string, options: { highWaterMark?: number } = {}): AsyncGenerator<Buffer> {
  yield* createReadStream(name, options);
}

/**
 * Files with the users of an application, on the disk of the node that took them: encrypted as they arrive, each under a
 * random key of its own that lies sealed in the database. Whoever has the disk alone reads nothing.
 */
export function makeFiles({ folder, limit = FILE_LIMIT }: { folder: string; limit?: number }) {
  const pathOf = (name: string): string => path.join(folder, name);
  /** What lies here for a task: the file itself, and the lines of it that were rejected. */
  const usersOf = (id: string): string => pathOf(`${id}.users`);
  const rejectsOf = (id: string): string => pathOf(`${id}.rejects`);

  /** @throws {UserError} upload_no_room */
  async function create(name: string): Promise<FileHandle> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await open(name, 'wx', 0o600);
    } catch (error) {
      throw roomOr(error);
    }
  }

  /** Removes a file that did not come to its end. */
  async function abandon(handle: FileHandle, name: string): Promise<void> {
    await handle.close().catch(() => undefined);
    await rm(name, { force: true });
  }

  /** Has the names of the files on the disk, too. */
  async function syncFolder(): Promise<void> {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  }

  return {
    limit,

    /**
     * Takes a file as it arrives; nothing stays of one that does not arrive whole.
     * @throws {UserError} upload_large, upload_empty, upload_no_room
     */
    async take(id: string, source: AsyncIterable<Buffer>): Promise<KeptFile> {
      const key = createSecretKey(randomBytes(32));
      const name = usersOf(id);
      let size = 0;
      const handle = await create(name);
      try {
        const writer = makeFrameWriter(handle, key);
        for await (const chunk of source) {
          size += chunk.length;
          if (size > limit) throw new UserError('upload_large');
          await writer.add(chunk);
        }
        if (size === 0) throw new UserError('upload_empty');
        await writer.end();
        await handle.sync();
        await handle.close();
        return { key: key.export().toString('base64url'), size };
      } catch (error) {
        await abandon(handle, name);
        throw roomOr(error);
      }
    },

    /** Whether the file of a task lies on this node. */
    async has(id: string): Promise<boolean> {
      const found = await stat(usersOf(id)).catch(() => undefined);
      return found?.isFile() === true;
    },

    /**
     * The file of a task as it came, opened once somebody reads it; the stream fails with a `FrameError` where it is not
     * whole.
     */
    open(id: string, key: string): Readable {
      const chunks = readAs(usersOf(id), { highWaterMark: 4 * FRAME });
      return Readable.from(openFrames(createSecretKey(key, 'base64url'), chunks, false), { objectMode: false });
    },

    /**
     * What lines were rejected: the file for further ones, after the first `keep` bytes of what it holds so far.
     * @throws {FrameError} where it holds fewer; {UserError} upload_no_room
     */
    async rejects(id: string, key: string, keep: number): Promise<LineFile> {
      const fresh = `${rejectsOf(id)}-new`;
      await rm(fresh, { force: true });
      const handle = await create(fresh);
      try {
        const writer = makeFrameWriter(handle, createSecretKey(key, 'base64url'));
        let left = keep;
        // What comes after them may be cut: nobody looks at it.
        const kept = left === 0 ? [] : this.rejected(id, key);
        for await (const chunk of kept) {
          const part = chunk.subarray(0, left);
          await writer.add(part);
          left -= part.length;
          if (left === 0) break;
        }
        if (left > 0) throw new FrameError('rejected lines are missing');
        await writer.flush();
        await handle.datasync();
        await rename(fresh, rejectsOf(id));
        await syncFolder();
        return makeLineFile(handle, writer);
      } catch (error) {
        await abandon(handle, fresh);
        throw roomOr(error);
      }
    },

    /** The lines that were rejected so far; none where no file of them lies here. */
    async *rejected(id: string, key: string): AsyncGenerator<Buffer> {
      const name = rejectsOf(id);
      if ((await stat(name).catch(() => undefined)) === undefined) return;
      yield* openFrames(createSecretKey(key, 'base64url'), readAs(name), true);
    },

    /** Forgets what stands in the file of a task, which stays there, empty; rejected lines are kept. */
    async empty(id: string): Promise<void> {
      await truncate(usersOf(id));
    },

    /** Removes all that lies here for a task. */
    async remove(id: string): Promise<void> {
      for (const name of await readdir(folder).catch(() => [])) {
        if (name.startsWith(`${id}.`)) await rm(pathOf(name), { force: true });
      }
    },

    /** Removes what lies here for no task of `known`, and is on its way no more. Returns how many files that were. */
    async sweep(known: ReadonlySet<string>, now: number): Promise<number> {
      let removed = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        if (known.has(name.slice(0, name.indexOf('.')))) continue;
        const found = await stat(pathOf(name)).catch(() => undefined);
        if (found === undefined || found.mtimeMs > now - FORGOTTEN) continue;
        await rm(pathOf(name), { force: true });
        removed += 1;
      }
      return removed;
    },
  };
}
