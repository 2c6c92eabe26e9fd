import { Readable } from 'node:stream';
import type { Dispatch } from './outcome.ts';

/** A message up to this size, in bytes, leaves in one piece; longer ones as they come, in constant memory. */
const GATHERED = 64 * 1024;

/** How far the octets of a message have come. */
export type Progress = {
  /** The other server wants them; from here on they may arrive. */
  isBegun: boolean;
  /** All have been handed over. Before that no server can have taken the message. */
  isSpent: boolean;
  /** What reading the body threw. */
  failure: { readonly cause: unknown } | undefined;
};

async function* read({ head, body, size }: Dispatch, progress: Progress, mayBegin: () => boolean) {
  if (!mayBegin()) throw new Error('the message was not asked for');
  progress.isBegun = true;
  try {
    if (head.length + size <= GATHERED) {
      const parts = [head];
      for await (const part of body()) parts.push(part);
      yield Buffer.concat(parts);
    } else {
      yield head;
      yield* body();
    }
  } catch (cause) {
    progress.failure = { cause };
    throw new Error('the body cannot be read', { cause });
  }
  progress.isSpent = true;
}

/**
 * The octets of a message as a stream, which is read once the other server wants them. `mayBegin`: whether it does,
 * asked at that moment.
 */
export function octetsOf(dispatch: Dispatch, mayBegin: () => boolean): { stream: Readable; progress: Progress } {
  const progress: Progress = { isBegun: false, isSpent: false, failure: undefined };
  return { stream: Readable.from(read(dispatch, progress, mayBegin), { objectMode: false }), progress };
}
