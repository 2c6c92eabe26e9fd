import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * Sends a file that may be large, without holding it: what is not asked for is not read. A reader who goes away is no
 * error of ours; what fails on our side cuts the connection, so that nobody takes a part for the whole.
 */
export async function sendAsItComes(
  res: Response,
  name: string,
  type: string,
  parts: AsyncIterable<Buffer | string>,
): Promise<void> {
  res.attachment(name);
  res.type(type);
  try {
    await pipeline(Readable.from(parts), res);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isGone) throw error;
  }
}
