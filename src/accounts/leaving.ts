import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, mayBeKept, sealDetails, type Account } from './account.ts';
import type { AccountLog } from './account-log.ts';
import { makeKeepAdministrator } from './administrators.ts';
import { makeLeavingStore } from './leaving-store.ts';
import { allLinkIds, linksUnderPassword } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import type { Mailboxes } from './mailboxes.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

const DAY = 86_400_000;

/** No setting lets anybody wait for longer; what seems to was written while the clock ran ahead. */
const LONGEST = 91 * DAY;

/** How many leaving accounts are looked at in one go. */
const BATCH = 200;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** For how many days the owner may think better of it. */
  leaveDays: number;
  accountLog: AccountLog;
  mailboxes: Mailboxes;
  timeline: Timeline;
  onSuspended: (accountId: string) => Promise<void>;
};

/** Deleting one's account: at first it is only asked for, and its owner may keep it; then it goes. */
export function makeLeaving(needs: Needs) {
  const { storage, seals, now, accountLog, leaveDays, mailboxes, timeline, onSuspended } = needs;
  const store = makeAccountStore(storage);
  const links = makeLinkStore(storage);
  const rows = makeLeavingStore(storage);
  const keepOneBesides = makeKeepAdministrator(needs);

  /** Whether its time to be kept is over; a time that nobody can have been given is set right. */
  async function isDue(account: Account): Promise<boolean> {
    const { id, leavingAt = 0 } = account;
    if (leavingAt <= now() + LONGEST) return leavingAt <= now();
    await storage.write(async (tx) => {
      const row = await store.lock(tx, id);
      if (row?.status !== 'leaving') return;
      const details = { ...accountOf(seals, row, now()), leavingAt: now() + leaveDays * DAY };
      await store.update(tx, id, { sealed: sealDetails(seals, id, details) });
    });
    return false;
  }

  return {
    /**
     * The owner asks for the deletion of their account, after proving once more who they are: everything ends that it may
     * do, in all browsers and at all applications, and its links, but for those that take a change of its mailbox back: it
     * may be a thief who asks. Until the day that is returned (milliseconds) signing in leads to one page alone, on which
     * it can be kept.
     * @throws {UserError} account_unknown, account_suspended (whatever it is but active), last_administrator
     */
    async leave(id: string): Promise<number> {
      const leavingAt = now() + leaveDays * DAY;
      await storage.write(async (tx) => {
        await keepOneBesides(tx, id);
        const row = await store.lock(tx, id);
        if (row === undefined) throw new UserError('account_unknown');
        const account = accountOf(seals, row, now());
        if (account.status !== 'active') throw new UserError('account_suspended');
        // The end of a suspension stays where it is: should the clock have run ahead, it counts again once that is right.
        await store.update(tx, id, { status: 'leaving', sealed: sealDetails(seals, id, { ...account, leavingAt }) });
        await links.remove(tx, linksUnderPassword(seals, id));
        await timeline.add(tx, id, () => ({ kind: 'leaving', at: now() }));
        const day = new Date(leavingAt).toISOString().slice(0, 10);
        await mailboxes.tell(tx, account, { kind: 'leaving', values: { login_name: account.loginName, day } });
      });
      await onSuspended(id);
      return leavingAt;
    },

    /**
     * The owner keeps the account after all. What was ended stays ended.
     * @throws {UserError} expired, where it is not to be deleted, or its time is over
     */
    async keep(id: string): Promise<void> {
      await storage.write(async (tx) => {
        const row = await store.lock(tx, id);
        const account = row === undefined ? undefined : accountOf(seals, row, now());
        if (account === undefined || !mayBeKept(account, now())) throw new UserError('expired');
        const { leavingAt: _, ...details } = account;
        await store.update(tx, id, { status: 'active', sealed: sealDetails(seals, id, details) });
        await timeline.add(tx, id, () => ({ kind: 'kept', at: now() }));
      });
    },

    /** The accounts that may not be kept any more, and since when, in milliseconds; some at a time. */
    async *departing(): AsyncGenerator<{ readonly id: string; readonly since: number }> {
      for (let last = ''; ;) {
        const found = await rows.leavingAfter(last, BATCH);
        for (const row of found) {
          const account = accountOf(seals, row, now());
          if (await isDue(account)) yield { id: row.id, since: account.leavingAt ?? now() };
        }
        const end = found.at(-1)?.id;
        if (end === undefined || found.length < BATCH) return;
        last = end;
      }
    },

    /**
     * Removes an account whose time is over, with all that stands of it on its side, and tells its owner. Its login name
     * stays taken (P3), and the register of connections keeps what it must until its own end. `also` removes in the same
     * transaction what others keep of it. Does nothing where it is gone already, or kept.
     */
    async remove(id: string, also: (tx: Db) => Promise<void>): Promise<void> {
      await storage.write(async (tx) => {
        const row = await store.lock(tx, id);
        const account = row === undefined ? undefined : accountOf(seals, row, now());
        if (account?.status !== 'leaving' || mayBeKept(account, now())) return;
        // Handed over before the mailbox is forgotten.
        await mailboxes.tell(tx, account, { kind: 'gone', values: { login_name: account.loginName } });
        await also(tx);
        await links.remove(tx, allLinkIds(seals, id));
        await accountLog.forget(tx, id);
        await rows.removeAll(tx, id, {
          sessions: seals.tags('account', id),
          timeline: seals.tags('account', 'timeline', id),
        });
      });
    },
  };
}
