import { addressPass, collectAddresses } from './address-pass.ts';
import type { Batch } from './batch.ts';
import type { Open, Progress } from './check-pass.ts';
import { makePace } from './pace.ts';
import { readPass } from './read-pass.ts';
import { openTable } from './reading/table.ts';
import { makeRejectsWriter } from './rejects.ts';
import { rowPass, type Done, type Work } from './row-pass.ts';
import { makeSorter, type Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { copyOf, NOTHING, type Tally } from './tally.ts';

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

type Needs = Omit<Work, 'pace' | 'batch'> & {
  /** Where what is sorted lies meanwhile. */
  readonly folder: string;
  /** The length of the file, in bytes. */
  readonly bytes: number;
  /** Says that somebody still works on it, though nothing was written. */
  readonly keep: () => Promise<void>;
};

/**
 * Imports what of a file is not done yet, in three parts: all of it is read, and judged line by line; what may be imported
 * is sorted, and written as rows in the order of the names; then names are made to be found by their addresses, in the
 * order of the tags. Rows that come in no order would each have the database rewrite a page of its own. Each transaction
 * also says up to where all is done: killed at any moment, the work reads and sorts again, and goes on behind that.
 * @returns whether it came to the end
 * @throws {UserError} upload_no_room, and what `openTable` and `commit` throw
 */
export async function workPass(
  { folder, bytes, keep, ...needs }: Needs,
  batch: Batch,
  source: Source,
  open: Open,
  { progress, isStopped, reject }: WorkOptions,
): Promise<boolean> {
  let done: Done = { lines: batch.lines, tally: batch.tally, rejects: batch.rejects, at: batch.at };
  const pace = makePace({
    bytes,
    isStopped: () => isStopped?.() === true,
    keep,
    tell: (at) => progress?.({ ...at, tally: done.tally }),
  });
  const work: Work = {
    ...needs,
    batch,
    pace,
    async commit(after, write) {
      await needs.commit(after, write);
      done = { ...done, ...after };
    },
  };

  /** Reads, and writes rows. */
  async function bring(addresses: Sorter | undefined): Promise<boolean> {
    const sorter = makeSorter({ folder });
    try {
      const table = await openTable(open(), source.columns);
      const isNew = done.at.pass === 'reading';
      const tally = copyOf(isNew ? NOTHING : done.tally);
      // What was rejected by itself stands in the file of rejects already where all was read once.
      const first = makeRejectsWriter(table.format, isNew ? 0 : undefined, reject);
      const lines = await readPass(table, source, { sorter, rejects: first, tally, pace });
      if (lines === undefined) return false;
      pace.has(lines);
      if (isNew) await work.commit({ lines, tally, rejects: first.length(), at: { pass: 'rows', after: '' } });
      const rejects = makeRejectsWriter(table.format, done.rejects, reject);
      return await rowPass(work, source, table.format, done, { sorter, rejects, addresses });
    } finally {
      await sorter.close();
    }
  }

  const addresses = makeSorter({ folder });
  try {
    const isFresh = done.at.pass === 'reading' || (done.at.pass === 'rows' && done.at.after === '');
    const hasRows = done.at.pass === 'addresses' || (await bring(isFresh ? addresses : undefined));
    if (!hasRows) return false;
    pace.has(done.lines);
    if (!isFresh && !(await collectAddresses(work, addresses))) return false;
    if (done.at.pass !== 'addresses') await work.commit({ at: { pass: 'addresses', after: '' } });
    const isThrough = await addressPass(work, done.at.after, addresses);
    if (isThrough) pace.end();
    return isThrough;
  } finally {
    await addresses.close();
  }
}
