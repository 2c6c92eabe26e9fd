import { PREFIXES, placeOf, type Writer } from '../../accounts/breached-file.ts';

/** Requests under way at once. */
const AT_ONCE = 24;
/** How often one range is asked for, and how long each time, in milliseconds. */
const TRIES = 5;
const PATIENCE = 30_000;
/** A range is about 40 KiB; a longer answer is none. */
const RANGE_MAX = 4 * 2 ** 20;

/** The source does not answer as it should, in words for whoever runs the command. */
export class SourceError extends Error {}

type Source = {
  /** The address that the five digits of a prefix are put after. */
  readonly from: string;
  /** How often a password must have been seen to be kept. */
  readonly seen: number;
  /** Waits before another try, so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly onProgress: (done: number) => void;
  /** How many ranges there are; fewer only in tests. */
  readonly ranges?: number;
};

function recordsIn(prefix: string, body: string, seen: number): number[] {
  const records: number[] = [];
  for (const line of body.split(/\r?\n/u)) {
    if (line === '') continue;
    const [, suffix, count] = /^([0-9A-Fa-f]{35}):(\d{1,12})$/u.exec(line) ?? [];
    if (suffix === undefined) throw new SourceError(`${prefix} holds a line that is none of its format`);
    if (Number(count) >= seen) records.push(placeOf(prefix + suffix).record);
  }
  return records;
}

async function readRange(prefix: string, { from, seen, pause }: Source): Promise<number[]> {
  let why = '';
  for (let number = 0; number < TRIES; number += 1) {
    // A second, then two, four, eight: a service that is tired is not helped by haste.
    if (number > 0) await pause(1000 * 2 ** (number - 1));
    try {
      const answer = await fetch(`${from}${prefix}`, {
        headers: { 'user-agent': 'aluco' },
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!answer.ok) {
        await answer.body?.cancel();
        why = `answered ${answer.status}`;
        if (answer.status < 500 && answer.status !== 429) break;
        continue;
      }
      if (Number(answer.headers.get('content-length') ?? 0) > RANGE_MAX) throw new SourceError(`${prefix} is too long`);
      return recordsIn(prefix, await answer.text(), seen);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      why = `could not be read (${(error as Error).message})`;
    }
  }
  throw new SourceError(`${from}${prefix} ${why}`);
}

/**
 * Downloads the ranges that `writer` still needs, in order, a bounded number at once.
 * @throws {SourceError} what was written until then is gone on with the next time.
 */
export async function fetchRanges(writer: Writer, source: Source): Promise<void> {
  const { ranges = PREFIXES, onProgress } = source;
  const ahead: Promise<number[]>[] = [];
  let asked = writer.next();
  while (writer.next() < ranges) {
    for (; ahead.length < AT_ONCE && asked < ranges; asked += 1) {
      const range = readRange(asked.toString(16).toUpperCase().padStart(5, '0'), source);
      // Looked at in its turn; until then it is not unhandled.
      range.catch(() => undefined);
      ahead.push(range);
    }
    await writer.append((await ahead.shift()) ?? []);
    onProgress(writer.next());
  }
}
