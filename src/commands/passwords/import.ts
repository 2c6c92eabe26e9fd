import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PREFIXES, placeOf, type Writer } from '../../accounts/breached-file.ts';

/** The file is sorted in so many pieces, one after the other in memory: 30 MB each for a thousand million passwords. */
const PIECES = 256;
const PREFIXES_A_PIECE = PREFIXES / PIECES;
/** A prefix within its piece (16 bits) and a record (32 bits). */
const ENTRY_BYTES = 6;
const BUFFER_BYTES = 6 * 8192;

/** A line that is none, in words for whoever runs the command. */
export class LineError extends Error {}

/** One piece on its way to the disk. */
type Piece = { readonly file: FileHandle; readonly buffer: Buffer; used: number };

async function flush(piece: Piece): Promise<void> {
  await piece.file.write(piece.buffer, 0, piece.used);
  piece.used = 0;
}

async function distribute(source: string, pieces: readonly Piece[], seen: number): Promise<void> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(source), crlfDelay: Infinity })) {
    number += 1;
    if (line === '') continue;
    const [, hash, count = '1'] = /^([0-9A-Fa-f]{40})(?::(\d{1,12}))?\s*$/u.exec(line) ?? [];
    if (hash === undefined) throw new LineError(`line ${number} is no SHA-1 with a count, like 5BAA…:1234`);
    if (Number(count) < seen) continue;
    const { prefix, record } = placeOf(hash);
    const piece = pieces[Math.floor(prefix / PREFIXES_A_PIECE)];
    if (piece === undefined) continue;
    piece.buffer.writeUInt16LE(prefix % PREFIXES_A_PIECE, piece.used);
    piece.buffer.writeUInt32LE(record, piece.used + 2);
    piece.used += ENTRY_BYTES;
    if (piece.used === BUFFER_BYTES) await flush(piece);
  }
}

/**
 * Writes the passwords of a text file, one hash in hexadecimal and its count a line, in any order. Needs room beside
 * the target for what it sorts, and little memory.
 * @throws {LineError}
 */
export async function importHashes(source: string, target: string, writer: Writer, seen: number): Promise<void> {
  const folder = await mkdtemp(`${target}.sorting-`);
  const names = Array.from({ length: PIECES }, (_, at) => path.join(folder, String(at)));
  const files = await Promise.all(names.map((name) => open(name, 'w')));
  try {
    const pieces = files.map((file) => ({ file, buffer: Buffer.alloc(BUFFER_BYTES), used: 0 }));
    await distribute(source, pieces, seen);
    await Promise.all(pieces.map(flush));
    for (const name of names) {
      const entries = await readFile(name);
      const byPrefix: number[][] = Array.from({ length: PREFIXES_A_PIECE }, () => []);
      for (let at = 0; at < entries.length; at += ENTRY_BYTES)
        byPrefix[entries.readUInt16LE(at)]?.push(entries.readUInt32LE(at + 2));
      for (const records of byPrefix) await writer.append(records);
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
    await rm(folder, { recursive: true, force: true });
  }
}
