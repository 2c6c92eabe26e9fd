import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalMailbox } from '../accounts/accounts.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Batch } from './batch.ts';
import { candidateOf, type Candidate } from './candidate.ts';
import type { Open, Progress } from './check-pass.ts';
import { lookUp, makeExisting } from './existing.ts';
import { giveTags, type Untagged } from './give-tags.ts';
import type { ImportStore } from './import-store.ts';
import type { Entry } from './reading/records.ts';
import { openTable } from './reading/table.ts';
import { rejectedLine, rejectsHead } from './rejects.ts';
import { RowProblem } from './row.ts';
import { sealLegacy } from './secret.ts';
import type { Source } from './sources/source.ts';
import { copyOf, countName, countProblem, type Tally } from './tally.ts';

/** What a transaction should take, in milliseconds: others who write wait for it, those of another process in their turn. */
const TRANSACTION = 40;
/** Rows of one transaction: at first, at least and at most. */
const [ROWS, ROWS_MIN, ROWS_MAX] = [400, 200, 1000];

/** How far the work is when a transaction is through. */
export type Done = Pick<Batch, 'lines' | 'tally' | 'rejects'>;

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
  readonly storage: Storage;
  readonly seals: Seals;
  readonly store: ImportStore;
  /** Runs a transaction of the batch's work; it throws where the batch is somebody else's by now. */
  readonly commit: (done: Done, write: (tx: Db) => Promise<void>) => Promise<void>;
  /** Says that somebody still works on it, though nothing was written. */
  readonly keep: () => Promise<void>;
};

/** An old account that will have a row under this key. */
type Coming = { readonly candidate: Candidate; readonly key: string };

/** Somebody stands under one of the keys. */
class Conflict extends Error {}

/** Each time nothing came of it, somebody else made a profile in between. */
const TRIES = 20;

/**
 * Imports what of a file is not done yet, transaction by transaction, each of which also says up to which line all is
 * done: killed at any moment, it goes on from there.
 * @returns whether it came to the end of the file
 * @throws {UserError} what `openTable` and `commit` throw
 */
export async function workPass(
  { storage, seals, store, commit, keep }: Needs,
  batch: Batch,
  source: Source,
  open: Open,
  { progress, isStopped, reject }: WorkOptions,
): Promise<boolean> {
  const { id: batchId, applicationId } = batch;
  const needs = { store, seals, source, batchId };
  const table = await openTable(open(), source.columns);
  const looksAlways = await store.hasOldRows(applicationId, batchId);
  let done: Done = { lines: batch.lines, tally: batch.tally, rejects: batch.rejects };
  let waiting: Entry[] = [];
  let [size, looksNext] = [ROWS, looksAlways];

  function sealed({ candidate: { row, record }, key }: Coming): string {
    return sealLegacy(seals, applicationId, key, {
      seed: randomId(),
      key: row.key,
      record,
      address: row.address,
      confirmed: row.confirmed,
      blocked: row.blocked,
      secondFactor: row.secondFactor,
    });
  }

  function rowOf(one: Coming): Untagged {
    const { name, address, confirmed } = one.candidate.row;
    return {
      nameKey: one.key,
      name,
      // One that nobody confirmed finds nothing: anybody may have given it, as often as they liked (A54).
      address: address === undefined || !confirmed ? undefined : canonicalMailbox(address),
      sealed: sealed(one),
    };
  }

  /** Imports these records in one transaction; false, and nothing is written, where some names turned out to be held. */
  async function attempt(entries: readonly Entry[], looks: boolean): Promise<boolean> {
    const tally = copyOf(done.tally);
    let rejected = '';
    const read = entries.map((entry) => ({ entry, candidate: candidateOf(source, entry) }));
    const candidates = read.flatMap(({ candidate }) => (candidate instanceof RowProblem ? [] : [candidate]));
    const existing = looks
      ? await lookUp(needs, storage.read, applicationId, candidates)
      : makeExisting(needs, new Map());
    const coming: Coming[] = [];
    const shapes = new Set<string>();
    for (const { entry, candidate } of read) {
      const verdict = candidate instanceof RowProblem ? candidate : existing.verdictOn(candidate);
      if (candidate instanceof RowProblem || verdict instanceof RowProblem) {
        const problem = verdict as RowProblem;
        countProblem(tally, problem);
        if (problem.shape !== undefined) shapes.add(problem.shape);
        rejected += rejectedLine(table.format, entry, problem);
      } else if (verdict.kind === 'present') {
        tally.present += 1;
      } else {
        countName(tally, candidate);
        shapes.add(candidate.shape);
        coming.push({ candidate, key: verdict.key });
      }
    }
    if (rejected !== '' && done.rejects === 0) rejected = rejectsHead(table.format) + rejected;
    if (rejected !== '') await reject?.(rejected, done.rejects);
    const after: Done = {
      lines: entries.at(-1)?.lastLine ?? done.lines,
      tally,
      rejects: done.rejects + Buffer.byteLength(rejected),
    };
    // In the order of the keys: rows that come to lie on one page are written one after the other.
    coming.sort((a, b) => (a.key < b.key ? -1 : 1));
    const fresh = coming.map(rowOf);
    const started = performance.now();
    try {
      await commit(after, (tx) => write(tx, [...shapes].toSorted(), fresh));
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
    const took = performance.now() - started;
    size = Math.round(Math.min(ROWS_MAX, Math.max(ROWS_MIN, (entries.length * TRANSACTION) / took)));
    done = after;
    return true;
  }

  async function write(tx: Db, shapes: readonly string[], fresh: readonly Untagged[]): Promise<void> {
    // First the shapes: who makes a profile of such a name at the same moment takes the same one, before us or after.
    await store.takeShapes(tx, applicationId, shapes);
    const keys = fresh.map(({ nameKey }) => nameKey);
    if (keys.length > 0 && (await store.hasProfiles(tx, applicationId))) {
      if ((await store.profiles(tx, applicationId, keys)).length > 0) throw new Conflict();
    }
    const rows = fresh.map(({ nameKey, name, sealed }) => ({ nameKey, name, sealed }));
    const inserted = await store.insertRows(tx, { applicationId, batchId }, rows);
    if (inserted < fresh.length) throw new Conflict();
    await store.insertTags(tx, applicationId, await giveTags({ store, seals }, tx, applicationId, fresh));
  }

  async function flush(entries: readonly Entry[]): Promise<void> {
    // Looking first is only needed where somebody is there already, which the last transaction tells best.
    for (let tries = 0; tries < TRIES; tries += 1) {
      const isThrough = await attempt(entries, looksNext || tries > 0);
      looksNext = looksAlways || tries > 0;
      if (isThrough) return;
    }
    throw new Error('names were taken too often');
  }

  for await (const entries of table.entries) {
    for (const entry of entries) {
      if (entry.lastLine <= done.lines) continue;
      waiting.push(entry);
      if (waiting.length < size) continue;
      if (isStopped?.() === true) return false;
      await flush(waiting);
      waiting = [];
      progress?.({ lines: done.lines, bytes: table.meter.bytes, tally: done.tally });
      await nextTurn();
    }
    if (isStopped?.() === true) return false;
    await keep();
  }
  if (waiting.length > 0) await flush(waiting);
  progress?.({ lines: done.lines, bytes: table.meter.bytes, tally: done.tally });
  return true;
}
