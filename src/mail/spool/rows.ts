import { z } from 'zod';
import type { Log } from '../../log.ts';
import { roundUpToHour, SealError, type Seals } from '../../storage/seal.ts';
import { sealedDelivery, STEP, type Delivery, type Sealed } from './delivery.ts';
import type { ReadRow, RowChange, Status } from './store.ts';

const HOUR = 3_600_000;

/** A row, and what it says. */
export type Opened = { readonly row: ReadRow; readonly content: Sealed };

/** What a row shows of where its delivery stands. */
export function statusOf(state: Sealed['state'], isOpen: boolean): Status {
  return isOpen && (state === 'waiting' || state === 'held' || state === 'failed') ? state : 'closed';
}

export type Rows = ReturnType<typeof makeRows>;

/** Rows of deliveries as they are sealed and opened. */
export function makeRows({ seals, log }: { seals: Seals; log: Log }) {
  let unopened = 0;

  /** One that does not open, for want of an old key, must not hold up the others; the log says so now and then. */
  function open(row: ReadRow): Opened | undefined {
    try {
      return { row, content: sealedDelivery.parse(JSON.parse(seals.open('delivery', row.id, row.sealed))) };
    } catch (error) {
      if (!(error instanceof SealError) && !(error instanceof z.ZodError)) throw error;
      unopened += 1;
      if (Number.isInteger(Math.log2(unopened))) log.error({ event: 'delivery_sealed', times: unopened });
      return undefined;
    }
  }

  return {
    open,

    /** What the program sees of a row. */
    deliveryOf({ row, content: { lease: _lease, cameBack: _cameBack, ...content } }: Opened): Delivery {
      const { id, spoolId, sealed, status } = row;
      return { ...content, id, spoolId: spoolId ?? undefined, sealed, isOpen: status !== 'closed' };
    },

    /** How a delivery lies in the database. `isOpen`: whether its message stays, if it is of those that have one. */
    write(id: string, content: Sealed, spoolId: string | null, isOpen: boolean): RowChange {
      const status = statusOf(content.state, isOpen);
      const due = content.lease?.until ?? content.due;
      return {
        status,
        spoolId: status === 'closed' ? null : spoolId,
        // What waits is looked at from the beginning of its hour on, what is kept until the end of its.
        dueHour: status === 'waiting' ? Math.floor(due / HOUR) * HOUR : roundUpToHour(due),
        sealed: seals.sealPadded('delivery', id, JSON.stringify(content), STEP),
      };
    },
  };
}
