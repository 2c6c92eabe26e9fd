import { borrowedSeals, type LentKeys, type Seals } from '../storage/seal.ts';
import { addressPass, collectAddresses } from './address-pass.ts';
import type { Batch } from './batch.ts';
import type { WorkDesk } from './desk.ts';
import { makePace, type Pace } from './pace.ts';
import { readPass } from './read-pass.ts';
import type { Table } from './reading/table.ts';
import { makeRejectsWriter } from './rejects.ts';
import { rowPass } from './row-pass.ts';
import { makeSorter, type Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { copyOf, NOTHING } from './tally.ts';

/** How far an import is when a transaction is through. */
export type Done = Pick<Batch, 'lines' | 'tally' | 'rejects' | 'at'>;

/** What is to be imported: plain values, so that a thread can be told. */
export type WorkTask = {
  readonly batch: Pick<Batch, 'id' | 'applicationId'> & Done;
  /** The length of the file, in bytes. */
  readonly bytes: number;
  /** Where what is sorted lies meanwhile. */
  readonly folder: string;
  /** Whether there are old names at the application by another import. */
  readonly hasOthers: boolean;
  /** For sealing rows and for the tags of addresses. */
  readonly keys: LentKeys;
};

/** Whoever imports one file. */
export type Work = {
  readonly desk: WorkDesk;
  readonly seals: Pick<Seals, 'sealPadded' | 'tag'>;
  readonly batch: WorkTask['batch'];
  readonly hasOthers: boolean;
  readonly pace: Pace;
};

/**
 * Imports what of a file is not done yet, in three parts: all of it is read, and judged line by line; what may be imported
 * is sorted, and written as rows in the order of the names; then names are made to be found by their addresses, in the
 * order of the tags. Rows that come in no order would each have the database rewrite a page of its own. Each transaction
 * also says up to where all is done: killed at any moment, the work reads and sorts again, and goes on behind that.
 * @param openFile opens the file's table, and says whose it is; called once, where it must be read at all
 * @returns whether it came to the end
 * @throws {UserError} upload_no_room, and what `openFile` and the desk throw
 */
export async function workPass(
  desk: WorkDesk,
  openFile: () => Promise<{ readonly source: Source; readonly table: Table }>,
  { batch, bytes, folder, hasOthers, keys }: WorkTask,
): Promise<boolean> {
  let done: Done = { lines: batch.lines, tally: batch.tally, rejects: batch.rejects, at: batch.at };
  const pace = makePace({ bytes, tell: (at) => desk.tell({ ...at, tally: done.tally }) });
  /** The desk, with what came through it noted. */
  const noting: WorkDesk = {
    ...desk,
    async commit(after) {
      await desk.commit(after);
      done = { ...done, ...after };
    },
    async writeRows(after, shapes, rows) {
      const written = await desk.writeRows(after, shapes, rows);
      if (written.isThrough) done = { ...done, ...after };
      return written;
    },
    async writeAddresses(after, tagged) {
      const written = await desk.writeAddresses(after, tagged);
      done = { ...done, ...after };
      return written;
    },
  };
  const work: Work = { desk: noting, seals: borrowedSeals(keys), batch, hasOthers, pace };

  /** Reads, and writes rows. */
  async function bring(addresses: Sorter | undefined): Promise<boolean> {
    const sorter = makeSorter({ folder });
    try {
      const { source, table } = await openFile();
      const isNew = done.at.pass === 'reading';
      const tally = copyOf(isNew ? NOTHING : done.tally);
      // What was rejected by itself stands in the file of rejects already where all was read once.
      const first = makeRejectsWriter(table.format, isNew ? 0 : undefined, desk.reject);
      const lines = await readPass(work, table, source, { sorter, rejects: first, tally });
      if (lines === undefined) return false;
      pace.has(lines);
      if (isNew) await noting.commit({ lines, tally, rejects: first.length(), at: { pass: 'rows', after: '' } });
      const rejects = makeRejectsWriter(table.format, done.rejects, desk.reject);
      return await rowPass(work, source, table.format, done, { sorter, rejects, addresses });
    } finally {
      sorter.close();
    }
  }

  const addresses = makeSorter({ folder });
  try {
    const isFresh = done.at.pass === 'reading' || (done.at.pass === 'rows' && done.at.after === '');
    const hasRows = done.at.pass === 'addresses' || (await bring(isFresh ? addresses : undefined));
    if (!hasRows) return false;
    pace.has(done.lines);
    if (!isFresh && !(await collectAddresses(work, addresses))) return false;
    if (done.at.pass !== 'addresses') await noting.commit({ at: { pass: 'addresses', after: '' } });
    const isThrough = await addressPass(work, done.at.after, addresses);
    if (isThrough) pace.end();
    return isThrough;
  } finally {
    addresses.close();
  }
}
