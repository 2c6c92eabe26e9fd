import { parentPort } from 'node:worker_threads';
import { matches } from './matching.ts';
import type { Answer, Job } from './old-passwords.ts';

/** Runs in a thread of its own, for `old-passwords.ts`: compares one old password after the other. */
async function answer({ record, password, secrets }: Job): Promise<Answer> {
  try {
    return { isRight: await matches(record, password, secrets) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', async (job: Job) => parentPort?.postMessage(await answer(job), []));
