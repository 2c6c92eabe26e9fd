import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;

/**
 * The bytes of a file, each piece in the place of the one before: it holds good until the next is asked for. Pieces of their
 * own would be a file's worth of memory that the engine sees no hurry to take back.
 */
export async function* chunksOfFile(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
