import { isUnavailable, type Storage } from '../../storage/storage.ts';
import type { Agenda } from './agenda.ts';
import type { Bodies } from './body.ts';
import { cappedTrouble, KEPT, LEASE, type Delivery, type HoldReason, type Sealed, type Trouble } from './delivery.ts';
import type { Room } from './full.ts';
import { makeGather } from './gather.ts';
import type { Hand } from './hand.ts';
import type { Reached } from './reached.ts';
import type { Opened, Rows } from './rows.ts';
import type { makeDeliveryStore, makeMessageStore } from './store.ts';

/** How a delivery ended. `failed` keeps its message for its owner, everything else leaves a line of the log. */
export type Outcome = {
  readonly state: 'delivered' | 'failed' | 'muted' | 'refused' | 'stranger' | 'stopped';
  readonly trouble?: Trouble;
};

/** What a delivery is to become; undefined where that cannot be. */
type Change = (before: Sealed, isOpen: boolean) => { content: Sealed; isOpen: boolean } | undefined;

/** What brings deliveries in and moves them on. */
export type MovesNeeds = {
  storage: Storage;
  now: () => number;
  node: string;
  rows: Rows;
  room: Room;
  hand: Hand;
  agenda: Agenda;
  bodies: Bodies;
  deliveries: ReturnType<typeof makeDeliveryStore>;
  messages: ReturnType<typeof makeMessageStore>;
  reached: Reached;
};

/** What ends within so many milliseconds is written together. */
const SETTLING = 10;

const NOTHING = { bytes: 0, isLeft: false };

export type Moves = ReturnType<typeof makeMoves>;

/** What moves a delivery on. Each is a compare-and-set on its row and says whether it came about. */
export function makeMoves({
  storage,
  now,
  node,
  rows,
  room,
  hand,
  agenda,
  bodies,
  deliveries,
  messages,
  reached,
}: MovesNeeds) {
  const gather = makeGather(SETTLING);
  const isOthers = ({ lease }: Sealed): boolean =>
    lease !== undefined && lease.node !== node && storage.engine !== 'sqlite' && lease.until > now();

  /** Writes one change of a row that was read; false where it is not what it was. */
  async function write({ row }: Opened, next: { content: Sealed; isOpen: boolean }): Promise<boolean> {
    const { id, spoolId, sealed, status } = row;
    const set = rows.write(id, next.content, spoolId, next.isOpen);
    const isClosing = status !== 'closed' && set.status === 'closed';
    const written = await storage.write(async (tx) => {
      if (isClosing && spoolId !== null) await messages.lock(tx, spoolId);
      if (!(await deliveries.change(tx, id, sealed, set))) return undefined;
      const removed = isClosing && spoolId !== null ? await messages.removeUnused(tx, spoolId) : NOTHING;
      if (isClosing) reached('settling');
      return removed;
    });
    if (written === undefined) return false;
    if (isClosing) room.add({ deliveries: -1, bytes: -written.bytes });
    if (written.isLeft && spoolId !== null) await bodies.drop(spoolId);
    if (set.status !== 'waiting') agenda.forget(id);
    else agenda.set(id, next.content.lease?.until ?? next.content.due);
    return true;
  }

  /** Changes a delivery as it lies there now: whoever has it in hand may see its row change, and keeps it in hand. */
  async function change(delivery: Delivery, to: Change, isAnybodys = false): Promise<boolean> {
    const { id, spoolId = null, sealed } = delivery;
    const first = { id, spoolId, sealed, status: delivery.isOpen ? delivery.state : 'closed' };
    for (let row: typeof first | undefined = first; row !== undefined; row = await deliveries.find(id)) {
      const opened = rows.open(row);
      if (opened === undefined || (isOthers(opened.content) && !isAnybodys)) return false;
      const next = to(opened.content, row.status !== 'closed');
      if (next === undefined) return false;
      if (await write(opened, next)) return true;
    }
    return false;
  }

  /** What whoever had a delivery in hand says of it. What cannot be written now is written once it can. */
  async function conclude(delivery: Delivery, to: Change): Promise<boolean> {
    const isOwn: Change = (before, isOpen) => {
      const isMine = before.lease?.node === node || (before.lease === undefined && !hand.has(delivery.id));
      return isOpen && isMine ? to(before, isOpen) : undefined;
    };
    const pay = async (): Promise<boolean> => {
      const done = await change(delivery, isOwn);
      hand.letGo(delivery.id);
      return done;
    };
    try {
      return await pay();
    } catch (error) {
      if (!isUnavailable(error) || !hand.has(delivery.id)) throw error;
      hand.owe(delivery.id, pay);
      return true;
    }
  }

  const without = ({ lease: _lease, ...content }: Sealed): Omit<Sealed, 'lease'> => content;
  const kept = (content: Sealed, more: Partial<Sealed>) => ({
    content: { ...without(content), due: now() + KEPT, ...more },
    isOpen: true,
  });
  const closed = (content: Sealed, more: Partial<Sealed>) => ({
    content: { ...without(content), due: now() + KEPT, ...more },
    isOpen: false,
  });
  const withTrouble = (trouble: Trouble | undefined) =>
    trouble === undefined ? {} : { trouble: cappedTrouble(trouble) };

  return {
    change,
    write,
    closed,

    /**
     * Has a delivery in hand wait until `due`, in milliseconds. One that was tried says its trouble; without one nothing
     * was tried, as where a host rests.
     */
    async putOff(delivery: Delivery, { due, trouble }: { due: number; trouble?: Trouble }): Promise<boolean> {
      const done = await conclude(delivery, (before) => ({
        content: {
          ...without(before),
          due,
          triedAt: now(),
          tries: before.tries + (trouble === undefined ? 0 : 1),
          ...withTrouble(trouble),
        },
        isOpen: true,
      }));
      reached('put off');
      return done;
    },

    /** Keeps the message of a delivery in hand for its owner, for 14 days, unsent. */
    hold: (delivery: Delivery, why: HoldReason): Promise<boolean> =>
      conclude(delivery, (before) => kept(before, { state: 'held', why })),

    /** Ends a delivery in hand. One whose bounce was faster than this has bounced. */
    async settle(delivery: Delivery, { state, trouble }: Outcome): Promise<boolean> {
      // Nobody waits for this, and with many in hand another ends at any moment.
      if (hand.isBusy()) await gather();
      const done = await conclude(delivery, (before) => {
        if (state === 'failed') return kept(before, { state, ...withTrouble(trouble) });
        if (before.cameBack && state === 'delivered') return closed(before, { state: 'bounced' });
        return closed(before, { state, ...withTrouble(trouble) });
      });
      reached('settled');
      return done;
    },

    /** Sends what is held or has failed, at once and for five days. */
    release: (delivery: Delivery): Promise<boolean> =>
      change(delivery, (before, isOpen) =>
        isOpen && (before.state === 'held' || before.state === 'failed')
          ? {
              content: { ...before, state: 'waiting', due: now(), since: now(), tries: 0, triedAt: now() },
              isOpen: true,
            }
          : undefined,
      ),

    /** Throws away the message of what is held or has failed; the line stays. */
    discard: (delivery: Delivery): Promise<boolean> =>
      change(delivery, (before, isOpen) =>
        isOpen && (before.state === 'held' || before.state === 'failed') ? closed(before, {}) : undefined,
      ),

    /** Says of a delivery that was taken that it came back; of one that is just being sent, once it was. */
    bounced: (delivery: Delivery, trouble: Trouble): Promise<boolean> =>
      change(
        delivery,
        (before, isOpen) => {
          const back = { ...before, ...withTrouble(trouble) };
          if (before.state === 'waiting' && !before.cameBack) return { content: { ...back, cameBack: true }, isOpen };
          return before.state === 'delivered' ? { content: { ...back, state: 'bounced' }, isOpen } : undefined;
        },
        true,
      ),

    /** Has the leases of what is in hand go on; for the clock, each minute. Where one process writes they need not. */
    async keepLeases(): Promise<void> {
      if (storage.engine === 'sqlite') return;
      for (const id of hand.leasedBefore(now() + LEASE / 2)) {
        const row = await deliveries.find(id);
        const opened = row === undefined ? undefined : rows.open(row);
        if (opened?.content.lease?.node !== node || !hand.has(id)) continue;
        const until = now() + LEASE;
        const content = { ...opened.content, lease: { node, until } };
        if (await write(opened, { content, isOpen: true })) hand.renew(id, until);
      }
    },
  };
}
