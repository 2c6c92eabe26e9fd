import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { UserError } from '../errors.ts';
import { codeOf } from '../storage/storage.ts';

/** A file that does not open: cut off, changed, or under another key. Always internal. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** So many bytes of a file are sealed together. */
export const FRAME = 64 * 1024;
const NONCE = 12;
const MAC = 16;
/** Whether it is the last one, and how many bytes it holds. */
const HEAD = 5;

/** So many bytes a frame has beside what it holds. */
export const FRAME_ROOM = HEAD + NONCE + MAC;

/** What is to be thrown where writing a file failed. @returns the error, or a {UserError} upload_no_room */
export function roomOr(error: unknown): unknown {
  return /^(ENOSPC|EDQUOT|EFBIG)$/u.test(codeOf(error)) ? new UserError('upload_no_room') : error;
}

/** What a frame is bound to besides its key: its place, and whether another one follows. */
function placeOf(number: number, head: Buffer): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(BigInt(number));
  return Buffer.concat([place, head]);
}

/** Seals the frame of this number (from 0, AES-256-GCM); `key`: 32 bytes; `isLast`: the file ends with it. */
export function sealFrame(key: KeyObject, number: number, plain: Buffer, isLast: boolean): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt8(isLast ? 1 : 0);
  head.writeUInt32BE(plain.length, 1);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(placeOf(number, head));
  return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens one whole frame, the one of this number.
 * @throws {FrameError}
 */
export function openFrame(key: KeyObject, number: number, frame: Buffer): { plain: Buffer; isLast: boolean } {
  if (frame.length < FRAME_ROOM) throw new FrameError('a frame is cut');
  try {
    const nonce = frame.subarray(HEAD, HEAD + NONCE);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: MAC });
    decipher.setAAD(placeOf(number, frame.subarray(0, HEAD)));
    decipher.setAuthTag(frame.subarray(-MAC));
    const opened = decipher.update(frame.subarray(HEAD + NONCE, -MAC));
    const end = decipher.final();
    return { plain: end.length === 0 ? opened : Buffer.concat([opened, end]), isLast: frame[0] === 1 };
  } catch (cause) {
    throw new FrameError('a frame does not open', { cause });
  }
}

/**
 * What stands in the frames of a file, in order. `mayBeCut`: a file that something was still written to when the
 * program ended; what its last whole frame holds is the end then.
 * @throws {FrameError}
 */
export async function* openFrames(
  key: KeyObject,
  chunks: AsyncIterable<Buffer>,
  mayBeCut: boolean,
): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let held = 0;
  let number = 0;
  let hasEnded = false;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    held += chunk.length;
    let bytes = held >= HEAD ? Buffer.concat(waiting) : undefined;
    while (bytes !== undefined && bytes.length >= HEAD) {
      const length = bytes.readUInt32BE(1);
      if (length > FRAME || hasEnded) throw new FrameError('an uploaded file is none of ours');
      const size = HEAD + NONCE + length + MAC;
      if (bytes.length < size) break;
      const { plain, isLast } = openFrame(key, number, bytes.subarray(0, size));
      hasEnded = isLast;
      number += 1;
      if (plain.length > 0) yield plain;
      bytes = bytes.subarray(size);
    }
    if (bytes !== undefined) waiting = [bytes];
    held = waiting.reduce((sum, { length }) => sum + length, 0);
  }
  if (!mayBeCut && (!hasEnded || held > 0)) throw new FrameError('an uploaded file is cut');
}
