import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { Answer, Work } from './metadata-aside.ts';
import { readMetadata } from './sp-metadata.ts';

/** Runs in a thread of its own, for `metadata-aside.ts`: reads one document and says what came out. */
function answer({ xml, options }: Work): Answer {
  try {
    return { result: readMetadata(xml, options) };
  } catch (error) {
    if (error instanceof UserError) return { refused: { code: error.code, params: error.params } };
    throw error;
  }
}

parentPort?.postMessage(answer(workerData as Work), []);
