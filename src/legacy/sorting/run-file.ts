import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { FRAME_ROOM, openFrame, roomOr, sealFrame } from '../frames.ts';

const LINE_FEED = 0x0a;

/** So many bytes are sealed together: of each run that is being read, they and their lines are in memory. */
const FRAME = 16 * 1024;
/** So many UTF-16 units of lines are made bytes at once. */
const TOGETHER = 64 * 1024;

/** Lines that were written once and are read once, in the same order. */
export type Run = {
  /** Some lines at a time. */
  readonly lines: () => Generator<string[]>;
  readonly close: () => void;
};

/**
 * A file without a name: it is gone when the program ends, however that happens. What a program left that ended between
 * making a file and taking its name away is empty, and goes now.
 */
function nameless(folder: string): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(folder)) rmSync(path.join(folder, left), { force: true });
  const name = path.join(folder, randomBytes(16).toString('hex'));
  const file = openSync(name, 'wx+', 0o600);
  rmSync(name, { force: true });
  return file;
}

/** What stands in a file, frame by frame. @throws {FrameError} where it is not whole */
function* framesOf(file: number, key: KeyObject): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(FRAME + FRAME_ROOM);
  for (let [at, number] = [0, 0]; ; number += 1) {
    let held = 0;
    while (held < buffer.length) {
      const read = readSync(file, buffer, held, buffer.length - held, at + held);
      if (read === 0) break;
      held += read;
    }
    at += held;
    const { plain, isLast } = openFrame(key, number, buffer.subarray(0, held));
    if (plain.length > 0) yield plain;
    if (isLast) return;
  }
}

function* linesIn(frames: Iterable<Buffer>): Generator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (const frame of frames) {
    const bytes = rest.length === 0 ? frame : Buffer.concat([rest, frame]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    // A piece of its own: the whole frame would be kept for it.
    rest = Buffer.from(bytes.subarray(end));
    if (end === 0) continue;
    const lines = bytes.toString('utf8', 0, end).split('\n');
    // Behind the last end nothing is left.
    lines.pop();
    yield lines;
  }
}

/** Lines as bytes, many of them at a time. */
function* bytesOf(batches: Iterable<readonly string[]>): Generator<Buffer> {
  let text = '';
  for (const lines of batches) {
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < TOGETHER) continue;
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function writeFrames(file: number, key: KeyObject, pieces: Iterable<Buffer>): void {
  let number = 0;
  let waiting: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    waiting = waiting.length === 0 ? piece : Buffer.concat([waiting, piece]);
    let from = 0;
    for (; waiting.length - from > FRAME; from += FRAME) {
      writeAll(file, sealFrame(key, number, waiting.subarray(from, from + FRAME), false));
      number += 1;
    }
    waiting = waiting.subarray(from);
  }
  writeAll(file, sealFrame(key, number, waiting, true));
}

/**
 * Writes lines, which hold no line feed, to a file of its own in `folder`, sealed under a key that is nowhere but in
 * memory: whoever finds what is left of it on the disk reads nothing. Waits for the disk: for a thread that serves nobody.
 * @throws {UserError} upload_no_room
 */
export function writeRun(folder: string, batches: Iterable<readonly string[]>): Run {
  // An object: raw bytes would be examined and copied for each frame.
  const key = createSecretKey(randomBytes(32));
  let file: number | undefined;
  try {
    const opened = nameless(folder);
    file = opened;
    writeFrames(opened, key, bytesOf(batches));
    return { lines: () => linesIn(framesOf(opened, key)), close: () => closeSync(opened) };
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw roomOr(error);
  }
}
