import os from 'node:os';
import { eq } from 'drizzle-orm';
import type { Log } from '../log.ts';
import type { Storage } from '../storage/storage.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 1440 * MINUTE;

/** Where the last time is remembered among the facts of the database. */
export const REMEMBERED_TIME = 'clock';

/** Clocks that are a little off, and nodes that differ a little, are nobody's trouble. */
const TOLERANCE = MINUTE;
/** After a jump nothing is forgotten for so long: time for somebody to put the clock right. */
const CAUTION = DAY;

/** Milliseconds that really went by since the machine started, those it was asleep among them. */
export const uptime = (): number => os.uptime() * SECOND;

type Needs = {
  storage: Storage;
  log: Log;
  now: () => number;
  /** Milliseconds that really went by, on a clock that nobody sets and that goes on while the machine sleeps. */
  uptime: () => number;
};

export type Timekeeper = {
  /** Whether the time of day has gone steadily of late: what is forgotten by date may be forgotten. */
  isSteady(): boolean;
  /** Remembers the time of day for the next start. */
  remember(): Promise<void>;
};

/**
 * Watches the time of day against the time that really goes by, and against the last time that the database remembers:
 * a clock that jumps a year forward must not make us forget what a year would.
 */
export function makeTimekeeper({ storage, log, now, uptime }: Needs): Timekeeper {
  const { meta } = storage.tables;
  let before = { now: now(), uptime: uptime() };
  let jumpedAt = Number.NEGATIVE_INFINITY;
  let wasBehind = false;

  function notice(): void {
    const at = { now: now(), uptime: uptime() };
    const jump = at.now - before.now - (at.uptime - before.uptime);
    before = at;
    if (Math.abs(jump) <= TOLERANCE) return;
    jumpedAt = at.uptime;
    log.warn({ event: 'clock_jumped', seconds: Math.round(jump / SECOND) });
  }

  return {
    isSteady() {
      notice();
      return uptime() - jumpedAt >= CAUTION;
    },

    async remember() {
      notice();
      const time = now();
      const [row] = await storage.read.select().from(meta).where(eq(meta.key, REMEMBERED_TIME));
      const behind = Number(row?.value ?? 0) - time;
      const isBehind = behind > TOLERANCE;
      if (isBehind && !wasBehind) log.warn({ event: 'clock_behind', seconds: Math.round(behind / SECOND) });
      wasBehind = isBehind;
      const value = String(time);
      await storage.write(
        async (tx) =>
          void (await tx
            .insert(meta)
            .values({ key: REMEMBERED_TIME, value })
            .onConflictDoUpdate({ target: meta.key, set: { value } })),
      );
    },
  };
}
