import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { FRAME_ROOM, openFrames, roomOr, sealFrame } from '../frames.ts';

const LINE_FEED = 0x0a;

/** So many bytes are sealed together: of each run that is being read, they and their lines are in memory. */
const FRAME = 16 * 1024;

/** Lines that were written once and are read once, in the same order. */
export type Run = {
  /** Some lines at a time. */
  readonly lines: () => AsyncGenerator<string[]>;
  readonly close: () => Promise<void>;
};

/**
 * A file without a name: it is gone when the program ends, however that happens. What a program left that ended between
 * making a file and taking its name away is empty, and goes now.
 */
async function nameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const left of await readdir(folder)) await rm(path.join(folder, left), { force: true });
  const name = path.join(folder, randomBytes(16).toString('hex'));
  const handle = await open(name, 'wx+', 0o600);
  await rm(name, { force: true });
  return handle;
}

/** The frames of a file, each of which holds good until the next is asked for: thousands would wait to be collected. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(FRAME + FRAME_ROOM);
  for (let at = 0; ;) {
    let held = 0;
    while (held < buffer.length) {
      const { bytesRead } = await handle.read(buffer, held, buffer.length - held, at + held);
      if (bytesRead === 0) break;
      held += bytesRead;
    }
    if (held === 0) return;
    at += held;
    yield buffer.subarray(0, held);
  }
}

async function* linesIn(frames: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  for await (const frame of frames) {
    const end = frame.lastIndexOf(LINE_FEED) + 1;
    const text = Buffer.concat([...rest, frame.subarray(0, end)]);
    // A piece of its own: the whole frame would be kept for it.
    const left = Buffer.from(frame.subarray(end));
    if (end === 0) {
      rest.push(left);
      continue;
    }
    const lines = text.toString('utf8').split('\n');
    // Behind the last end nothing is left.
    lines.pop();
    rest = [left];
    yield lines;
  }
}

/**
 * Writes lines, which hold no line feed, to a file of its own in `folder`, sealed under a key that is nowhere but in
 * memory: whoever finds what is left of it on the disk reads nothing.
 * @throws {UserError} upload_no_room
 */
export async function writeRun(
  folder: string,
  batches: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Promise<Run> {
  const key = randomBytes(32);
  const handle = await nameless(folder).catch((error: unknown) => {
    throw roomOr(error);
  });
  let number = 0;
  let waiting: Buffer = Buffer.alloc(0);
  async function drain(isEnd: boolean): Promise<void> {
    const frames: Buffer[] = [];
    while (waiting.length > FRAME) {
      frames.push(sealFrame(key, number, waiting.subarray(0, FRAME), false));
      number += 1;
      waiting = waiting.subarray(FRAME);
    }
    if (isEnd) frames.push(sealFrame(key, number, waiting, true));
    if (frames.length > 0) await handle.appendFile(Buffer.concat(frames));
  }
  try {
    for await (const lines of batches) {
      if (lines.length === 0) continue;
      waiting = Buffer.concat([waiting, Buffer.from(`${lines.join('\n')}\n`)]);
      await drain(false);
    }
    await drain(true);
  } catch (error) {
    await handle.close();
    throw roomOr(error);
  }
  return {
    lines: () => linesIn(openFrames(key, chunksOf(handle), false)),
    close: () => handle.close(),
  };
}
