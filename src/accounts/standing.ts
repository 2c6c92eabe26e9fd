import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, sealDetails, type Account, type Role } from './account.ts';
import type { AccountLog, AccountLogKind } from './account-log.ts';
import { makeKeepAdministrator } from './administrators.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

const DAY = 86_400_000;

/** A suspension with an end lasts ten years at most; a longer one has none. */
const LONGEST = 3660 * DAY;

/** How many suspended accounts are looked at in one go. */
const BATCH = 200;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  accountLog: AccountLog;
  timeline: Timeline;
  onSuspended: (accountId: string) => Promise<void>;
};

/**
 * The end of a suspension whose last day (YYYY-MM-DD, in UTC) is this one, in milliseconds.
 * @throws {UserError} suspension_day_invalid, also for a day that is over or more than ten years away
 */
export function endOfSuspension(day: string, now: number): number {
  const start = /^\d{4}-\d{2}-\d{2}$/u.test(day) ? Date.parse(day) : Number.NaN;
  const end = start + DAY;
  // The calendar is lenient: it takes 31 February for a day in March.
  const isDay = !Number.isNaN(start) && new Date(start).toISOString().startsWith(day);
  if (!isDay || end <= now || end > now + LONGEST) throw new UserError('suspension_day_invalid');
  return end;
}

/** What administrators decide about an account. Whether the caller may is checked where it is asked. */
export function makeStanding({ storage, seals, now, accountLog, timeline, onSuspended }: Needs) {
  const store = makeAccountStore(storage);
  const keepOneBesides = makeKeepAdministrator({ storage, seals, now });

  /** `by`: the account of the administrator who decides; undefined for whoever does so by command. */
  async function change(
    id: string,
    to: Partial<Pick<Account, 'role' | 'status'>>,
    logged: { kind: AccountLogKind; by: string | undefined },
    suspendedUntil?: number,
  ): Promise<void> {
    const endsAdministration = to.role === 'person' || to.status === 'suspended';
    await storage.write(async (tx) => {
      // All administrators' rows are held, so that two who step down at the same moment do not both see the other.
      if (endsAdministration) await keepOneBesides(tx, id);
      const row = await store.lock(tx, id);
      if (row === undefined) throw new UserError('account_unknown');
      // Its owner's alone: nothing that is decided here outlives it.
      if (row.status === 'leaving') throw new UserError('account_leaving');
      // Their request is what is decided: another way in would leave that behind.
      if (row.status === 'awaiting') throw new UserError('account_awaiting');
      if (to.role !== row.role) await accountLog.add(tx, id, logged);
      if (to.status === undefined) return store.update(tx, id, to);
      const { suspendedUntil: _, ...details } = accountOf(seals, row, now());
      const sealed = sealDetails(seals, id, {
        ...details,
        ...(suspendedUntil === undefined ? {} : { suspendedUntil }),
      });
      return store.update(tx, id, { ...to, sealed });
    });
  }

  /** Looks again under a lock: somebody may have decided otherwise meanwhile. */
  async function reinstateIfDue(id: string): Promise<void> {
    await storage.write(async (tx) => {
      const row = await store.lock(tx, id);
      if (row?.status !== 'suspended' || accountOf(seals, row, now()).status !== 'active') return;
      // The time stays where it is: should the clock have run ahead, it counts again once that is set right.
      await store.update(tx, id, { status: 'active' });
      await accountLog.add(tx, id, { kind: 'suspension_over' });
    });
  }

  return {
    /**
     * Suspends an account and has what it may still do ended. With `until` (milliseconds), it is over by itself then.
     * Suspending twice ends it twice, so that a failure in between can be mended by asking again; the last end counts.
     * @throws {UserError} account_unknown, account_awaiting, account_leaving, last_administrator
     */
    async suspend(id: string, until?: number, by?: string): Promise<void> {
      await change(id, { status: 'suspended' }, { kind: 'suspended', by }, until);
      await onSuspended(id);
    },

    /** @throws {UserError} account_unknown, account_awaiting, account_leaving */
    reinstate: (id: string, by?: string): Promise<void> => change(id, { status: 'active' }, { kind: 'reinstated', by }),

    /** Takes up the suspensions that are over; for the clock, every few minutes. */
    async reinstateDue(): Promise<void> {
      for (let last = ''; ;) {
        const rows = await store.suspendedAfter(last, BATCH);
        for (const row of rows) if (accountOf(seals, row, now()).status === 'active') await reinstateIfDue(row.id);
        const end = rows.at(-1)?.id;
        if (end === undefined || rows.length < BATCH) return;
        last = end;
      }
    },

    /**
     * Changes what somebody may do here; they find it in their timeline.
     * @throws {UserError} account_unknown, account_awaiting, account_leaving, last_administrator
     */
    async setRole(id: string, role: Role, by?: string): Promise<void> {
      await change(id, { role }, { kind: `role_${role}`, by });
      await timeline.record(id, { kind: 'role_changed', at: now() });
    },

    /**
     * Has everything ended that was begun with the account's proofs, as after a suspension; its owner signs in again.
     * @throws {UserError} account_unknown
     */
    async endSessions(id: string, by?: string): Promise<void> {
      if ((await store.find(id)) === undefined) throw new UserError('account_unknown');
      await onSuspended(id);
      await timeline.record(id, { kind: 'sessions_ended_for', at: now() }, by);
    },
  };
}
