import { setImmediate as turn } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Bodies } from './body.ts';
import { KEPT } from './delivery.ts';
import type { Room } from './full.ts';
import type { Moves } from './moves.ts';
import type { Rows } from './rows.ts';
import { BATCH, type makeDeliveryStore, type makeMessageStore, type ReadRow } from './store.ts';

type Needs = {
  storage: Storage;
  log: Log;
  now: () => number;
  rows: Rows;
  room: Room;
  moves: Moves;
  bodies: Bodies;
  deliveries: ReturnType<typeof makeDeliveryStore>;
  messages: ReturnType<typeof makeMessageStore>;
};

/** Removes what has had its time. To be called only while the clock goes steadily. */
export function makeSweep({ storage, log, now, rows, room, moves, bodies, deliveries, messages }: Needs) {
  /** A row that no key has opened for as long as anything is kept: nobody can do anything with it any more. */
  async function forget(row: ReadRow): Promise<boolean> {
    const isRemoved = await storage.write((tx) => deliveries.remove(tx, row.id, row.sealed));
    if (!isRemoved) return false;
    room.add({ deliveries: -1 });
    if (row.spoolId !== null) await bodies.drop(row.spoolId);
    return true;
  }

  /** Closes what was kept for its owner for 14 days; the line of the log says that it was. */
  async function closeKept(status: 'held' | 'failed'): Promise<void> {
    let forgotten = 0;
    for (;;) {
      const found = await deliveries.first(status, now(), BATCH);
      for (const row of found) {
        const opened = rows.open(row);
        if (opened === undefined) forgotten += (await forget(row)) ? 1 : 0;
        else await moves.write(opened, moves.closed(opened.content, {}));
      }
      if (found.length < BATCH) break;
      await turn();
    }
    if (forgotten > 0) log.warn({ event: 'deliveries_forgotten', count: forgotten });
  }

  async function forgetUnopened(): Promise<void> {
    let forgotten = 0;
    for (const row of await deliveries.first('waiting', now() - KEPT, BATCH)) {
      if (rows.open(row) === undefined && (await forget(row))) forgotten += 1;
    }
    if (forgotten > 0) log.warn({ event: 'deliveries_forgotten', count: forgotten });
  }

  async function removeOrphans(): Promise<void> {
    for (;;) {
      const found = await messages.orphans(now());
      const orphans = found.filter((id) => !bodies.isWritten(id));
      for (const id of orphans) {
        if (await storage.write((tx) => messages.expire(tx, id, now()))) await bodies.drop(id);
      }
      if (orphans.length < BATCH) return;
      await turn();
    }
  }

  /** Lines whose time has come, held and failed messages of 14 days, bodies without a message. */
  return async (): Promise<void> => {
    await storage.write((tx) => deliveries.forgetClosed(tx, now()));
    await closeKept('held');
    await closeKept('failed');
    await forgetUnopened();
    await removeOrphans();
    await room.count();
  };
}
