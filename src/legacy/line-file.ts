import type { KeyObject } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { FRAME, roomOr, sealFrame } from './frames.ts';

/** Lines that are added to a file one after the other. */
export type LineFile = {
  /**
   * Resolves once they are on the disk.
   * @throws {UserError} upload_no_room
   */
  add(lines: string): Promise<void>;
  /**
   * Ends the file; it is closed however that goes.
   * @throws {UserError} upload_no_room
   */
  close(): Promise<void>;
};

export type FrameWriter = ReturnType<typeof makeFrameWriter>;

/** Writes frames to the end of a file. */
export function makeFrameWriter(handle: FileHandle, key: KeyObject) {
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

/** Lines for a file that is open. */
export function makeLineFile(handle: FileHandle, writer: FrameWriter): LineFile {
  let isCut = false;
  return {
    async add(lines) {
      try {
        await writer.add(Buffer.from(lines));
        await writer.flush();
        await handle.datasync();
      } catch (error) {
        isCut = true;
        throw roomOr(error);
      }
    },
    async close() {
      try {
        // Nothing is read that comes after a frame which is cut.
        if (!isCut) await writer.end();
      } catch (error) {
        throw roomOr(error);
      } finally {
        await handle.close();
      }
    },
  };
}
