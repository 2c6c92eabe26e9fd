import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import { canonicalMailbox } from '../mailbox.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** So many lasting bounces pause a mailbox: if each said that it does not exist, or if they came over `SPAN`. */
export const BOUNCES = 3;
/** Between the first and the last of them, in milliseconds: an outage of a few hours pauses nothing. */
export const SPAN = DAY;
/**
 * A host that took mail is believed after so many milliseconds without a bounce: many take everything, and say a little
 * later that they could not keep it.
 */
export const SETTLED = 4 * HOUR;
/** A bounce counts for so long, in milliseconds. */
export const MEMORY = 30 * DAY;
/** A paused mailbox is tried with one message each so many milliseconds: a full one may have been emptied. */
export const TRIAL = DAY;

/** So many bounces of one mailbox are kept (P8). */
const KEPT = 8;
/** Room for two mailboxes and all that is kept of them, in bytes, so that all rows are of one size. */
const PADDING = 2048;

const trouble = z.object({
  /** In the form in which mailboxes are compared. */
  mailbox: z.string(),
  /** Lasting ones, the earliest first. `at` in milliseconds; `gone`: it said that there is no such mailbox. */
  bounces: z.array(z.object({ at: z.number(), gone: z.boolean() })),
  /** When its host first took something after the last bounce. */
  tookAt: z.number().optional(),
  pausedAt: z.number().optional(),
  /** When a message was last let through although it was paused. */
  triedAt: z.number().optional(),
});

/** What went wrong with one mailbox of an account. Times in milliseconds. */
export type Trouble = z.output<typeof trouble>;

const troubles = z.array(trouble);

export function openTroubles(seals: Seals, accountId: string, sealed: string): Trouble[] {
  return troubles.parse(JSON.parse(seals.open('mailbox-trouble', accountId, sealed)));
}

export function sealTroubles(seals: Seals, accountId: string, of: readonly Trouble[]): string {
  return seals.sealPadded('mailbox-trouble', accountId, JSON.stringify(of), PADDING);
}

/** The trouble with a mailbox, as it is written anyhow. */
export function troubleWith(of: readonly Trouble[], mailbox: string): Trouble | undefined {
  const canonical = canonicalMailbox(mailbox);
  return of.find((one) => one.mailbox === canonical);
}

// Distances, whichever way: what seems to lie ahead was written while the clock was wrong, and binds nobody until then.
const isPast = (at: number | undefined, life: number, now: number): boolean =>
  at !== undefined && Math.abs(now - at) >= life;

/** Whether its host has taken mail, and time enough went by without a bounce: then nothing is left of the trouble. */
export function isSettled({ tookAt }: Trouble, now: number): boolean {
  return isPast(tookAt, SETTLED, now);
}

export function isPaused(of: Trouble | undefined, now: number): boolean {
  return of?.pausedAt !== undefined && !isSettled(of, now);
}

/** Whether a paused mailbox may be tried with one message. */
export function isTrialDue({ pausedAt, triedAt }: Trouble, now: number): boolean {
  return isPast(triedAt ?? pausedAt, TRIAL, now);
}

/** Whether nothing of it matters any more. */
export function isOver(of: Trouble, now: number): boolean {
  if (isSettled(of, now)) return true;
  return of.pausedAt === undefined && of.bounces.every(({ at }) => isPast(at, MEMORY, now));
}

/** The trouble after one more lasting bounce. Where that pauses the mailbox, `pausedAt` is this moment. */
export function withBounce(before: Trouble, gone: boolean, now: number): Trouble {
  const { mailbox, pausedAt, triedAt, bounces } = before;
  const counted = isSettled(before, now) ? [] : bounces.filter(({ at }) => !isPast(at, MEMORY, now));
  const all = [...counted, { at: now, gone }].slice(-KEPT);
  const wasPaused = isPaused(before, now);
  const span = now - (all[0]?.at ?? now);
  const isTooMuch =
    all.filter((bounce) => bounce.gone).length >= BOUNCES || (all.length >= BOUNCES && Math.abs(span) >= SPAN);
  return {
    mailbox,
    bounces: all,
    ...(wasPaused ? { pausedAt, triedAt } : {}),
    ...(!wasPaused && isTooMuch ? { pausedAt: now } : {}),
  };
}
