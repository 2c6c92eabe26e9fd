import { addDays, dayOf } from '../days.ts';
import { z } from 'zod';

/** What one account holds at one application, sealed in one row (P2). Days are ISO dates. */
export const holding = z.object({
  accountId: z.string(),
  applicationId: z.string(),
  profiles: z.array(z.object({ id: z.string(), usedDay: z.string().optional() })),
  lastUsed: z.string().optional(),
  /** Numbers of profiles granted to this account alone, each by the id of its exception; the largest counts. */
  exceptions: z.array(z.object({ id: z.string(), quota: z.number().int() })).default([]),
  /** Days on which a request of this account was refused, of the last month. */
  refusedDays: z.array(z.string()).default([]),
  /** Days on which a request of this account was taken back, of the last month. */
  withdrawnDays: z.array(z.string()).default([]),
  /** The day on which an urgent profile was last asked for. */
  urgentDay: z.string().optional(),
  /**
   * What moderators decided about the person behind one of the profiles, by the id of that decision in the profile log:
   * whether no new profile may be made, and from when on (milliseconds) each other one is refused. Once that one profile
   * is wiped nobody can take the decision back any more: it ends by itself on a day.
   */
  bars: z
    .array(
      z.object({
        id: z.string(),
        profileId: z.string().optional(),
        endsDay: z.string().optional(),
        noNew: z.boolean(),
        refused: z.array(z.object({ id: z.string(), from: z.number() })),
      }),
    )
    .default([]),
  /** Days on which profiles that are now wiped were deleted: they count for a while (P7). */
  deletedDays: z.array(z.string()),
  /** The same of those that had come with their name: they count only where such ones do. */
  deletedOldDays: z.array(z.string()).default([]),
});

/** What an account holds where it has nothing yet. */
export const emptyHolding = (accountId: string, applicationId: string): Holding => ({
  accountId,
  applicationId,
  profiles: [],
  deletedDays: [],
  deletedOldDays: [],
  exceptions: [],
  refusedDays: [],
  withdrawnDays: [],
  bars: [],
});

/**
 * How many profiles the account may have: what the application says, or what was granted beyond it. Where nobody may have
 * one, nobody may: a new profile would be that of the one person who was granted more, and moderators would see whose
 * other one it is (P1).
 */
export function quotaFor(held: Holding, quota: number): number {
  if (quota === 0) return 0;
  return Math.max(quota, ...held.exceptions.map((exception) => exception.quota));
}

export type Holding = z.output<typeof holding>;

/** How long a deleted profile counts against the quota, in days (P7). */
export const DELETED_COUNTS_DAYS = 90;

/** How long an owner may undo retiring a profile, in days. */
export const UNDO_DAYS = 30;

/** How long after its deletion a profile is wiped of what ties it to a person, in days. */
export const RETENTION_DAYS = 30;

/** So many days after the profile they were decided about is gone, decisions about the person end. */
const BAR_KEPT_DAYS = 365;

/** Those of the days that are not so many days ago yet. */
export function withinDays(days: readonly string[], many: number, today: string): string[] {
  const since = addDays(today, -many);
  return days.filter((day) => day > since);
}

/** The days of deletion that still count: the others are nobody's business any more, and the row must not grow. */
export function stillCounting(deletedDays: readonly string[], today: string): string[] {
  return withinDays(deletedDays, DELETED_COUNTS_DAYS, today);
}

/**
 * What is held once a profile is gone for good: nothing refers to it any more. Decisions about the person that were made
 * about it end on a day, and those that have ended go.
 */
export function without(whole: Holding, profileId: string, today: string): Holding {
  const { lastUsed, ...held } = whole;
  return {
    ...held,
    ...(lastUsed === undefined || lastUsed === profileId ? {} : { lastUsed }),
    profiles: held.profiles.filter(({ id }) => id !== profileId),
    bars: held.bars
      .filter(({ endsDay }) => endsDay === undefined || today < endsDay)
      .map(({ profileId: about, ...bar }) => ({
        ...bar,
        ...(about === profileId
          ? { endsDay: addDays(today, BAR_KEPT_DAYS) }
          : about === undefined
            ? {}
            : { profileId: about }),
        refused: bar.refused.filter(({ id }) => id !== profileId),
      })),
  };
}

/** The decision because of which a profile is refused at this time (milliseconds), though its own status allows it. */
export function refusedBy(held: Holding, profileId: string, now: number): string | undefined {
  const today = dayOf(now);
  return held.bars.find(
    ({ endsDay, refused }) =>
      (endsDay === undefined || today < endsDay) && refused.some(({ id, from }) => id === profileId && from <= now),
  )?.id;
}

/**
 * What counts against the quota: the states of the profiles that are left, and the deleted ones remembered by day.
 * `countOld`: whether those count that came with their name.
 */
export function countHeld(
  held: Holding,
  profiles: readonly { status: string; retiredDay: string | null; source: string }[],
  today: string,
  countOld: boolean,
): number {
  const since = addDays(today, -DELETED_COUNTS_DAYS);
  const standing = profiles.filter(
    ({ status, retiredDay, source }) =>
      (countOld || source !== 'imported') &&
      (status !== 'deleted' || (retiredDay !== null && addDays(retiredDay, UNDO_DAYS) > since)),
  );
  const deleted = [...held.deletedDays, ...(countOld ? held.deletedOldDays : [])];
  return standing.length + stillCounting(deleted, today).length;
}
