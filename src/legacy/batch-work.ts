import type { Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { RUNNER_MILLISECONDS, type BatchRecord } from './batch-record.ts';
import { isUnfinished, type Batch } from './batch.ts';
import type { Open, Progress } from './check-pass.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { ImportStore } from './import-store.ts';
import { passAside } from './pass-thread.ts';
import { sourceOf } from './sources/sources.ts';
import type { Tally } from './tally.ts';
import { heldNames, makeWorkDesk } from './work-desk.ts';
import type { Done } from './work-pass.ts';

export type WorkOptions = {
  readonly progress?: ((progress: Progress & { readonly tally: Tally }) => void) | undefined;
  /** Asked between transactions; once it says yes, the work stops and can go on later. */
  readonly isStopped?: (() => boolean) | undefined;
  /**
   * Given whole lines of the file of rejects, the head first, before the transaction is through that they belong to; they
   * begin at byte `at` of it. Where work goes on after a crash, that is before the end of what was given before.
   */
  readonly reject?: ((text: string, at: number) => void | Promise<void>) | undefined;
};

type Needs = {
  readonly applications: Pick<Applications, 'amend'>;
  readonly storage: Storage;
  readonly seals: Seals;
  readonly store: ImportStore;
  readonly record: BatchRecord;
  readonly now: () => number;
  /** Where what is sorted lies meanwhile, sealed: nothing else lies there. */
  readonly folder: string;
};

/** Which part of the work is next, and up to where of it all is done. */
type Place = Batch['at'];

/** The batch while it is this runner's. @throws {UserError} legacy_busy */
function own(batch: Batch, runner: string): void {
  if (batch.status !== 'working' || batch.runner?.id !== runner) throw new UserError('legacy_busy');
}

async function* noFile(): AsyncGenerator<Buffer> {
  // Nothing of it is read.
}

/** The work of an import. */
export function makeBatchWork({ applications, storage, seals, store, record, now, folder }: Needs) {
  const { get, change, changeIn, isRunning } = record;
  const runnerNow = (id: string) => ({ id, until: now() + RUNNER_MILLISECONDS });

  /** Whether the application has old names by another import. */
  async function hasOthers({ id, applicationId }: Batch): Promise<boolean> {
    for (const other of await store.batches(storage.read, applicationId)) {
      if (other.id === id) continue;
      if ((await store.hasFree(storage.read, other.id)) || (await store.hasTaken(storage.read, other.id))) return true;
    }
    return false;
  }

  /** @throws {UserError} legacy_batch_over, legacy_busy */
  function mayBeWorkedOn(batch: Batch): void {
    if (!isUnfinished(batch)) throw new UserError('legacy_batch_over');
    if (isRunning(batch)) throw new UserError('legacy_busy');
  }

  /** Works on a batch, from where `from` says that it goes on. @throws {UserError} as `work` below, but for the file and the source */
  async function run(
    id: string,
    { open, bytes, from, opens }: { open: Open; bytes: number; from: (at: Place) => Place; opens: boolean },
    { progress, isStopped, reject }: WorkOptions,
  ): Promise<Batch> {
    const runner = randomId();
    let until = 0;
    const batch = await change(id, (before) => {
      mayBeWorkedOn(before);
      return { status: 'working', runner: runnerNow(runner), at: from(before.at) };
    });

    async function commit(done: Partial<Done>, write?: (tx: Db) => Promise<void>): Promise<void> {
      const after = await change(id, async (before, tx) => {
        own(before, runner);
        await write?.(tx);
        return { ...done, runner: runnerNow(runner) };
      });
      until = after.runner?.until ?? 0;
    }

    const goesOn = (): boolean => isStopped?.() !== true;
    const desk = {
      held: (keys: readonly string[]) => heldNames({ storage, seals, store }, batch.applicationId, keys),
      ...makeWorkDesk({ storage, seals, store }, batch, commit, goesOn),
      async goesOn() {
        // Somebody still works on it, though nothing was written for a while.
        if (until - now() <= RUNNER_MILLISECONDS / 2) await commit({});
        return goesOn();
      },
      tell: (at: Progress & { readonly tally: Tally }) => progress?.(at),
      reject: async (text: string, at: number) => reject?.(text, at),
    };
    const endSparing = storage.sparing?.();
    try {
      // Whoever goes on reads the names that came.
      if (batch.at.pass !== 'reading') await store.reckon();
      const { applicationId, lines, tally, rejects } = batch;
      const task = {
        batch: { id, applicationId, lines, tally, rejects, at: batch.at },
        bytes,
        folder,
        hasOthers: await hasOthers(batch),
        keys: seals.lend({ seals: ['legacy-profile'], tags: ['legacy-address'] }),
      };
      const isThrough = await passAside(open, desk, (passes) => passes.work(batch.source, task));
      return await storage.write(async (tx) => {
        let opened = false;
        await applications.amend(tx, applicationId, ({ people }) => {
          opened = isThrough && opens && people === 'awaited';
          return opened ? { people: 'imported' } : {};
        });
        return changeIn(tx, id, (before) => {
          own(before, runner);
          return isThrough
            ? { status: 'done', runner: undefined, opened, at: { pass: 'addresses', after: '' } }
            : { status: 'stopped', runner: undefined };
        });
      });
    } catch (error) {
      await change(id, (before) =>
        before.runner?.id === runner ? { status: 'stopped', runner: undefined } : {},
      ).catch(() => undefined);
      throw error;
    } finally {
      endSparing?.();
    }
  }

  return {
    /**
     * Imports what of a batch's file is not imported yet; once all of it is, people may create profiles where only that
     * was awaited. One works on a batch at a time: whoever died in it counts for 10 seconds more.
     * @returns the batch as it is then, `done` or, where it was told to, `stopped`
     * @throws {UserError} legacy_batch_unknown, legacy_batch_over, legacy_busy, legacy_file_other, legacy_source_unknown; and
     * what `workPass` throws, where the batch is `stopped` then
     */
    async work(id: string, open: Open, options: WorkOptions = {}): Promise<Batch> {
      const batch = await get(id);
      if (sourceOf(batch.source) === undefined) throw new UserError('legacy_source_unknown');
      mayBeWorkedOn(batch);
      // Before the batch is taken: of a long file nobody would be seen at work for longer than that counts.
      const { fingerprint, bytes } = await fingerprintOf(open);
      if (fingerprint !== batch.fingerprint) throw new UserError('legacy_file_other');
      return run(id, { open, bytes, from: (at) => at, opens: true }, options);
    },

    /**
     * Ends an import as it is, where its file is gone: what was imported is all that comes of it. People find their names
     * by their addresses from then on, and may create profiles where only that was awaited, if it `opens`: names that never
     * came are anybody's then.
     * @returns the batch as it is then, `done`
     * @throws {UserError} legacy_batch_unknown, legacy_batch_over, legacy_busy
     */
    async close(id: string, { opens = true }: { opens?: boolean } = {}): Promise<Batch> {
      // All that is left to do needs no file, nor whoever knows how to read it.
      const from = (at: Place): Place => (at.pass === 'addresses' ? at : { pass: 'addresses', after: '' });
      return run(id, { open: noFile, bytes: 0, from, opens }, {});
    },
  };
}
