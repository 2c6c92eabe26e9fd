import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { addressTags } from './address-tag.ts';
import { batchOf, sealBatch, secretOf, type Batch, type BatchSecret } from './batch.ts';
import type { CheckOptions, Open, Progress, Report } from './check-pass.ts';
import { fingerprintOf } from './fingerprint.ts';
import { makeImportStore, type OldRow } from './import-store.ts';
import type { Secrets } from './schemes/record.ts';
import { sealLegacy } from './sealing.ts';
import { openLegacy, type LegacySecret } from './secret.ts';
import type { Source } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';
import { copyOf, NOTHING, type Tally } from './tally.ts';
import { passAside } from './pass-thread.ts';
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
  readonly now: () => number;
  /** Where what is sorted lies while a file is imported, sealed: nothing else lies there. */
  readonly folder: string;
};

/** Whoever works on a batch counts for so long after the last sign of it, in milliseconds. */
const RUNNER_MILLISECONDS = 10_000;

/** Rows that are wiped or removed in one transaction: each has a tag for each name that an address may have. */
const PAGE = 100;

export type Batches = ReturnType<typeof makeBatches>;

/** Imports of old names: one file, for one application, is one batch. */
export function makeBatches({ applications, storage, seals, now, folder }: Needs) {
  const store = makeImportStore(storage);

  async function find(id: string): Promise<Batch | undefined> {
    const row = await store.batch(id);
    return row && batchOf(seals, row);
  }

  /** @throws {UserError} legacy_batch_unknown */
  async function get(id: string): Promise<Batch> {
    const batch = await find(id);
    if (batch === undefined) throw new UserError('legacy_batch_unknown');
    return batch;
  }

  /** Whether somebody works on it at this moment. */
  const isRunning = ({ status, runner }: Batch): boolean =>
    status === 'working' && runner !== undefined && runner.until > now();

  /**
   * Changes a batch as it stands at that moment.
   * @throws {UserError} legacy_batch_unknown, and what `change` throws
   */
  function change(
    id: string,
    to: (before: Batch, tx: Db) => Partial<BatchSecret & Pick<Batch, 'status'>> | Promise<Partial<Batch>>,
  ): Promise<Batch> {
    return storage.write(async (tx) => {
      const row = await store.holdBatch(tx, id);
      if (row === undefined) throw new UserError('legacy_batch_unknown');
      const before = batchOf(seals, row);
      const after: Batch = { ...before, ...(await to(before, tx)) };
      await store.changeBatch(tx, id, { status: after.status, sealed: sealBatch(seals, id, secretOf(after)) });
      return after;
    });
  }

  const deskFor = (applicationId: string) => ({
    held: (keys: readonly string[]) => heldNames({ storage, seals, store }, applicationId, keys),
  });

  const runnerNow = (id: string) => ({ id, until: now() + RUNNER_MILLISECONDS });

  /** The batch while it is this runner's. @throws {UserError} legacy_busy */
  function own(batch: Batch, runner: string): void {
    if (batch.status !== 'working' || batch.runner?.id !== runner) throw new UserError('legacy_busy');
  }

  /** Free names of a batch, some at a time, in transactions of their own. */
  async function eachPage(
    batchId: string,
    act: (tx: Db, rows: Awaited<ReturnType<typeof store.freeRows>>) => Promise<void>,
  ): Promise<number> {
    let [after, count] = ['', 0];
    for (;;) {
      const rows = await store.freeRows(storage.read, batchId, after, PAGE);
      const last = rows.at(-1);
      if (last === undefined) return count;
      await storage.write((tx) => act(tx, rows));
      after = last.nameKey;
      count += rows.length;
      await nextTurn();
    }
  }

  /** The tags by which a row may be found. */
  function tagsOf({ applicationId }: OldRow, { address }: LegacySecret): string[] {
    return addressTags(seals, applicationId, address);
  }

  async function forget(id: string): Promise<Batch> {
    const { status } = await get(id);
    if (status === 'working' || status === 'stopped') throw new UserError('legacy_unfinished');
    await eachPage(id, async (tx, rows) => {
      for (const row of rows) {
        const before = openLegacy(seals, row);
        const { record: _, address: __, ...secret } = before;
        const isWiped = await store.wipeRow(tx, row, sealLegacy(seals, row.applicationId, row.nameKey, secret));
        if (isWiped) await store.removeTags(tx, row.applicationId, [row.nameKey], tagsOf(row, before));
      }
    });
    return change(id, ({ forgotten }) => ({ secrets: {}, forgotten: forgotten ?? dayOf(now()) }));
  }

  return {
    find,
    get,
    isRunning,

    /** The batches of an application, the newest day first. */
    async list(applicationId: string): Promise<Batch[]> {
      const rows = await store.batches(storage.read, applicationId);
      return rows
        .map((row) => batchOf(seals, row))
        .toSorted((a, b) => b.day.localeCompare(a.day) || a.id.localeCompare(b.id));
    },

    /**
     * What importing a file would do. Writes nothing.
     * @throws {UserError} as `checkPass`
     */
    async check(
      { id }: Application,
      source: Source,
      open: Open,
      { progress, isStopped, reject }: CheckOptions = {},
    ): Promise<Report> {
      const [hasOld, hasProfiles, hasShapes] = await Promise.all([
        store.hasOldRows(id),
        store.hasProfiles(storage.read, id),
        store.hasShapes(id),
      ]);
      const desk = {
        ...deskFor(id),
        goesOn: async () => isStopped?.() !== true,
        tell: (at: Progress) => progress?.(at),
        reject: async (text: string) => reject?.(text),
        takenShapes: (shapes: readonly string[]) => store.takenShapes(storage.read, id, shapes),
      };
      const task = { hasNames: hasOld || hasProfiles, hasShapes, wantsRejects: reject !== undefined };
      return passAside(open, desk, (passes) => passes.check(source.id, task));
    },

    /**
     * Begins to import a file, or goes on with it where it was begun. An application has one batch that is not finished.
     * @throws {UserError} legacy_unfinished, application_unknown
     */
    async begin(
      application: Application,
      source: Source,
      open: Open,
      { secrets = {} }: { secrets?: Secrets } = {},
    ): Promise<Batch> {
      const id = randomId();
      const { fingerprint } = await fingerprintOf(open);
      return storage.write(async (tx) => {
        // Holds the application: two who begin at once wait for one another.
        await applications.amend(tx, application.id, () => ({}));
        const rows = await store.batches(tx, application.id);
        const [unfinished] = rows.filter(({ status }) => status === 'working' || status === 'stopped');
        if (unfinished !== undefined) {
          const batch = batchOf(seals, unfinished);
          if (batch.fingerprint === fingerprint && batch.source === source.id) return batch;
          throw new UserError('legacy_unfinished');
        }
        const secret: BatchSecret = {
          source: source.id,
          secrets: { ...secrets },
          fingerprint,
          lines: 0,
          at: { pass: 'reading', after: '' },
          tally: copyOf(NOTHING),
          rejects: 0,
          opened: false,
        };
        const row = { id, applicationId: application.id, status: 'working', day: dayOf(now()) };
        await store.addBatch(tx, { ...row, sealed: sealBatch(seals, id, secret) });
        return batchOf(seals, { ...row, sealed: sealBatch(seals, id, secret) });
      });
    },

    /**
     * Imports what of a batch's file is not imported yet; once all of it is, people may create profiles where only that
     * was awaited. One works on a batch at a time: whoever died in it counts for 10 seconds more.
     * @returns the batch as it is then, `done` or, where it was told to, `stopped`
     * @throws {UserError} legacy_batch_unknown, legacy_batch_over, legacy_busy, legacy_file_other, legacy_source_unknown, and
     * what `workPass` throws; the batch is then `stopped`
     */
    async work(id: string, open: Open, { progress, isStopped, reject }: WorkOptions = {}): Promise<Batch> {
      const known = await get(id);
      const source = sourceOf(known.source);
      if (source === undefined) throw new UserError('legacy_source_unknown');
      const runner = randomId();
      let until = 0;
      const batch = await change(id, (before) => {
        if (before.status !== 'working' && before.status !== 'stopped') throw new UserError('legacy_batch_over');
        if (isRunning(before)) throw new UserError('legacy_busy');
        return { status: 'working', runner: runnerNow(runner) };
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
        ...deskFor(batch.applicationId),
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
        const { fingerprint, bytes } = await fingerprintOf(open);
        if (fingerprint !== batch.fingerprint) throw new UserError('legacy_file_other');
        const { applicationId, lines, tally, rejects, at } = batch;
        const task = {
          batch: { id, applicationId, lines, tally, rejects, at },
          bytes,
          folder,
          hasOthers: await store.hasOldRows(applicationId, id),
          keys: seals.lend({ seals: ['legacy-profile'], tags: ['legacy-address'] }),
        };
        const isThrough = await passAside(open, desk, (passes) => passes.work(source.id, task));
        return await change(id, async (before, tx) => {
          own(before, runner);
          if (!isThrough) return { status: 'stopped', runner: undefined };
          let opened = false;
          await applications.amend(tx, before.applicationId, ({ people }) => {
            opened = people === 'awaited';
            return opened ? { people: 'imported' } : {};
          });
          return { status: 'done', runner: undefined, opened, at: { pass: 'addresses', after: '' } };
        });
      } catch (error) {
        await change(id, (before) =>
          before.runner?.id === runner ? { status: 'stopped', runner: undefined } : {},
        ).catch(() => undefined);
        throw error;
      } finally {
        endSparing?.();
      }
    },

    /**
     * Takes a batch back that nobody took a name from: its names are free no more to be taken back, and stay taken (P3).
     * @param reverseRun whether what the application was told of them was taken back there
     * @throws {UserError} legacy_reverse_first, legacy_taken, legacy_busy, legacy_batch_over, legacy_batch_unknown
     */
    async undo(id: string, { reverseRun }: { reverseRun: boolean }): Promise<Batch> {
      if (!reverseRun) throw new UserError('legacy_reverse_first');
      const undone = await change(id, async (before, tx) => {
        if (isRunning(before)) throw new UserError('legacy_busy');
        if (await store.hasTaken(tx, id)) throw new UserError('legacy_taken');
        if (before.opened) {
          await applications.amend(tx, before.applicationId, ({ people }) =>
            people === 'imported' ? { people: 'awaited' } : {},
          );
        }
        return { status: 'undone', secrets: {}, runner: undefined, opened: false };
      });
      await eachPage(id, async (tx, rows) => {
        const keys = rows.map(({ nameKey }) => nameKey);
        const removed = await store.removeRows(tx, id, undone.applicationId, keys);
        const tags = rows.flatMap((row) => tagsOf(row, openLegacy(seals, row)));
        await store.removeTags(tx, undone.applicationId, removed, tags);
      });
      return undone;
    },

    /**
     * Forgets the passwords and addresses of all names of a batch that nobody took back; the names stay reserved. Where it
     * dies in the middle, it is to be called again.
     * @throws {UserError} legacy_unfinished, legacy_batch_unknown
     */
    forget,

    /** Sets the ISO day on which `forget` is due, or none. @throws {UserError} legacy_batch_unknown, legacy_day_invalid */
    async forgetOn(id: string, day: string | undefined): Promise<Batch> {
      if (day !== undefined && !isDay(day)) throw new UserError('legacy_day_invalid');
      return change(id, () => ({ forgetOn: day }));
    },

    /** Forgets what is due. */
    async sweep(): Promise<void> {
      const today = dayOf(now());
      for (const row of await store.allBatches()) {
        const { id, status, forgetOn, forgotten } = batchOf(seals, row);
        if (status === 'done' && forgotten === undefined && forgetOn !== undefined && forgetOn <= today)
          await forget(id);
      }
    },
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;
}
