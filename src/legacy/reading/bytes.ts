import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.ts';

/** Of a file, after unpacking; far above any user table. */
const MOST_BYTES = 4 * 1024 ** 3;

/** What is unpacked before anybody asks how much it was packed, and how many times as much as that it may be then. */
const FREE_BYTES = 64 * 1024 ** 2;
const MOST_PACKED = 200;

/** How much was read of a file as it lies there. */
export type Meter = { bytes: number };

type Chunks = AsyncIterable<Buffer>;

async function* metered(stream: Readable, meter: Meter): Chunks {
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    meter.bytes += bytes.length;
    yield bytes;
  }
}

/** What was taken out of the stream to look at it, and then the rest of it. */
async function* putBack(first: Buffer, rest: AsyncIterator<Buffer>): Chunks {
  try {
    if (first.length > 0) yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

function explain(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code === 'Z_BUF_ERROR') return new UserError('legacy_file_cut');
  if (code === 'Z_DATA_ERROR') return new UserError('legacy_file_damaged');
  return error;
}

/** Unpacks (RFC 1952) as fast as it is read, and not more than what was packed can honestly hold. */
async function* unzipped(packed: Chunks, meter: Meter): Chunks {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  let failed: unknown;
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of packed) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) {
          await new Promise<void>((resolve) => {
            const go = (): void => {
              gunzip.off('drain', go).off('close', go);
              resolve();
            };
            gunzip.on('drain', go).on('close', go);
          });
        }
        if (gunzip.destroyed) return;
      }
      gunzip.end();
    } catch (error) {
      failed = error;
      gunzip.destroy();
    }
  };
  void feed();
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > FREE_BYTES && bytes > meter.bytes * MOST_PACKED) throw new UserError('legacy_file_bomb');
      yield chunk;
    }
  } catch (error) {
    throw failed ?? explain(error);
  } finally {
    gunzip.destroy();
  }
  if (failed !== undefined) throw failed;
}

async function* capped(chunks: Chunks): Chunks {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new UserError('legacy_file_large', { gib: MOST_BYTES / 1024 ** 3 });
    yield chunk;
  }
}

/**
 * The bytes of a file that may be packed by gzip, piece by piece, without a byte order mark; `meter` counts those of the
 * file itself. The stream is destroyed where its end is not waited for.
 * @throws {UserError} legacy_file_cut, legacy_file_damaged, legacy_file_bomb, legacy_file_large {gib} and, for UTF-16 and
 * UTF-32, legacy_file_encoding
 */
export async function* unpacked(stream: Readable, meter: Meter): AsyncIterable<Buffer> {
  try {
    const [first, rest] = await beginning(metered(stream, meter), 2);
    const isPacked = first[0] === 0x1f && first[1] === 0x8b;
    const plain = capped(isPacked ? unzipped(putBack(first, rest), meter) : putBack(first, rest));
    const [head, body] = await beginning(plain, 3);
    const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    if (isUtf16) throw new UserError('legacy_file_encoding');
    const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
    yield* putBack(hasMark ? head.subarray(3) : head, body);
  } finally {
    stream.destroy();
  }
}

/** At least so many bytes, where there are, and what follows. */
async function beginning(chunks: Chunks, count: number): Promise<[Buffer, AsyncIterator<Buffer>]> {
  const rest = chunks[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < count) {
    const next = await rest.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  return [first, rest];
}
