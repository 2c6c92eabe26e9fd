import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { addressTags } from './address-tag.ts';
import { makeBatchRecord } from './batch-record.ts';
import { makeBatchWork } from './batch-work.ts';
import { batchOf, isUnfinished, sealBatch, type Batch, type BatchRow, type BatchSecret } from './batch.ts';
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

type BatchAt = Pick<BatchRow, 'id' | 'applicationId'>;

/** A name of a batch, what is sealed of it, and the tags by which it may be found. */
type Found = { readonly row: OldRow; readonly secret: LegacySecret; readonly tags: readonly string[] };

export type Batches = ReturnType<typeof makeBatches>;

/** Imports of old names: one file, for one application, is one batch. */
export function makeBatches({ applications, storage, seals, now, folder }: Needs) {
  const store = makeImportStore(storage);
  const record = makeBatchRecord({ storage, seals, store, now });
  const { find, get, isRunning, changeIn, change } = record;

  const batchWork = makeBatchWork({ applications, storage, seals, store, record, now, folder });

  /** Holds an application until the transaction ends. */
  const hold = (tx: Db, applicationId: string) => applications.amend(tx, applicationId, () => ({}));

  /** Free names of a batch, some at a time, each with the tags by which it may be found; others are served in between. */
  async function* pages({ id, applicationId }: BatchAt): AsyncGenerator<readonly Found[]> {
    if (!(await store.hasFree(storage.read, id))) return;
    await store.reckon();
    for (let after = ''; ;) {
      const rows = await store.freeRows(storage.read, id, applicationId, after, PAGE);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => {
        const secret = openLegacy(seals, row);
        return { row, secret, tags: addressTags(seals, applicationId, secret.address) };
      });
      after = last.nameKey;
      await nextTurn();
    }
  }

  /** Has some names be found by their addresses no more. */
  function removeTags(tx: Db, { applicationId }: BatchAt, found: readonly Found[], keys: readonly string[]) {
    const tags = found.filter(({ row }) => keys.includes(row.nameKey)).flatMap((one) => one.tags);
    return store.removeTags(tx, applicationId, keys, tags);
  }

  async function forget(id: string): Promise<Batch> {
    const batch = await get(id);
    if (isUnfinished(batch)) throw new UserError('legacy_unfinished');
    for await (const found of pages(batch)) {
      const wiped = found.map(({ row, secret }) => {
        const { record: _, address: __, ...kept } = secret;
        return { before: row, sealed: sealLegacy(seals, row.applicationId, row.nameKey, kept) };
      });
      await storage.write(async (tx) => {
        await removeTags(tx, batch, found, await store.wipeRows(tx, wiped));
      });
    }
    return change(id, ({ forgotten }) => ({ secrets: {}, forgotten: forgotten ?? dayOf(now()) }));
  }

  /** Removes the names of a batch that was undone, as far as nobody did; their shapes stay taken (P3). */
  async function removeNames(batch: BatchAt): Promise<void> {
    for await (const found of pages(batch)) {
      const keys = found.map(({ row }) => row.nameKey);
      await storage.write(async (tx) => {
        await removeTags(tx, batch, found, await store.removeRows(tx, batch.id, batch.applicationId, keys));
      });
    }
  }

  /** Batches of an application that were undone and have names still: whoever undid them is at it, or died. */
  async function halfUndone(db: Db, applicationId: string): Promise<BatchRow[]> {
    const half: BatchRow[] = [];
    for (const row of await store.batches(db, applicationId))
      if (row.status === 'undone' && (await store.hasFree(db, row.id))) half.push(row);
    return half;
  }

  /** Does what the clock does of one batch. */
  async function sweepOne(row: BatchRow): Promise<void> {
    if (row.status === 'undone') {
      await removeNames(row);
      return;
    }
    const batch = batchOf(seals, row);
    const { id, forgetOn, forgotten } = batch;
    const isDue = forgotten === undefined && forgetOn !== undefined && forgetOn <= dayOf(now());
    if (!isDue || isRunning(batch)) return;
    // Nobody said that the names which never came may be anybody's.
    if (isUnfinished(row)) await batchWork.close(id, { opens: false });
    await forget(id);
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
     * Begins to import a file, or goes on with it where it was begun, from then on with these secrets where some are given.
     * An application has one batch that is not finished; the names of one that was undone are gone before.
     * @throws {UserError} legacy_unfinished, legacy_busy, application_unknown
     */
    async begin(
      application: Application,
      source: Source,
      open: Open,
      { secrets = {} }: { secrets?: Secrets } = {},
    ): Promise<Batch> {
      const id = randomId();
      const { fingerprint } = await fingerprintOf(open);
      // Names that are about to be removed would count as present.
      for (const batch of await halfUndone(storage.read, application.id)) await removeNames(batch);
      return storage.write(async (tx) => {
        // Two who begin at once wait for one another.
        await hold(tx, application.id);
        const unfinished = (await store.batches(tx, application.id)).find(isUnfinished);
        if (unfinished !== undefined) {
          const batch = batchOf(seals, unfinished);
          if (batch.fingerprint !== fingerprint || batch.source !== source.id) throw new UserError('legacy_unfinished');
          return Object.keys(secrets).length === 0
            ? batch
            : changeIn(tx, batch.id, () => ({ secrets: { ...secrets } }));
        }
        if ((await halfUndone(tx, application.id)).length > 0) throw new UserError('legacy_busy');
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

    /** Importing what of a file is not imported yet, and ending that: see `batch-work.ts`. */
    ...batchWork,

    /**
     * Takes a batch back that nobody took a name from: its names are free no more to be taken back, and stay taken (P3).
     * @param reverseRun whether what the application was told of them was taken back there
     * @throws {UserError} legacy_reverse_first, legacy_taken, legacy_busy, legacy_batch_unknown; legacy_unfinished, where
     * another import of the application counts its names as present
     */
    async undo(id: string, { reverseRun }: { reverseRun: boolean }): Promise<Batch> {
      if (!reverseRun) throw new UserError('legacy_reverse_first');
      const { applicationId } = await get(id);
      const undone = await storage.write(async (tx) => {
        await hold(tx, applicationId);
        const others = (await store.batches(tx, applicationId)).filter((row) => row.id !== id);
        if (others.some(isUnfinished)) throw new UserError('legacy_unfinished');
        return changeIn(tx, id, async (before) => {
          if (isRunning(before)) throw new UserError('legacy_busy');
          if (await store.hasTaken(tx, id)) throw new UserError('legacy_taken');
          if (before.opened) {
            await applications.amend(tx, applicationId, ({ people }) =>
              people === 'imported' ? { people: 'awaited' } : {},
            );
          }
          return { status: 'undone', secrets: {}, runner: undefined, opened: false };
        });
      });
      await removeNames(undone);
      return undone;
    },

    /**
     * Forgets the passwords and addresses of all names of a batch that nobody took back; the names stay reserved. Where it
     * dies in the middle, it is to be called again.
     * @throws {UserError} legacy_unfinished, legacy_batch_unknown
     */
    forget,

    /**
     * Sets the ISO day on which `forget` is due, or none.
     * @throws {UserError} legacy_batch_unknown, legacy_day_invalid, forget_day_invalid (not to come)
     */
    async forgetOn(id: string, day: string | undefined): Promise<Batch> {
      if (day !== undefined && !isDay(day)) throw new UserError('legacy_day_invalid');
      if (day !== undefined && day <= dayOf(now())) throw new UserError('forget_day_invalid');
      return change(id, () => ({ forgetOn: day }));
    },

    /**
     * Forgets what is due, also of an import that stopped, and goes on with undoing where whoever did it died. Where that
     * fails for one, it is done for the others all the same, and thrown then.
     */
    async sweep(): Promise<void> {
      const failures: unknown[] = [];
      for (const row of await store.allBatches()) {
        try {
          await sweepOne(row);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;
}
