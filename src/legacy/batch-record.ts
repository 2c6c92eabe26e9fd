import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { batchOf, sealBatch, secretOf, type Batch, type BatchSecret } from './batch.ts';
import type { ImportStore } from './import-store.ts';

type Needs = {
  readonly storage: Storage;
  readonly seals: Seals;
  readonly store: ImportStore;
  readonly now: () => number;
};

/** Whoever works on a batch counts for so long after the last sign of it, in milliseconds. */
export const RUNNER_MILLISECONDS = 10_000;
/** By so much the clocks of nodes may differ. */
const TOLERANCE = 60_000;

/** What becomes of a batch, by what it was. */
type Change = (
  before: Batch,
  tx: Db,
) => Partial<BatchSecret & Pick<Batch, 'status'>> | Promise<Partial<BatchSecret & Pick<Batch, 'status'>>>;

export type BatchRecord = ReturnType<typeof makeBatchRecord>;

/** The row of a batch: reading it, and changing it as it stands. */
export function makeBatchRecord({ storage, seals, store, now }: Needs) {
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
  function isRunning({ status, runner }: Batch): boolean {
    if (status !== 'working' || runner === undefined) return false;
    const left = runner.until - now();
    // One that ends much later was seen while the clock was wrong.
    return left > 0 && left <= RUNNER_MILLISECONDS + TOLERANCE;
  }

  /**
   * Changes a batch as it stands at that moment. Whoever needs its application held too holds that first, as whoever takes a
   * name back does.
   * @throws {UserError} legacy_batch_unknown, and what `to` throws
   */
  async function changeIn(tx: Db, id: string, to: Change): Promise<Batch> {
    const row = await store.holdBatch(tx, id);
    if (row === undefined) throw new UserError('legacy_batch_unknown');
    const before = batchOf(seals, row);
    const after: Batch = { ...before, ...(await to(before, tx)) };
    await store.changeBatch(tx, id, { status: after.status, sealed: sealBatch(seals, id, secretOf(after)) });
    return after;
  }

  /** The same in a transaction of its own. @throws {UserError} as `changeIn` */
  const change = (id: string, to: Change): Promise<Batch> => storage.write((tx) => changeIn(tx, id, to));

  return { find, get, isRunning, changeIn, change };
}
