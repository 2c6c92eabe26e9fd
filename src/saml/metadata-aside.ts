import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { UserError, type ErrorParams } from '../errors.ts';
import { refuseMetadata } from './metadata-problem.ts';
import type { Choice } from './sp-entity.ts';
import { readMetadata, type ReadOptions, type Understood } from './sp-metadata.ts';

export type Work = { readonly xml: string; readonly options: ReadOptions };
export type Answer =
  | { readonly result: Understood | Choice }
  | { readonly refused: { readonly code: string; readonly params: ErrorParams } };

/** Up to this length (UTF-16 units) a document is read in some 20 ms: not worth a thread. */
const SMALL = 128 * 1024;
/** What a thread may take, in mebibytes: a signed federation of 20 MiB needs some 600. */
const MEMORY = 1024;
/** In milliseconds; the largest signed federation takes some 10 s of a slow processor. */
const TIMEOUT = 120_000;

/** Beside this file in the sources; beside the bundle's other files in `dist` (build.config.ts). */
const FILE = new URL(
  import.meta.url.endsWith('.ts') ? './metadata-worker.ts' : './metadata-worker.js',
  import.meta.url,
);

/**
 * Reads metadata as `readMetadata` does without holding up everything else: a large document, which takes seconds, is
 * read in a thread of its own, one at a time, that gives its memory back.
 */
export function makeMetadataReader(): (xml: string, options: ReadOptions) => Promise<Understood | Choice> {
  const limit = pLimit(1);
  return async (xml, options) =>
    xml.length <= SMALL ? readMetadata(xml, options) : limit(readAside, { xml, options });
}

async function readAside(workerData: Work): Promise<Understood | Choice> {
  const worker = new Worker(FILE, { workerData, resourceLimits: { maxOldGenerationSizeMb: MEMORY } });
  try {
    const [answer] = (await once(worker, 'message', { signal: AbortSignal.timeout(TIMEOUT) })) as [Answer];
    if ('result' in answer) return answer.result;
    throw new UserError(answer.refused.code, answer.refused.params);
  } catch (error) {
    const isTooMuch = error instanceof Error && ['ERR_WORKER_OUT_OF_MEMORY', 'ABORT_ERR'].includes(codeOf(error));
    if (isTooMuch) refuseMetadata('xml_complex');
    throw error;
  } finally {
    await worker.terminate();
  }
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');
