import { randomInt } from 'node:crypto';
import { count, eq, gt, lte, or } from 'drizzle-orm';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { isQuiet } from '../storage/quiet.ts';
import { randomId, SealError, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';

const message = z.object({
  clientId: z.string(),
  subject: z.string(),
  sid: z.string(),
  /** Milliseconds. */
  due: z.number(),
  tries: z.number(),
});

/** One client to tell that a session of one of its subjects has ended (OpenID Connect Back-Channel Logout §2.5). */
export type LogoutMessage = z.output<typeof message>;

export type LogoutQueue = ReturnType<typeof makeLogoutQueue>;

const HOUR = 3_600_000;
const SECOND = 1000;
/** An application that does not answer is asked again after these pauses, then no more: its session ends by itself. */
const RETRY_AFTER = [10, 60, 300, 1800].map((seconds) => seconds * SECOND);
const AT_ONCE = 8;
/** No message is due later than this: one that seems to be was queued while the clock was wrong, and leaves now. */
const LATEST = 2 * HOUR;

/** The pause before an application hears of what happened elsewhere: random, so that two cannot compare notes (P1). */
export function randomDelay(): number {
  return randomInt(10 * SECOND, 120 * SECOND);
}

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  log: Log;
  metrics: Pick<Metrics, 'logout'>;
  /** Sends one message; throws when the application did not take it. */
  send: (message: LogoutMessage) => Promise<void>;
};

/**
 * The logout messages waiting to leave. They survive a restart; several nodes may deliver, each message is taken by
 * one of them. When exactly a message leaves is sealed: the plain column knows the hour alone.
 */
export function makeLogoutQueue({ storage, seals, now, log, metrics, send }: Needs) {
  const { logoutMessage } = storage.tables;

  const rowOf = (value: LogoutMessage) => {
    const id = randomId();
    return {
      id,
      sealed: seals.sealPadded('logout-message', id, JSON.stringify(value), 512),
      dueHour: Math.floor(value.due / HOUR) * HOUR,
    };
  };

  /** One that does not open, for want of an old key, must not hold up the others. */
  function read(row: { id: string; sealed: string }): LogoutMessage | undefined {
    try {
      return message.parse(JSON.parse(seals.open('logout-message', row.id, row.sealed)));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      log.error({ event: 'logout_message_sealed' });
      return undefined;
    }
  }

  async function deliver(value: LogoutMessage): Promise<void> {
    try {
      await send(value);
      metrics.logout('sent');
    } catch {
      const pause = RETRY_AFTER[value.tries];
      metrics.logout(pause === undefined ? 'given_up' : 'failed');
      log.warn({ event: 'logout_message_failed', client: value.clientId, again: pause !== undefined });
      if (pause === undefined) return;
      const again = rowOf({ ...value, due: now() + pause, tries: value.tries + 1 });
      await storage.write(async (tx) => void (await tx.insert(logoutMessage).values(again)));
    }
  }

  return {
    /** Queues messages; each leaves when it is due. */
    async add(values: readonly LogoutMessage[]): Promise<void> {
      if (values.length === 0) return;
      await storage.write(async (tx) => void (await tx.insert(logoutMessage).values(values.map(rowOf))));
    },

    /** How many messages have not left yet. */
    async waiting(): Promise<number> {
      const [row] = await storage.read.select({ count: count() }).from(logoutMessage);
      return row?.count ?? 0;
    },

    /**
     * Sends what is due, unless this instance is quiet. Taking a message and deleting it is one step: it is sent once,
     * whatever the nodes do.
     */
    async deliverDue(): Promise<void> {
      const isDue = ({ due }: LogoutMessage): boolean => due <= now() || due > now() + LATEST;
      const rows = await storage.read
        .select()
        .from(logoutMessage)
        .where(or(lte(logoutMessage.dueHour, now()), gt(logoutMessage.dueHour, now() + LATEST)));
      const due = rows.flatMap((row) => {
        const value = read(row);
        return value !== undefined && isDue(value) ? [{ id: row.id, value }] : [];
      });
      if (due.length === 0 || (await isQuiet(storage))) return;
      for (let start = 0; start < due.length; start += AT_ONCE) {
        await Promise.all(
          due.slice(start, start + AT_ONCE).map(async ({ id, value }) => {
            const taken = await storage.write((tx) =>
              tx.delete(logoutMessage).where(eq(logoutMessage.id, id)).returning({ id: logoutMessage.id }),
            );
            if (taken.length === 1) await deliver(value);
          }),
        );
      }
    },
  };
}
