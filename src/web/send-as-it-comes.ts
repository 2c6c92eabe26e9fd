import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** What sending ends with where its reader went away in the middle of it, and before it began. */
const GONE = new Set<unknown>(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE']);

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
    if (!(error instanceof Error && 'code' in error && GONE.has(error.code))) throw error;
  }
}
