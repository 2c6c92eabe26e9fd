import { Readable } from 'node:stream';
import os from 'node:os';
import { parentPort } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { UserError } from '../errors.ts';
import { checkPass } from './check-pass.ts';
import type { CheckDesk, WorkDesk } from './desk.ts';
import type { Outcome, Passes } from './pass-thread.ts';
import { openTable, type Table } from './reading/table.ts';
import type { Source } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';
import { workPass } from './work-pass.ts';

/*
 * Runs in a thread of its own, for pass-thread.ts: reads, judges and seals what of a file is to be imported. It has memory of
 * its own, which is looked through for what can be freed without going through all that the program has in use; and whoever
 * is served meanwhile comes first.
 */
// Only there is it this thread that is meant, and not all of the program.
if (process.platform === 'linux') {
  try {
    os.setPriority(0, os.constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here: then it goes at the same pace as the others.
  }
}

async function outcomeOf<T>(pass: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await pass() };
  } catch (error) {
    if (error instanceof UserError) return { refused: { code: error.code, params: error.params } };
    throw error;
  }
}

function known(id: string): Source {
  const source = sourceOf(id);
  if (source === undefined) throw new Error(`there is no source ${id}`);
  return source;
}

/** The file, piece by piece. Whoever has read enough does not wait for the piece that was asked for already. */
const file: AsyncIterable<Buffer> = {
  [Symbol.asyncIterator]: () => ({
    async next() {
      const chunk = await desk.chunk();
      if (chunk === undefined) return { done: true, value: undefined };
      return { done: false, value: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) };
    },
    return: async () => ({ done: true, value: undefined }),
  }),
};

const passes: Passes = {
  check: (sourceId, task) => {
    const source = known(sourceId);
    return outcomeOf(() => checkPass(desk, source, () => tableOf(source), task));
  },
  work: (sourceId, task) =>
    outcomeOf(() =>
      workPass(
        desk,
        async () => {
          const source = known(sourceId);
          return { source, table: await tableOf(source) };
        },
        task,
      ),
    ),
};

const rpc = createBirpc<CheckDesk & WorkDesk, Passes>(passes, {
  post: (message) => parentPort?.postMessage(message, []),
  on: (listen) => parentPort?.on('message', listen),
  // What it asks for may take as long as it takes.
  timeout: -1,
});

const desk: CheckDesk & WorkDesk = {
  chunk: () => rpc.chunk(),
  goesOn: () => rpc.goesOn(),
  tell: (progress) => void rpc.tell.asEvent(progress),
  reject: (text, at) => rpc.reject(text, at),
  held: (keys) => rpc.held(keys),
  takenShapes: (shapes) => rpc.takenShapes(shapes),
  commit: (done) => rpc.commit(done),
  writeRows: (done, shapes, rows) => rpc.writeRows(done, shapes, rows),
  addressed: (after) => rpc.addressed(after),
  writeAddresses: (done, tagged) => rpc.writeAddresses(done, tagged),
};

function tableOf({ columns }: Source): Promise<Table> {
  return openTable(Readable.from(file, { objectMode: false }), columns);
}
