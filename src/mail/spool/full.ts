import { UnavailableError } from '../../storage/storage.ts';
import type { makeDeliveryStore, makeMessageStore } from './store.ts';

/**
 * The spool takes no more at this moment: 452 4.3.1. What was sent meanwhile must leave, or its owners must look
 * through it, before there is room again.
 */
export class SpoolFullError extends UnavailableError {}

/** More deliveries than these are not on their way or held: twice what is to be found again in seconds after a start. */
export const DELIVERIES_MAX = 200_000;
/** More bytes of messages are not kept: a disk of the smallest machines that are rented takes them. */
export const BYTES_MAX = 4 * 1024 ** 3;

/** So many bytes of the disk stay free: what leaves the spool needs some to be removed, and so does everything else. */
export const FREE_MIN = 128 * 1024 ** 2;
/** How long what the disk says counts, in milliseconds. */
const FRESH = 1000;

export type Room = ReturnType<typeof makeRoom>;

/**
 * How much there is in the spool: counted once, then reckoned with what comes and goes here, and counted again now and
 * then, for other nodes fill it too.
 */
export function makeRoom({
  deliveries,
  messages,
  deliveriesMax = DELIVERIES_MAX,
  bytesMax = BYTES_MAX,
  freeMin = FREE_MIN,
  free,
  now,
}: {
  deliveries: Pick<ReturnType<typeof makeDeliveryStore>, 'counts'>;
  messages: Pick<ReturnType<typeof makeMessageStore>, 'bytes'>;
  deliveriesMax?: number | undefined;
  bytesMax?: number | undefined;
  freeMin?: number | undefined;
  /** How many bytes there is room for, where that is known. */
  free: (() => Promise<number>) | undefined;
  now: () => number;
}) {
  let used = { deliveries: 0, bytes: 0 };
  let counted: Promise<void> | undefined;
  let disk = { at: Number.NEGATIVE_INFINITY, free: Number.MAX_SAFE_INTEGER };

  async function count(): Promise<void> {
    const { waiting, held, failed } = await deliveries.counts();
    used = { deliveries: waiting + held + failed, bytes: await messages.bytes() };
  }

  async function look(): Promise<void> {
    if (free === undefined || Math.abs(now() - disk.at) < FRESH) return;
    disk = { at: now(), free: disk.free };
    disk = { at: now(), free: await free() };
  }

  const isFull = (): boolean => used.deliveries >= deliveriesMax || used.bytes >= bytesMax || disk.free < freeMin;

  return {
    /** Whether there is no room. A full disk is looked at again: while nothing is taken, nobody else would. */
    isFull(): boolean {
      // Where it says nothing, what it said last counts.
      if (disk.free < freeMin) void look().catch(() => undefined);
      return isFull();
    },

    /** Counts anew. */
    count,

    /**
     * Waits until it was counted once.
     * @throws {SpoolFullError} when there is no room for so many bytes more
     */
    async need(bytes: number): Promise<void> {
      counted ??= count();
      try {
        await counted;
      } catch (error) {
        counted = undefined;
        throw error;
      }
      await look();
      if (isFull() || used.bytes + bytes > bytesMax) throw new SpoolFullError('the spool is full');
    },

    add(more: { deliveries?: number; bytes?: number }): void {
      used.deliveries += more.deliveries ?? 0;
      used.bytes += more.bytes ?? 0;
      disk = { ...disk, free: disk.free - Math.max(0, more.bytes ?? 0) };
    },
  };
}
