import { randomId, roundUpToHour, type Seals } from '../../storage/seal.ts';
import { isUnavailable, type Storage } from '../../storage/storage.ts';
import type { Room } from './full.ts';
import type { Reached } from './reached.ts';
import type { makeMessageStore } from './store.ts';

const KIB = 1024;

/** A body of no more bytes stays in memory and is kept in one write with everything else. */
export const SMALL = 64 * KIB;
/** A larger one is kept in pieces of so many bytes. */
export const PIECE = 256 * KIB;
/** Bodies and last pieces are filled up to a multiple of so many bytes: their size tells little. */
const SMALL_STEP = 4 * KIB;
const PIECE_STEP = 64 * KIB;

/** A body that belongs to no message is removed after so long, in milliseconds; never while it is being written. */
export const ORPHAN = 6 * 3_600_000;

/** A body that was received, and belongs to no message yet. */
export type StoredBody = {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** The whole of a small one; a larger one lies in the database. */
  readonly small: Buffer | undefined;
};

/**
 * Takes one body. `abandon` is to be called in the end, whatever happened: once the body belongs to a message it does
 * nothing.
 */
export type BodyWriter = {
  /**
   * Takes some more octets; resolves when the next may come.
   * @throws {SpoolFullError} or what `isUnavailable` knows
   */
  write(chunk: Buffer): Promise<void>;
  /** Says that all octets were written: they are kept, but for a small body, which is kept with its message. */
  finish(): Promise<StoredBody>;
  /** Forgets a body that became no message. Never throws: what could not be removed is removed by `sweep`. */
  abandon(): Promise<void>;
};

export type Bodies = ReturnType<typeof makeBodies>;

function filledUp(octets: Buffer, step: number): Buffer {
  const rest = octets.length === 0 ? step : (step - (octets.length % step)) % step;
  return rest === 0 ? octets : Buffer.concat([octets, Buffer.alloc(rest)]);
}

/** The bodies of messages, sealed: in the row of the message, or piece by piece. */
export function makeBodies({
  storage,
  seals,
  now,
  room,
  messages,
  reached,
}: {
  storage: Storage;
  seals: Seals;
  now: () => number;
  room: Room;
  messages: ReturnType<typeof makeMessageStore>;
  reached: Reached;
}) {
  /** Bodies that are being written by this process: no orphans. */
  const writing = new Set<string>();
  const pieceName = (id: string, number: number): string => `${id}:${number}`;

  /** Removes a body that no delivery needs, some pieces at a time. What is in the way now is left to `sweep`. */
  async function drop(id: string): Promise<void> {
    try {
      for (let isLeft = true; isLeft;) {
        const removed = await storage.write((tx) => messages.removeSome(tx, id));
        room.add({ bytes: -removed.bytes });
        ({ isLeft } = removed);
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    } finally {
      writing.delete(id);
    }
  }

  /** Keeps one piece, where the row it belongs to is still there: nobody else may think it forgotten meanwhile. */
  async function keep(id: string, number: number, octets: Buffer): Promise<void> {
    const body = seals.sealBytes('spool-body', pieceName(id, number), filledUp(octets, PIECE_STEP));
    await room.need(body.length);
    const expiresHour = roundUpToHour(now() + ORPHAN);
    const sealed = number === 0 ? seals.seal('spool', id, '{}') : '';
    await storage.write(async (tx) => {
      if (number === 0) await messages.insert(tx, { id, sealed, body: null, expiresHour });
      else if (!(await messages.change(tx, id, { expiresHour }))) throw new Error('a body was removed half written');
      await messages.addPiece(tx, id, number, body);
    });
    room.add({ bytes: body.length + (number === 0 ? sealed.length : 0) });
    reached('piece kept');
  }

  return {
    /** Whether a body is being written here, or waits for its message. */
    isWritten: (id: string): boolean => writing.has(id),

    /** The body belongs to a message now, and no more to its writer. */
    release: (id: string): void => void writing.delete(id),

    drop,

    /** Begins to take a body, in memory that does not grow with it. */
    begin(): BodyWriter {
      const id = randomId();
      let waiting: Buffer[] = [];
      let bytes = 0;
      let size = 0;
      let pieces = 0;
      let ended = false;

      async function keepWaiting(length: number): Promise<void> {
        const all = Buffer.concat(waiting);
        const rest = all.subarray(length);
        waiting = rest.length === 0 ? [] : [rest];
        bytes = rest.length;
        writing.add(id);
        await keep(id, pieces, all.subarray(0, length));
        pieces += 1;
      }

      return {
        async write(chunk) {
          if (ended) throw new Error('a body was written on after its end');
          if (size === 0) await room.need(0);
          size += chunk.length;
          // What is kept for a while must not keep a larger buffer with it.
          waiting.push(Buffer.from(chunk));
          bytes += chunk.length;
          while (bytes >= PIECE) await keepWaiting(PIECE);
        },

        async finish() {
          ended = true;
          await room.need(0);
          if (size <= SMALL) {
            reached('body kept');
            return { id, size, small: Buffer.concat(waiting) };
          }
          if (bytes > 0) await keepWaiting(bytes);
          reached('body kept');
          return { id, size, small: undefined };
        },

        async abandon() {
          ended = true;
          waiting = [];
          if (writing.has(id)) await drop(id);
        },
      };
    },

    /** A small body as its row keeps it. */
    seal: (id: string, small: Buffer): Buffer => seals.sealBytes('spool-body', id, filledUp(small, SMALL_STEP)),

    /** A small body as it was received. */
    open: (id: string, sealed: Buffer, size: number): Buffer =>
      seals.openBytes('spool-body', id, sealed).subarray(0, size),

    /** A larger body as it was received, piece by piece. */
    async *read(id: string, size: number): AsyncGenerator<Buffer> {
      let left = size;
      for (let number = 0; left > 0; number += 1) {
        const sealed = await messages.piece(id, number);
        if (sealed === undefined) throw new Error('a piece of a message is missing');
        const octets = seals.openBytes('spool-body', pieceName(id, number), sealed).subarray(0, left);
        left -= octets.length;
        yield octets;
      }
    },
  };
}
