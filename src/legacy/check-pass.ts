import { UserError } from '../errors.ts';
import { candidateOf, type Candidate } from './candidate.ts';
import { lookUp, makeExisting } from './existing.ts';
import type { CheckDesk } from './desk.ts';
import type { Entry } from './reading/records.ts';
import type { Table } from './reading/table.ts';
import { rejectedLine, rejectsHead } from './rejects.ts';
import { RowProblem, type RowProblemCode } from './row.ts';
import { makeSeen } from './seen.ts';
import type { Source } from './sources/source.ts';
import { copyOf, countName, countProblem, NOTHING, traitsOf, type Tally } from './tally.ts';

/** A file, as often as it must be read: each piece of it holds good until the next is asked for. */
export type Open = () => AsyncIterable<Buffer | string>;

/** How far a pass is: lines of the file, and bytes of it as it lies there. */
export type Progress = { readonly lines: number; readonly bytes: number };

/** A line that would not be imported. */
export type BadLine = { readonly line: number; readonly code: RowProblemCode; readonly column: string | undefined };

/** What is in a file. */
export type Report = Tally & {
  readonly lines: number;
  /** Of how many names the look is one that is taken, by another of the file too. They are imported all the same (P3). */
  readonly alike: number;
  /** The first lines that would not be imported. */
  readonly bad: readonly BadLine[];
  /** How hashes begin that nothing here knows, or how long they are, and how many do. */
  readonly unknown: Readonly<Record<string, number>>;
};

/** So many bad lines are named in a report; a file of rejects names all. */
const NAMED = 200;
/** So many records are looked up at a time. */
const PIECE = 500;
/** So many kinds of unknown hashes. */
const KINDS = 20;
/** Enough for any user table that fits in a file; what is kept of each name is a few bytes, but not nothing. */
const NAMES_MAX = 10_000_000;

/** What is to be checked: plain values, so that a thread can be told. */
export type CheckTask = {
  /** Whether the application has names, old ones or of profiles; and shapes that are taken. One that has none need not be asked. */
  readonly hasNames: boolean;
  readonly hasShapes: boolean;
  /** Whether anybody wants the lines that would not be imported. */
  readonly wantsRejects: boolean;
};

export type CheckOptions = {
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Asked between blocks of lines; once it says yes, the pass throws. */
  readonly isStopped?: (() => boolean) | undefined;
  /** Given what a file of rejects would hold, in whole lines. */
  readonly reject?: ((text: string) => void | Promise<void>) | undefined;
};

/** How a hash is written, by which nobody could try passwords. */
function kindOf(text: string): string {
  return /^(?:\$[\w-]{1,16}\$|\{[\w.-]{1,20}\})/u.exec(text)?.[0] ?? `${text.length}`;
}

/**
 * Reads all of a file and writes nothing; memory grows with the number of names, by some 30 bytes of each.
 * @throws {UserError} legacy_stopped, legacy_names_many {max}, and what `openTable` and the desk throw
 */
export async function checkPass(
  desk: CheckDesk,
  source: Source,
  openTable: () => Promise<Table>,
  { hasNames, hasShapes, wantsRejects }: CheckTask,
): Promise<Report> {
  const table = await openTable();
  const tally = copyOf(NOTHING);
  const bad: BadLine[] = [];
  const unknown: Record<string, number> = {};
  const [names, shapes] = [makeSeen(), makeSeen()];
  let [alike, lines, at] = [0, 0, 0];
  await reject(rejectsHead(table.format));

  async function reject(text: string): Promise<void> {
    if (!wantsRejects || text === '') return;
    await desk.reject(text, at);
    at += Buffer.byteLength(text);
  }

  async function judge(entries: readonly Entry[]): Promise<void> {
    const read = entries.map((entry) => ({ entry, candidate: candidateOf(source, entry) }));
    const candidates = read.flatMap(({ candidate }) => (candidate instanceof RowProblem ? [] : [candidate]));
    const existing = hasNames ? await lookUp({ source }, desk, candidates) : makeExisting({ source }, []);
    const shapesThere = hasShapes && candidates.length > 0 ? candidates.map(({ shape }) => shape) : [];
    const taken = new Set(shapesThere.length > 0 ? await desk.takenShapes(shapesThere) : []);
    let rejected = '';
    for (const { entry, candidate } of read) {
      const problem = candidate instanceof RowProblem ? candidate : problemOf(candidate);
      if (problem === undefined) continue;
      countProblem(tally, problem);
      if (problem.code === 'hash_unknown') countUnknown(entry);
      if (bad.length < NAMED) bad.push({ line: entry.line, code: problem.code, column: problem.column });
      if (wantsRejects) rejected += rejectedLine(table.format, entry, problem);
    }
    await reject(rejected);

    function problemOf(candidate: Candidate): RowProblem | undefined {
      const verdict = existing.verdictOn(candidate);
      if (verdict instanceof RowProblem) return verdict;
      if (verdict.kind === 'present') {
        tally.present += 1;
        return undefined;
      }
      if (names.add(source.compares === 'exact' ? candidate.row.name : candidate.key)) return new RowProblem('twice');
      const looksKnown = shapes.add(candidate.shape);
      countName(tally, traitsOf(candidate));
      if (looksKnown || taken.has(candidate.shape)) alike += 1;
      return undefined;
    }
  }

  function countUnknown({ cells }: Entry): void {
    if (cells instanceof RowProblem) return;
    const kind = kindOf(source.read(cells).hash?.text ?? '');
    if (unknown[kind] !== undefined || Object.keys(unknown).length < KINDS) unknown[kind] = (unknown[kind] ?? 0) + 1;
  }

  for await (const entries of table.entries) {
    if (!(await desk.goesOn())) throw new UserError('legacy_stopped');
    for (let from = 0; from < entries.length; from += PIECE) await judge(entries.slice(from, from + PIECE));
    if (tally.names + tally.present > NAMES_MAX) throw new UserError('legacy_names_many', { max: NAMES_MAX });
    lines = entries.at(-1)?.lastLine ?? lines;
    desk.tell({ lines, bytes: table.meter.bytes, tally });
  }
  return { ...tally, lines, alike, bad, unknown };
}
