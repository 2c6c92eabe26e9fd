import { setImmediate as turn } from 'node:timers/promises';
import { isUnavailable, type Storage } from '../../storage/storage.ts';
import type { Agenda } from './agenda.ts';
import { LATEST, LEASE, type Delivery, type Sealed } from './delivery.ts';
import type { Hand } from './hand.ts';
import type { Reached } from './reached.ts';
import type { Opened, Rows } from './rows.ts';
import { BATCH, type makeDeliveryStore } from './store.ts';

const HOUR = 3_600_000;
/** So many are leased in one write. */
const AT_ONCE = 16;

type Needs = {
  storage: Storage;
  now: () => number;
  node: string;
  rows: Rows;
  hand: Hand;
  agenda: Agenda;
  deliveries: ReturnType<typeof makeDeliveryStore>;
  reached: Reached;
};

/** Takes deliveries that are due, by lease. */
export function makeTake({ storage, now, node, rows, hand, agenda, deliveries, reached }: Needs) {
  /**
   * When a delivery may be taken. One process writes to SQLite: a lease of another was one of a process that is gone, and
   * so is an own one of what is not in hand.
   */
  function timeOf({ due, lease, triedAt }: Sealed, askedAt: number): number {
    if (lease !== undefined && lease.node !== node && storage.engine !== 'sqlite') return lease.until;
    if (lease !== undefined || triedAt < askedAt) return 0;
    return due > now() + LATEST ? 0 : due;
  }

  async function lease(batch: readonly Opened[]): Promise<Opened[]> {
    const until = now() + LEASE;
    const next = batch.map(({ row, content }) => {
      const leased = {
        ...content,
        lease: { node, until },
        mayBeTwice: content.mayBeTwice || content.lease !== undefined,
      };
      const set = rows.write(row.id, leased, row.spoolId, true);
      return { before: row.sealed, set, opened: { row: { ...row, sealed: set.sealed }, content: leased } };
    });
    const taken = await storage.write(async (tx) => {
      const done: Opened[] = [];
      for (const { before, set, opened } of next) {
        if (await deliveries.change(tx, opened.row.id, before, set)) done.push(opened);
      }
      return done;
    });
    for (const { row } of taken) {
      hand.take(row.id, row.spoolId ?? undefined, until);
      agenda.set(row.id, until);
    }
    reached('leased');
    return taken;
  }

  /** Gives back what was leased and nobody came for. */
  async function giveBack(left: readonly Opened[]): Promise<void> {
    if (left.length === 0) return;
    try {
      await storage.write(async (tx) => {
        for (const { row, content } of left) {
          const { lease: _lease, ...free } = content;
          await deliveries.change(tx, row.id, row.sealed, rows.write(row.id, free, row.spoolId, true));
        }
      });
    } catch (error) {
      // A lease of this node on what it has not in hand binds nobody here, and others not for long.
      if (!isUnavailable(error)) throw error;
    }
    for (const { row, content } of left) {
      hand.letGo(row.id);
      agenda.set(row.id, content.due);
    }
  }

  /** Those of a batch that are due, opened; the others are looked at when they are. */
  async function dueOf(ids: readonly string[], askedAt: number): Promise<Opened[]> {
    const found = new Map((await deliveries.findMany(ids)).map((row) => [row.id, row]));
    const due: Opened[] = [];
    for (const id of ids) {
      const row = found.get(id);
      if (row?.status !== 'waiting') {
        agenda.forget(id);
        continue;
      }
      const opened = rows.open(row);
      const time = opened === undefined ? now() + HOUR : timeOf(opened.content, askedAt);
      if (opened === undefined || time > now()) agenda.set(id, time);
      else due.push(opened);
    }
    return due;
  }

  let askedBefore = 0;

  return {
    /**
     * Deliveries that are due, each leased to this node when it is asked for; whoever stops asking leaves the others. To
     * be used by one at a time. Ends when this node has as much in hand as it may. `askedAt`: what was not tried since
     * then is due, in milliseconds.
     */
    async *due(askedAt = 0): AsyncGenerator<Delivery> {
      for (const pay of hand.owed()) await pay();
      if (askedAt > askedBefore) agenda.widen();
      askedBefore = Math.max(askedBefore, askedAt);
      const ids = await agenda.due();
      for (let start = 0; start < ids.length; start += BATCH) {
        const batch = ids.slice(start, start + BATCH).filter((id) => !hand.has(id));
        if (batch.length === 0) continue;
        // Opening many must not keep everybody else waiting.
        await turn();
        const due = await dueOf(batch, askedAt);
        while (due.length > 0) {
          const count = Math.min(AT_ONCE, hand.room());
          if (count === 0) return;
          const leased = await lease(due.splice(0, count).filter(({ row }) => !hand.has(row.id)));
          try {
            for (let next = leased.shift(); next !== undefined; next = leased.shift()) yield rows.deliveryOf(next);
          } finally {
            await giveBack(leased);
          }
        }
      }
    },
  };
}
