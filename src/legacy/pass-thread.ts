import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { UserError, type ErrorParams } from '../errors.ts';
import type { CheckTask, Open, Report } from './check-pass.ts';
import type { CheckDesk, ReadingDesk, WorkDesk } from './desk.ts';
import type { WorkTask } from './work-pass.ts';

/** What came of a pass, or why it was refused. */
export type Outcome<T> =
  { readonly result: T } | { readonly refused: { readonly code: string; readonly params: ErrorParams } };

/** What the thread does: one of them, once. */
export type Passes = {
  check(sourceId: string, task: CheckTask): Promise<Outcome<Report>>;
  work(sourceId: string, task: WorkTask): Promise<Outcome<boolean>>;
};

/** What the JavaScript of a thread may take, in mebibytes: most of it is short-lived, and a file of 4 GiB needs half of this. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 } as const;

/** Beside this file in the sources; beside the bundle's other files in `dist` (build.config.ts). */
const FILE = new URL(import.meta.url.endsWith('.ts') ? './pass-worker.ts' : './pass-worker.js', import.meta.url);

type Chunks = AsyncIterator<Buffer | string>;

/** A piece of a file with memory of its own, which goes over to the thread. */
async function nextOf(chunks: Chunks): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const next = await chunks.next();
  if (next.done === true) return undefined;
  return typeof next.value === 'string' ? new TextEncoder().encode(next.value) : new Uint8Array(next.value);
}

/** What a message hands over, where it is the answer that holds a piece of a file; the memory is the thread's then. */
function handedOver(message: { readonly r?: unknown }): ArrayBuffer[] {
  return message.r instanceof Uint8Array && message.r.buffer instanceof ArrayBuffer ? [message.r.buffer] : [];
}

/**
 * Runs one pass over a file in a thread of its own, which asks `desk` for what it needs; whoever is served by this program
 * does not wait for it. What the desk or the file throws ends it, and is thrown.
 * @throws {UserError} as the pass does
 */
export async function passAside<T>(
  open: Open,
  desk: Omit<ReadingDesk, 'chunk'> & Partial<CheckDesk & WorkDesk>,
  run: (passes: Passes) => Promise<Outcome<T>>,
): Promise<T> {
  const file = open();
  // One that fails before it is read says so to whoever reads it then, and to nobody else.
  if (file instanceof Readable) file.on('error', () => undefined);
  const chunks = file[Symbol.asyncIterator]();
  // Of the settings it is told what it needs: the master key may stand among them.
  const worker = new Worker(FILE, { resourceLimits: MEMORY, env: {} });
  // Whoever waits for it is told below; later nobody is left to tell.
  worker.on('error', () => undefined);
  const ended = new AbortController();
  const { signal } = ended;
  let rejecting: Promise<void> | undefined;
  try {
    let fail: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const passes = createBirpc<Passes, typeof desk & Pick<ReadingDesk, 'chunk'>>(
      {
        ...desk,
        chunk: () => nextOf(chunks),
        reject: (text, at) => (rejecting = desk.reject(text, at)),
      },
      {
        post: (message: { readonly r?: unknown }) => worker.postMessage(message, handedOver(message)),
        on: (listen) => worker.on('message', listen),
        timeout: -1,
        onFunctionError(error) {
          fail(error);
          // Nobody answers it: it ends.
          return true;
        },
        onGeneralError(error) {
          fail(error);
          return true;
        },
      },
    );
    // Rejects where the thread fails outside of what it was asked, for want of memory, say.
    const over = once(worker, 'exit', { signal }).then(([status]) => {
      throw new Error(`a pass ended with ${status}`);
    });
    over.catch(() => undefined);
    failed.catch(() => undefined);
    const outcome = await Promise.race([run(passes), failed, over]);
    if ('refused' in outcome) throw new UserError(outcome.refused.code, outcome.refused.params);
    return outcome.result;
  } finally {
    ended.abort();
    await worker.terminate();
    // The caller closes the file of rejects next.
    await rejecting?.catch(() => undefined);
    // What is still awaited of a stream comes only when it is destroyed.
    if (file instanceof Readable) file.destroy();
    else await chunks.return?.();
  }
}
