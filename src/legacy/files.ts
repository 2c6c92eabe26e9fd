import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import { FRAME, openFrames, roomOr, sealFrame } from './frames.ts';

/** The most bytes of a file that comes by a page; the command takes longer ones. */
export const FILE_LIMIT = 2 * 1024 ** 3;
const HOUR = 3_600_000;
/** A file of nobody's is removed once nothing was written to it for so long: it may be on its way still. */
const FORGOTTEN = HOUR;

/** A file as it lies on the disk of this node. */
export type KeptFile = { readonly key: string; readonly size: number };

/** Lines that are added to a file one after the other. */
export type LineFile = {
  /** Resolves once they are in the file. */
  add(lines: string): Promise<void>;
  close(): Promise<void>;
};

export type Files = ReturnType<typeof makeFiles>;

/** Writes frames to the end of a file. */
function makeWriter(handle: FileHandle, key: KeyObject) {
  let number = 0;
  let waiting: Buffer[] = [];
  let held = 0;

  async function frame(plain: Buffer, isLast: boolean): Promise<void> {
    await handle.appendFile(sealFrame(key, number, plain, isLast));
    number += 1;
  }

  /** Writes what fills whole frames, and the rest as well where `all`. */
  async function drain(all: boolean, isLast: boolean): Promise<void> {
    let bytes = Buffer.concat(waiting);
    while (bytes.length > FRAME) {
      await frame(bytes.subarray(0, FRAME), false);
      bytes = bytes.subarray(FRAME);
    }
    if (isLast || (all && bytes.length > 0)) {
      await frame(bytes, isLast);
      bytes = Buffer.alloc(0);
    }
    waiting = [bytes];
    held = bytes.length;
  }

  return {
    async add(chunk: Buffer): Promise<void> {
      waiting.push(chunk);
      held += chunk.length;
      if (held > FRAME) await drain(false, false);
    },
    flush: () => drain(true, false),
    end: () => drain(true, true),
  };
}

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

  async function create(name: string): Promise<FileHandle> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return open(name, 'wx', 0o600);
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
        const writer = makeWriter(handle, key);
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
        await handle.close();
        await rm(name, { force: true });
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

    /** What lines were rejected: the file for further ones, after the first `keep` bytes of what it holds so far. */
    async rejects(id: string, key: string, keep: number): Promise<LineFile> {
      const sealing = createSecretKey(key, 'base64url');
      const fresh = `${rejectsOf(id)}-new`;
      await rm(fresh, { force: true });
      const handle = await create(fresh);
      const writer = makeWriter(handle, sealing);
      let left = keep;
      for await (const chunk of this.rejected(id, key)) {
        if (left === 0) break;
        const kept = chunk.subarray(0, left);
        await writer.add(kept);
        left -= kept.length;
      }
      await writer.flush();
      await rename(fresh, rejectsOf(id));
      return {
        async add(lines) {
          await writer.add(Buffer.from(lines));
          await writer.flush();
        },
        async close() {
          try {
            await writer.end();
          } finally {
            await handle.close();
          }
        },
      };
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
