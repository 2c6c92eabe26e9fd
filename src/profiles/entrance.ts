import type { Application } from '../applications/applications.ts';
import type { ErrorParams } from '../errors.ts';
import { countHeld, quotaFor, withinDays, type Holding } from './holding.ts';

/** So many requests one person may have waiting at an application, and be refused within 30 days. */
export type RequestLimits = { readonly pending: number; readonly refusals: number };

/** What an account may do at an application that wants a profile of its owner. */
export type Entrance =
  | { readonly kind: 'create' }
  /** A moderator says yes or no. `mayBeUrgent`: once in 30 days a request is put before all others. */
  | { readonly kind: 'request'; readonly mayBeUrgent: boolean }
  /** `code` is a `UserError` code. */
  | { readonly kind: 'refused'; readonly code: string; readonly params: ErrorParams };

/** What an account holds, with the states of its profiles. */
export type Held = {
  readonly value: Holding;
  readonly profiles: readonly {
    readonly status: string;
    readonly retiredDay: string | null;
    readonly source: string;
  }[];
};

/** For so many days a refusal counts, and what was taken back, and an urgent request is the only one. */
export const MONTH_DAYS = 30;

/** So many requests one person may take back at an application within that time: each is read by moderators (P8). */
const WITHDRAWN_MAX = 20;

/** How many profiles the account may have there. Named like the account there is one name, and so one profile. */
export function limitOf({ policy, quota }: Pick<Application, 'policy' | 'quota'>, held: Holding): number {
  const granted = quotaFor(held, quota);
  return policy === 'account-name' ? Math.min(granted, 1) : granted;
}

/** Whether the person may have no new profile there, after a decision about one of theirs. */
export function isBarred(held: Holding, today: string): boolean {
  return held.bars.some(({ noNew, endsDay }) => noNew && (endsDay === undefined || today < endsDay));
}

/**
 * Decides what the account may do. Pure. `isInvited`: a moderator handed a link over, which stands for their yes.
 * The first thing that is in the way is told: what nobody could mend by waiting comes first.
 */
export function entranceOf(
  rules: Pick<Application, 'oldNames' | 'people' | 'policy' | 'quota'>,
  held: Held,
  limits: RequestLimits,
  today: string,
  isInvited = false,
): Entrance {
  const refused = (code: string, params: ErrorParams = {}): Entrance => ({ kind: 'refused', code, params });
  const { value, profiles } = held;
  if (rules.people === 'awaited') return refused('names_awaited');
  if (isBarred(value, today)) return refused('new_profiles_barred');
  if (rules.policy === 'closed') return refused('policy_closed');
  if (rules.policy === 'invited' && !isInvited) return refused('policy_invited');
  const used = countHeld(value, profiles, today, rules.oldNames.count);
  const limit = limitOf(rules, value);
  if (used >= limit) return refused('quota_full', { limit });
  const needsYes = rules.policy === 'approved' || (rules.policy === 'further-approved' && used > 0);
  if (!needsYes || isInvited) return { kind: 'create' };
  if (profiles.filter(({ status }) => status === 'requested').length >= limits.pending) {
    return refused('profile_requests_full', { max: limits.pending });
  }
  if (withinDays(value.refusedDays, MONTH_DAYS, today).length >= limits.refusals) {
    return refused('refused_often', { max: limits.refusals });
  }
  if (withinDays(value.withdrawnDays, MONTH_DAYS, today).length >= WITHDRAWN_MAX) {
    return refused('withdrawn_often', { max: WITHDRAWN_MAX });
  }
  const { urgentDay } = value;
  const mayBeUrgent = urgentDay === undefined || withinDays([urgentDay], MONTH_DAYS, today).length === 0;
  return { kind: 'request', mayBeUrgent };
}
