import { open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/**
 * The file of passwords known from leaks. Look-ups read two short pieces of it and keep nothing in memory:
 *
 * - a head of 64 bytes: the name of the format, how many prefixes are written (all, when it is finished), how often a
 *   password was seen at least, and when it was made;
 * - for each prefix of 20 bits, and once more at the end, how many records come before it (32 bits);
 * - the records, sorted within their prefix: of each SHA-1 the 32 bits after the prefix.
 *
 * 52 bits of a hash are enough: of a thousand million known ones, one in four million unknown passwords is taken for a
 * known one. The prefixes are those of the Have I Been Pwned range API, so a download is written as it comes. All
 * numbers are little-endian.
 */
const MAGIC = Buffer.from('aluco passwords 1\n');
const HEAD_BYTES = 64;
const AT = { next: 24, seen: 28, made: 32 } as const;

/** How many prefixes there are. */
export const PREFIXES = 2 ** 20;

const RECORDS_AT = HEAD_BYTES + 4 * (PREFIXES + 1);

/** About a thousand records share a prefix; a file that says more than this is damaged. */
const MOST_RECORDS = 2 ** 16;

export type Head = {
  /** How many prefixes are written; `PREFIXES` when the file is finished. */
  readonly next: number;
  /** How often each password was seen at least. */
  readonly seen: number;
  /** When it was begun, in milliseconds. */
  readonly made: number;
};

/** The file is not what it should be, in words for its administrator. */
export class DamagedFile extends Error {}

/** Where a hash belongs: its prefix, and its record there. `hex`: at least 13 digits of SHA-1. */
export function placeOf(hex: string): { prefix: number; record: number } {
  return { prefix: Number.parseInt(hex.slice(0, 5), 16), record: Number.parseInt(hex.slice(5, 13), 16) };
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw new DamagedFile('it is cut');
  return buffer;
}

/** @throws {DamagedFile} */
export async function readHead(file: FileHandle): Promise<Head> {
  const head = await readAt(file, 0, HEAD_BYTES);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new DamagedFile('it is no such file, or of another version');
  const next = head.readUInt32LE(AT.next);
  if (next > PREFIXES) throw new DamagedFile('its head makes no sense');
  return { next, seen: head.readUInt32LE(AT.seen), made: head.readDoubleLE(AT.made) };
}

/**
 * Whether a record is in the file.
 * @throws {DamagedFile}
 */
export async function holds(
  file: FileHandle,
  { prefix, record }: { prefix: number; record: number },
): Promise<boolean> {
  const bounds = await readAt(file, HEAD_BYTES + 4 * prefix, 8);
  const [from, to] = [bounds.readUInt32LE(0), bounds.readUInt32LE(4)];
  if (to < from || to - from > MOST_RECORDS) throw new DamagedFile('its index makes no sense');
  if (to === from) return false;
  const records = await readAt(file, RECORDS_AT + 4 * from, 4 * (to - from));
  let [low, high] = [0, to - from - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = records.readUInt32LE(4 * middle);
    if (found === record) return true;
    if (found < record) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/**
 * Reads head, index and length; takes 4 MiB for a moment.
 * @returns the head, and how many passwords it knows so far.
 * @throws {DamagedFile}
 */
export async function examine(file: FileHandle): Promise<Head & { records: number }> {
  const head = await readHead(file);
  const index = await readAt(file, HEAD_BYTES, 4 * (head.next + 1));
  let before = 0;
  for (let at = 0; at <= head.next; at += 1) {
    const records = index.readUInt32LE(4 * at);
    if (records < before || records - before > MOST_RECORDS) throw new DamagedFile('its index makes no sense');
    before = records;
  }
  const { size } = await file.stat();
  const isLong = head.next === PREFIXES ? size === RECORDS_AT + 4 * before : size >= RECORDS_AT + 4 * before;
  if (!isLong) throw new DamagedFile('it is cut, or something was added to it');
  return { ...head, records: before };
}

/** Prefixes between two writes to the disk: what is fetched again after an interruption. */
const STRIDE = 1024;

export type Writer = Awaited<ReturnType<typeof openWriter>>;

/**
 * Writes such a file beside `target`, prefix by prefix, and puts it in its place at the end; whoever reads meanwhile
 * reads the one before. Goes on where an interrupted one stopped, if that was for the same `seen`.
 */
export async function openWriter(target: string, { seen, now }: { seen: number; now: number }) {
  const part = `${target}.part`;
  const file = await open(part, 'a+').then(async (made) => {
    await made.close();
    return open(part, 'r+');
  });
  const before = await examine(file).catch((error: unknown) => {
    if (error instanceof DamagedFile) return undefined;
    throw error;
  });
  const start = before?.seen === seen ? before : { next: 0, seen, made: now, records: 0 };
  let { next, records } = start;
  let written = { next, records };
  let waiting: Buffer[] = [];
  let index: number[] = [];

  await file.truncate(next === 0 ? 0 : RECORDS_AT + 4 * records);

  async function writeHead(done: number): Promise<void> {
    const head = Buffer.alloc(HEAD_BYTES);
    MAGIC.copy(head);
    head.writeUInt32LE(done, AT.next);
    head.writeUInt32LE(seen, AT.seen);
    head.writeDoubleLE(start.made, AT.made);
    await file.write(head, 0, HEAD_BYTES, 0);
  }

  /** Records and index first, and only when they are on the disk the head that counts them in. */
  async function flush(): Promise<void> {
    const entries = Buffer.alloc(4 * (index.length + 1));
    for (const [at, count] of [...index, records].entries()) entries.writeUInt32LE(count, 4 * at);
    await file.write(entries, 0, entries.length, HEAD_BYTES + 4 * written.next);
    const all = Buffer.concat(waiting);
    await file.write(all, 0, all.length, RECORDS_AT + 4 * written.records);
    await file.datasync();
    await writeHead(next);
    await file.datasync();
    written = { next, records };
    [waiting, index] = [[], []];
  }

  return {
    /** The prefix that is to be written next. */
    next: (): number => next,

    /** Writes the records of the next prefix, in any order. */
    async append(unsorted: readonly number[]): Promise<void> {
      const sorted = Uint32Array.from(new Set(unsorted)).sort();
      if (sorted.length > MOST_RECORDS) throw new Error(`more than ${MOST_RECORDS} passwords share a prefix`);
      const bytes = Buffer.alloc(4 * sorted.length);
      for (const [at, record] of sorted.entries()) bytes.writeUInt32LE(record, 4 * at);
      index.push(records);
      waiting.push(bytes);
      records += sorted.length;
      next += 1;
      if (next % STRIDE === 0) await flush();
    },

    /** Puts the file in its place; prefixes that were not written have no records. */
    async finish(): Promise<{ records: number }> {
      for (; next < PREFIXES; next += 1) index.push(records);
      await flush();
      await file.truncate(RECORDS_AT + 4 * records);
      await file.sync();
      await file.close();
      await rename(part, target);
      const folder = await open(path.dirname(target), 'r');
      await folder.sync();
      await folder.close();
      return { records };
    },

    /** Stops before the end; what is on the disk is gone on with later. */
    async stop(): Promise<void> {
      await file.close();
    },
  };
}
