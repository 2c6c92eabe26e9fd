import { parseWords } from '../accounts/accounts.ts';
import { SettingsProblem, UserError, type FieldProblem } from '../errors.ts';
import { dayOf } from '../days.ts';
import { TELLINGS, UNSEALED, type Telling, type Unsealed } from './entries.ts';

const DAY = 86_400_000;

/** How long a second administrator may take, and how long what was asked is shown, in milliseconds. */
export const UNSEALING_LIFE = { asked: 7 * DAY, shown: DAY } as const;

/** How long what is written with a wish may be, in characters. */
export const UNSEALING_WORDS = {
  reference: { min: 3, max: 200 },
  reason: { min: 10, max: 2000 },
  refusal: { min: 1, max: 500 },
} as const;

/** How far off the day may be on which the person is told, in days. */
const LATEST = 3660;

/** What an administrator asks to see, as it is typed; days as YYYY-MM-DD. */
export type Wish = {
  readonly wanted: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly reference: string;
  readonly reason: string;
  readonly telling: string;
  readonly tellDay?: string;
};

/** The same, checked. */
export type CheckedWish = {
  readonly wanted: Unsealed[];
  readonly from?: string;
  readonly to?: string;
  readonly reference: string;
  readonly reason: string;
  readonly telling: Telling;
  readonly tellDay?: string;
};

/** Whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(text) : Number.NaN;
  // The calendar is lenient: it takes 31 February for a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Reads the fields of a form one by one, and throws once with everything that is wrong. */
export function makeFieldCheck() {
  const problems: FieldProblem[] = [];
  const wrong = (field: string, code: string): void => void problems.push({ field, code, params: {} });
  return {
    wrong,
    words(field: string, text: string, length: { readonly min: number; readonly max: number }): string {
      try {
        return parseWords(text, length);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push({ field, code: error.code, params: error.params });
        return '';
      }
    },
    /** @throws {SettingsProblem} where something was wrong */
    done(): void {
      if (problems.length > 0) throw new SettingsProblem(problems);
    },
  };
}

/**
 * Checks what is asked for, at the time `now` (milliseconds).
 * @throws {SettingsProblem} by field: choice_required (wanted, telling), day_invalid and days_turned (from, to, tellDay),
 *   words_too_few{min}, words_too_many{max} (reference, reason)
 */
export function checkWish(wish: Wish, now: number): CheckedWish {
  const check = makeFieldCheck();
  const wanted = UNSEALED.filter((item) => wish.wanted.includes(item));
  if (wanted.length === 0) check.wrong('wanted', 'choice_required');
  const telling = TELLINGS.find((item) => item === wish.telling);
  if (telling === undefined) check.wrong('telling', 'choice_required');
  const reference = check.words('reference', wish.reference, UNSEALING_WORDS.reference);
  const reason = check.words('reason', wish.reason, UNSEALING_WORDS.reason);
  const { from = '', to = '', tellDay = '' } = wish;
  const isBetween = wanted.includes('connections');
  if (isBetween) {
    if (!isDay(from)) check.wrong('from', 'day_invalid');
    if (!isDay(to)) check.wrong('to', 'day_invalid');
    if (isDay(from) && isDay(to) && from > to) check.wrong('to', 'days_turned');
  }
  if (telling === 'later' && !(isDay(tellDay) && tellDay > dayOf(now) && tellDay <= dayOf(now + LATEST * DAY)))
    check.wrong('tellDay', 'tell_day_invalid');
  check.done();
  return {
    wanted,
    ...(isBetween ? { from, to } : {}),
    reference,
    reason,
    telling: telling ?? 'usual',
    ...(telling === 'later' ? { tellDay } : {}),
  };
}
