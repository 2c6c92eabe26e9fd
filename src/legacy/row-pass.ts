import { randomId } from '../storage/seal.ts';
import { addressLine } from './address-pass.ts';
import { makeAhead } from './ahead.ts';
import { lookUp, makeExisting, type Existing } from './existing.ts';
import type { NewRow } from './import-store.ts';
import { inPieces } from './pieces.ts';
import type { Entry, Format } from './reading/records.ts';
import type { RejectsWriter } from './rejects.ts';
import { RowProblem } from './row.ts';
import { sealSeeded } from './sealing.ts';
import { makeSizes } from './sizes.ts';
import { entryOf, placeOf, readSorted, type Coming } from './sorted.ts';
import type { Sorter } from './sorting/sorter.ts';
import type { Source } from './sources/source.ts';
import { copyOf, countName, countProblem, NOTHING, sumOf, type Tally } from './tally.ts';
import type { Done, Work } from './work-pass.ts';

/** What one transaction is to write. */
type Piece = {
  readonly counted: Tally;
  readonly rejected: readonly { readonly entry: Entry; readonly problem: RowProblem }[];
  /** JSON, as the desk takes them. */
  readonly shapes: string;
  readonly rows: string;
  readonly addresses: readonly string[];
};

/** Each time nothing came of it, somebody turned out to be there: by a profile made in between, or the piece before. */
const TRIES = 20;

/**
 * Writes rows in the order of their keys, as rows that lie beside one another are written fastest: of two lines with one
 * name the first counts. Each transaction says up to where all is done; while one is under way the next is prepared.
 * @returns whether it came to the end
 */
export async function rowPass(
  { desk, seals, batch: { id: batchId, applicationId }, hasOthers, pace }: Work,
  source: Source,
  format: Format,
  from: Done,
  { sorter, rejects, addresses }: { sorter: Sorter; rejects: RejectsWriter; addresses: Sorter | undefined },
): Promise<boolean> {
  const needs = { source, batchId };
  const sizes = makeSizes();
  const ahead = makeAhead<boolean>();
  let tally: Tally = from.tally;
  // Looking first is only needed where somebody is there already, which the last transaction that is through tells best.
  let looksNext = hasOthers;

  function read(lines: readonly string[]): { shapes: string[]; coming: Coming[] } {
    const shapes: string[] = [];
    const coming: Coming[] = [];
    for (const line of lines) {
      const sorted = readSorted(line);
      if (sorted.kind === 'shape') shapes.push(sorted.shape);
      else coming.push(sorted);
    }
    return { shapes, coming };
  }

  /** What is to be written of these lines, against what stands at the application. */
  function pieceOf({ shapes, coming }: ReturnType<typeof read>, existing: Existing): Piece {
    const counted = copyOf(NOTHING);
    const rejected: { entry: Entry; problem: RowProblem }[] = [];
    const taken = new Set(shapes);
    const rows: NewRow[] = [];
    const found: string[] = [];
    for (const one of coming) {
      const verdict = existing.verdictOn(one);
      if (verdict instanceof RowProblem) {
        countProblem(counted, verdict);
        rejected.push({ entry: entryOf(format, one), problem: verdict });
      } else if (verdict.kind === 'present') {
        counted.present += 1;
      } else {
        const { key } = verdict;
        const { row, address } = one;
        countName(counted, one.traits);
        taken.add(one.shape);
        rows.push([key, row.name, sealSeeded(seals, applicationId, key, randomId(), one.secret)]);
        if (addresses !== undefined && address !== undefined)
          found.push(addressLine(seals, applicationId, { nameKey: key, address }));
      }
    }
    const shapeRows = [...taken].toSorted().map((shape) => [shape]);
    return { counted, rejected, shapes: JSON.stringify(shapeRows), rows: JSON.stringify(rows), addresses: found };
  }

  const look = ({ coming }: ReturnType<typeof read>): Promise<Existing> => lookUp(needs, desk, coming);

  /** Writes a piece; undefined, and nothing is written, where some names turned out to be held. */
  async function attempt(piece: Piece, after: string, lines: number): Promise<{ goesOn: boolean } | undefined> {
    const sum = sumOf(tally, piece.counted);
    for (const { entry, problem } of piece.rejected) rejects.add(entry, problem);
    let goesOn = true;
    const isThrough = await rejects.tentatively(async (length) => {
      const done = { tally: sum, rejects: length, at: { pass: 'rows' as const, after } };
      const written = await desk.writeRows(done, piece.shapes, piece.rows);
      sizes.took(lines, written.milliseconds);
      goesOn = written.goesOn;
      return written.isThrough;
    });
    if (!isThrough) return undefined;
    tally = sum;
    addresses?.add(piece.addresses);
    return { goesOn };
  }

  /** Writes a piece, judged anew as often as somebody turns out to be there. @returns whether to go on */
  async function write(
    first: Piece,
    these: ReturnType<typeof read>,
    { after, lines, count }: { after: string; lines: number; count: number },
  ): Promise<boolean> {
    let piece = first;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const through = await attempt(piece, after, lines);
      looksNext = hasOthers || tries > 0;
      if (through !== undefined) {
        pace.rows(count, sorter.count());
        return through.goesOn;
      }
      piece = pieceOf(these, await look(these));
    }
    throw new Error('names were taken too often');
  }

  async function flush(lines: readonly string[], count: number): Promise<boolean> {
    const these = read(lines);
    const piece = pieceOf(these, looksNext ? await look(these) : makeExisting(needs, []));
    if ((await ahead.end()) === false) return false;
    ahead.begin(() => write(piece, these, { after: placeOf(lines.at(-1) ?? ''), lines: lines.length, count }));
    return true;
  }

  const isDone = (line: string): boolean => from.at.after !== '' && placeOf(line) <= from.at.after;
  try {
    return await inPieces(sorter, { desk, sizes, isDone }, flush);
  } finally {
    await ahead.end();
  }
}
