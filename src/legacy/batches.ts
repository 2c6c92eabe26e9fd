import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { addressTags } from './address-tag.ts';
import { makeBatchRecord } from './batch-record.ts';
import { makeBatchWork } from './batch-work.ts';
import { batchOf, sealBatch, type Batch, type BatchSecret } from './batch.ts';
import type { CheckOptions, Open, Progress, Report } from './check-pass.ts';
import { fingerprintOf } from './fingerprint.ts';
import { makeImportStore, type OldRow } from './import-store.ts';
import type { Secrets } from './schemes/record.ts';
import { sealLegacy } from './sealing.ts';
import { openLegacy, type LegacySecret } from './secret.ts';
import type { Source } from './sources/source.ts';
import { copyOf, NOTHING } from './tally.ts';
import { passAside } from './pass-thread.ts';
import { heldNames } from './work-desk.ts';

type Needs = {
  readonly applications: Pick<Applications, 'amend'>;
  readonly storage: Storage;
  readonly seals: Seals;
  readonly now: () => number;
  /** Where what is sorted lies while a file is imported, sealed: nothing else lies there. */
  readonly folder: string;
};

/** Rows that are wiped or removed in one transaction: each has a tag for each name that an address may have. */
const PAGE = 100;

export type Batches = ReturnType<typeof makeBatches>;

/** Imports of old names: one file, for one application, is one batch. */
export function makeBatches({ applications, storage, seals, now, folder }: Needs) {
  const store = makeImportStore(storage);
  const record = makeBatchRecord({ storage, seals, store, now });
  const { find, get, isRunning, change } = record;

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
        held: (keys: readonly string[]) => heldNames({ storage, seals, store }, id, keys),
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

    work: makeBatchWork({ applications, storage, seals, store, record, now, folder }),

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
