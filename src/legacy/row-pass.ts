import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { addressLines } from './address-pass.ts';
import type { Batch } from './batch.ts';
import { candidateOf, type Candidate } from './candidate.ts';
import { lookUp, makeExisting } from './existing.ts';
import type { ImportStore, NewRow } from './import-store.ts';
import type { Pace } from './pace.ts';
import { placeOf, readSorted } from './read-pass.ts';
import type { Entry, Format } from './reading/records.ts';
import type { RejectsWriter } from './rejects.ts';
import { RowProblem } from './row.ts';
import { sealLegacy } from './secret.ts';
import { makeSizes } from './sizes.ts';
import type { Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { copyOf, countName, countProblem, type Tally } from './tally.ts';

/** How far an import is when a transaction is through. */
export type Done = Pick<Batch, 'lines' | 'tally' | 'rejects' | 'at'>;

/** Runs a transaction of an import; it throws where the import is somebody else's by now. */
export type Commit = (done: Partial<Done>, write?: (tx: Db) => Promise<void>) => Promise<void>;

/** Whoever imports one file. */
export type Work = {
  readonly storage: Storage;
  readonly seals: Seals;
  readonly store: ImportStore;
  readonly commit: Commit;
  readonly batch: Pick<Batch, 'id' | 'applicationId'>;
  readonly pace: Pace;
};

/** An old account that will have a row under this key. */
type Coming = { readonly candidate: Candidate; readonly key: string };

/** Somebody stands under one of the keys. */
class Conflict extends Error {}

/** Each time nothing came of it, somebody else made a profile in between. */
const TRIES = 20;

/**
 * Writes rows in the order of their keys, as rows that lie beside one another are written fastest: of two lines with one
 * name the first counts. Each transaction says up to where all is done.
 * @returns whether it came to the end
 */
export async function rowPass(
  { storage, seals, store, commit, batch: { id: batchId, applicationId }, pace }: Work,
  source: Source,
  format: Format,
  from: Done,
  { sorter, rejects, addresses }: { sorter: Sorter; rejects: RejectsWriter; addresses: Sorter | undefined },
): Promise<boolean> {
  const needs = { store, seals, source, batchId };
  const looksAlways = await store.hasOldRows(applicationId, batchId);
  const sizes = makeSizes();
  let tally: Tally = from.tally;
  let looksNext = looksAlways;

  function rowOf({ candidate: { row, record }, key }: Coming): NewRow {
    const sealed = sealLegacy(seals, applicationId, key, {
      seed: randomId(),
      key: row.key,
      record,
      address: row.address,
      confirmed: row.confirmed,
      blocked: row.blocked,
      secondFactor: row.secondFactor,
    });
    return { nameKey: key, name: row.name, sealed };
  }

  async function write(tx: Db, shapes: readonly string[], fresh: readonly NewRow[]): Promise<void> {
    // First the shapes: who makes a profile of such a name at the same moment takes the same one, before us or after.
    await store.takeShapes(tx, applicationId, shapes);
    const keys = fresh.map(({ nameKey }) => nameKey);
    if (keys.length > 0 && (await store.hasProfiles(tx, applicationId))) {
      if ((await store.profiles(tx, applicationId, keys)).length > 0) throw new Conflict();
    }
    if ((await store.insertRows(tx, { applicationId, batchId }, fresh)) < fresh.length) throw new Conflict();
  }

  /** Imports these lines in one transaction; false, and nothing is written, where some names turned out to be held. */
  async function attempt(lines: readonly string[], looks: boolean): Promise<boolean> {
    const after = copyOf(tally);
    const shapes = new Set<string>();
    const read: { entry: Entry; candidate: Candidate }[] = [];
    for (const line of lines) {
      const sorted = readSorted(format, line);
      if ('shape' in sorted) {
        shapes.add(sorted.shape);
        continue;
      }
      const candidate = candidateOf(source, sorted.entry);
      // Whatever cannot be imported was found out when it was read.
      if (candidate instanceof RowProblem) throw new Error(`a sorted line is ${candidate.code}`);
      read.push({ entry: sorted.entry, candidate });
    }
    const candidates = read.map(({ candidate }) => candidate);
    const existing = looks
      ? await lookUp(needs, storage.read, applicationId, candidates)
      : makeExisting(needs, new Map());
    const coming: Coming[] = [];
    for (const { entry, candidate } of read) {
      const verdict = existing.verdictOn(candidate);
      if (verdict instanceof RowProblem) {
        countProblem(after, verdict);
        rejects.add(entry, verdict);
      } else if (verdict.kind === 'present') {
        after.present += 1;
      } else {
        countName(after, candidate);
        shapes.add(candidate.shape);
        coming.push({ candidate, key: verdict.key });
      }
    }
    const fresh = coming.map(rowOf);
    const at = { pass: 'rows' as const, after: placeOf(lines.at(-1) ?? '') };
    const isThrough = await rejects.tentatively(async (length) => {
      try {
        await sizes.timed(lines.length, () =>
          commit({ tally: after, rejects: length, at }, (tx) => write(tx, [...shapes].toSorted(), fresh)),
        );
        return true;
      } catch (error) {
        if (error instanceof Conflict) return false;
        throw error;
      }
    });
    if (!isThrough) return false;
    tally = after;
    const found = coming.flatMap(({ candidate: { row }, key }) => addressLines(seals, applicationId, key, row));
    await addresses?.add(found);
    return true;
  }

  async function flush(lines: readonly string[]): Promise<void> {
    // Looking first is only needed where somebody is there already, which the last transaction tells best.
    for (let tries = 0; tries < TRIES; tries += 1) {
      const isThrough = await attempt(lines, looksNext || tries > 0);
      looksNext = looksAlways || tries > 0;
      if (isThrough) return;
    }
    throw new Error('names were taken too often');
  }

  let waiting: string[] = [];
  let done = 0;
  for await (const lines of sorter.sorted()) {
    for (const line of lines) {
      done += 1;
      if (from.at.after !== '' && placeOf(line) <= from.at.after) continue;
      waiting.push(line);
      if (waiting.length < sizes.next()) continue;
      if (pace.isStopped()) return false;
      await flush(waiting);
      waiting = [];
      pace.rows(done, sorter.count());
      await nextTurn();
    }
    await pace.keep();
  }
  if (waiting.length > 0) await flush(waiting);
  return true;
}
