import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { AccountLog } from './account-log.ts';
import { makeTimelineStore } from './store.ts';

/** So many events are kept; older ones fall out. */
const KEPT = 50;

/** Rows grow in these steps, in bytes, so that their size hardly says how much happened. */
const STEP = 4096;

/** Caps on what an event may hold (P8). */
const DETAILS = 8;
const DETAIL_LENGTH = 200;

/** Every kind of event there is. */
export const TIMELINE_KINDS = [
  'signed_in',
  'password_changed',
  'mailbox_changed',
  'session_ended',
  'sessions_ended',
  'sessions_ended_for',
  'link_made',
  'link_used',
  'role_changed',
  'profile_created',
  'name_taken_back',
  'profile_retired',
  'profile_restored',
  'application_entered',
  'mailbox_verified',
  'mailbox_taken_back',
  'second_mailbox_changed',
  'mailbox_paused',
  'mailbox_resumed',
  'factor_added',
  'factor_removed',
  'factor_guessed',
  'recovery_codes_made',
  'recovery_code_used',
  'link_stopped',
  'password_recovered',
  'terms_accepted',
  'data_taken',
  'leaving',
  'kept',
  'unsealed',
  'moderator_appointed',
  'moderator_dismissed',
  'profile_requested',
  'profile_renamed',
  'request_withdrawn',
  'request_answered',
  'request_question',
  'request_approved',
  'request_refused',
  'request_kept',
  'request_ended',
  'profile_warned',
  'profile_blocked',
  'profile_unblocked',
  'profile_rename_asked',
  'profile_renamed',
  'profile_deleted',
  'profile_barred',
  'profile_bar_lifted',
  'quota_excepted',
  'quota_unexcepted',
  'appeal_sent',
  'appeal_upheld',
  'appeal_granted',
] as const;

const sealedEvents = z.array(
  z.object({ kind: z.enum(TIMELINE_KINDS), at: z.number(), detail: z.record(z.string(), z.string()).exactOptional() }),
);

/** Something that happened to an account: what (the words are `timeline.<kind>`), when in milliseconds, and values to show. */
export type TimelineEvent = {
  readonly kind: (typeof TIMELINE_KINDS)[number];
  readonly at: number;
  readonly detail?: Readonly<Record<string, string>>;
};

export type Timeline = ReturnType<typeof makeTimeline>;

type Needs = { storage: Storage; seals: Seals; accountLog: AccountLog };

/**
 * What happened to an account lately, for its owner and nobody else. It names profiles and applications, which no
 * other row of the account may (P2), so all of it is one sealed row without a date. What concerns the account's safety
 * goes into the log for administrators as well.
 */
export function makeTimeline({ storage, seals, accountLog }: Needs) {
  const store = makeTimelineStore(storage);
  const tagsOf = (accountId: string): string[] => seals.tags('account', 'timeline', accountId);
  const open = (accountId: string, sealed: string | undefined): TimelineEvent[] =>
    sealed === undefined ? [] : sealedEvents.parse(JSON.parse(seals.open('timeline', accountId, sealed)));

  function capped({ kind, at, detail }: TimelineEvent): TimelineEvent {
    if (detail === undefined) return { kind, at };
    const entries = Object.entries(detail).slice(0, DETAILS);
    return {
      kind,
      at,
      detail: Object.fromEntries(entries.map(([key, value]) => [key, value.slice(0, DETAIL_LENGTH)])),
    };
  }

  async function add(
    tx: Db,
    accountId: string,
    event: (earlier: readonly TimelineEvent[], isFull: boolean) => TimelineEvent,
    by?: string,
  ): Promise<void> {
    const tags = tagsOf(accountId);
    const tag = seals.tag('account', 'timeline', accountId);
    for (;;) {
      const row = await store.lock(tx, tags);
      const earlier = open(accountId, row?.sealed);
      const added = capped(event(earlier, earlier.length >= KEPT));
      const events = [added, ...earlier].toSorted((a, b) => b.at - a.at).slice(0, KEPT);
      const sealed = seals.sealPadded('timeline', accountId, JSON.stringify(events), STEP);
      // When another write made the row meanwhile, the next round finds it: it only goes with its account.
      if (row === undefined && !(await store.insert(tx, tag, sealed))) continue;
      if (row !== undefined) await store.replace(tx, row.accountTag, tag, sealed);
      return accountLog.follow(tx, accountId, added, by);
    }
  }

  return {
    /**
     * Adds an event in a transaction of the caller's. It may depend on those before, newest first; where `isFull`, there
     * were others earlier still. It may be asked for twice. `by`: the account of whoever did it, where that is another;
     * its owner does not read that.
     */
    add,

    /** Adds an event. Events recorded at the same moment are all kept, up to the last 50. */
    record(accountId: string, event: TimelineEvent, by?: string): Promise<void> {
      return storage.write((tx) => add(tx, accountId, () => event, by));
    },

    /** The last 50 events, newest first. */
    async list(accountId: string): Promise<TimelineEvent[]> {
      return open(accountId, await store.find(tagsOf(accountId)));
    },
  };
}
