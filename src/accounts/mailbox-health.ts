import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account, type Language } from './account.ts';
import type { Post } from './letter.ts';
import { canonicalMailbox } from '../mailbox.ts';
import { makeMailboxHealthStore } from './mailbox-health-store.ts';
import {
  isOver,
  isPaused,
  isSettled,
  isTrialDue,
  openTroubles,
  sealTroubles,
  troubleWith,
  withBounce,
  type Trouble,
} from './mailbox-trouble.ts';
import type { Mailboxes } from './mailboxes.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

/**
 * Where mail to an account goes at this moment; nowhere where no mailbox is proven, or where those that are take no
 * mail. Then it is kept, never refused: whoever sends it must see no difference (P6).
 */
export type MailRoute = {
  readonly to: string | undefined;
  readonly why?: 'unproven' | 'paused';
  readonly language: Language;
  /** Whether any of its mailboxes had trouble lately: only then `took` has something to forgive. */
  readonly isTroubled: boolean;
};

/**
 * What a mailbox's host said to a message. `gone`: there is no such mailbox; `mailbox`: it is full, disabled, or cannot
 * be reached for days; `message`: this one message was disliked, which says nothing of the mailbox.
 */
export type MailBounce = { readonly lasting: boolean; readonly kind: 'gone' | 'mailbox' | 'message' };

/** A proven mailbox, and how it takes mail. `since`: when it was paused, in milliseconds. */
export type MailboxState = {
  readonly which: 'first' | 'second';
  readonly mailbox: string;
  readonly isPaused: boolean;
  readonly since?: number;
  /** Whether its host says that there is no such mailbox. */
  readonly isGone: boolean;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  mailboxes: Mailboxes;
  post: Post;
  timeline: Timeline;
  /** An account may be reached again: what was kept for it can be tried anew. Called after the change. */
  onReachable: (accountId: string) => Promise<void>;
};

export type MailboxHealth = ReturnType<typeof makeMailboxHealth>;

/** How many rows are looked at in one go. */
const BATCH = 200;

/** How the mailboxes of accounts take mail: one that keeps bouncing is paused, and its owner told. */
export function makeMailboxHealth(needs: Needs) {
  const { storage, seals, now, mailboxes, post, timeline, onReachable } = needs;
  const store = makeMailboxHealthStore(storage);
  const accounts = makeAccountStore(storage);

  async function accountWith(accountId: string, db?: Db): Promise<Account | undefined> {
    const row = await (db === undefined ? accounts.find(accountId) : accounts.lock(db, accountId));
    return row === undefined ? undefined : accountOf(seals, row, now());
  }

  async function troublesOf(accountId: string): Promise<Trouble[]> {
    const row = await store.find(accountId);
    return row === undefined ? [] : openTroubles(seals, accountId, row.sealed);
  }

  /**
   * Writes what `next` makes of the troubles, which is asked again where another node was faster; undefined: nothing is
   * to change. Returns whether something did.
   */
  async function change(
    tx: Db,
    accountId: string,
    next: (before: readonly Trouble[]) => readonly Trouble[] | undefined,
  ): Promise<boolean> {
    for (;;) {
      const row = await store.find(accountId, tx);
      const after = next(row === undefined ? [] : openTroubles(seals, accountId, row.sealed));
      if (after === undefined) return false;
      if (after.length === 0 && row === undefined) return false;
      const isDone =
        row === undefined
          ? store.insert(tx, { accountId, sealed: sealTroubles(seals, accountId, after) })
          : after.length === 0
            ? store.remove(tx, row)
            : store.replace(tx, row, sealTroubles(seals, accountId, after));
      if (await isDone) return true;
    }
  }

  /** Takes the only message that a paused mailbox is tried with; false where another took it. */
  async function takeTrial(accountId: string, mailbox: string): Promise<boolean> {
    const canonical = canonicalMailbox(mailbox);
    return storage.write((tx) =>
      change(tx, accountId, (before) => {
        const of = troubleWith(before, canonical);
        if (of === undefined || !isTrialDue(of, now())) return undefined;
        return before.map((one) => (one === of ? { ...one, triedAt: now() } : one));
      }),
    );
  }

  /** Drops what is over, and what is of a mailbox that is not the account's any more. Returns whether a pause ended. */
  async function settle(accountId: string, proven: readonly string[]): Promise<boolean> {
    const own = new Set(proven.map(canonicalMailbox));
    return storage.write(async (tx) => {
      let isBack = false;
      await change(tx, accountId, (before) => {
        const left = before.filter((one) => own.has(one.mailbox) && !isOver(one, now()));
        isBack = before.some((one) => own.has(one.mailbox) && one.pausedAt !== undefined && isSettled(one, now()));
        return left.length === before.length ? undefined : left;
      });
      if (isBack) await timeline.add(tx, accountId, () => ({ kind: 'mailbox_resumed', at: now() }));
      return isBack;
    });
  }

  /** Tells the owner where they are reached: at another proven mailbox that takes mail, and in their timeline. */
  async function tellPaused(tx: Db, account: Account, all: readonly Trouble[]): Promise<void> {
    const { id, loginName, language } = account;
    await timeline.add(tx, id, () => ({ kind: 'mailbox_paused', at: now() }));
    for (const to of await mailboxes.of(account, tx)) {
      if (isPaused(troubleWith(all, to), now())) continue;
      await post(tx, { kind: 'mailbox_paused', to, language, values: { login_name: loginName } });
    }
  }

  /**
   * A mailbox's host refused a message, at once or later. Only what lasts and is about the mailbox counts; three such
   * bounces pause it (`BOUNCES`, `SPAN`), and its owner hears of it. Once for each message: that is for the caller.
   */
  async function bounced(accountId: string, mailbox: string, { lasting, kind }: MailBounce): Promise<void> {
    if (!lasting || kind === 'message') return;
    const canonical = canonicalMailbox(mailbox);
    await storage.write(async (tx) => {
      // Locked, as by those who change its mailboxes.
      const account = await accountWith(accountId, tx);
      if (account === undefined) return;
      const own = new Set((await mailboxes.of(account, tx)).map(canonicalMailbox));
      if (!own.has(canonical)) return;
      let all: Trouble[] = [];
      let isNew = false;
      await change(tx, accountId, (before) => {
        const of = troubleWith(before, canonical) ?? { mailbox: canonical, bounces: [] };
        const after = withBounce(of, kind === 'gone', now());
        isNew = !isPaused(of, now()) && isPaused(after, now());
        all = [...before.filter((one) => one !== of && own.has(one.mailbox)), after];
        return all;
      });
      if (isNew) await tellPaused(tx, account, all);
    });
  }

  return {
    /**
     * Where mail to an account goes: its first proven mailbox, or while that is paused the second one. Where every one
     * is paused, one message a day is let through to see whether that still is so: what this returns is to be used.
     */
    async routeFor(accountId: string): Promise<MailRoute> {
      const account = await accountWith(accountId);
      if (account === undefined) return { to: undefined, why: 'unproven', language: 'en', isTroubled: false };
      const { language } = account;
      const proven = await mailboxes.of(account);
      if (proven.length === 0) return { to: undefined, why: 'unproven', language, isTroubled: false };
      const troubles = await troublesOf(accountId);
      const isTroubled = troubles.length > 0;
      const open = proven.find((to) => !isPaused(troubleWith(troubles, to), now()));
      if (open !== undefined) return { to: open, language, isTroubled };
      for (const to of proven) {
        const of = troubleWith(troubles, to);
        if (of !== undefined && isTrialDue(of, now()) && (await takeTrial(accountId, to)))
          return { to, language, isTroubled };
      }
      return { to: undefined, why: 'paused', language, isTroubled };
    },

    bounced,

    /**
     * A message came back from a host that had taken it. `named`: what the report calls its mailbox, in any form; where
     * that is none of the account's, it is the one that mail goes to. Otherwise as `bounced`.
     */
    async cameBack(accountId: string, named: readonly string[], bounce: MailBounce): Promise<void> {
      const account = await accountWith(accountId);
      if (account === undefined) return;
      const proven = await mailboxes.of(account);
      const canonical = new Set(named.map(canonicalMailbox));
      const troubles = await troublesOf(accountId);
      const mailbox =
        proven.find((one) => canonical.has(canonicalMailbox(one))) ??
        proven.find((one) => !isPaused(troubleWith(troubles, one), now())) ??
        proven[0];
      if (mailbox !== undefined) await bounced(accountId, mailbox, bounce);
    },

    /**
     * A mailbox's host took a message. Costs one look; something is written only where there was trouble. After four
     * hours without a bounce (`SETTLED`) that is forgotten, and the mailbox takes mail again.
     */
    async took(accountId: string, mailbox: string): Promise<void> {
      const canonical = canonicalMailbox(mailbox);
      const of = troubleWith(await troublesOf(accountId), canonical);
      if (of === undefined) return;
      if (of.tookAt === undefined) {
        await storage.write((tx) =>
          change(tx, accountId, (before) => {
            const found = troubleWith(before, canonical);
            if (found === undefined || found.tookAt !== undefined) return undefined;
            return before.map((one) => (one === found ? { ...one, tookAt: now() } : one));
          }),
        );
        return;
      }
      if (!isSettled(of, now())) return;
      const account = await accountWith(accountId);
      if (account !== undefined && (await settle(accountId, await mailboxes.of(account)))) await onReachable(accountId);
    },

    /** The proven mailboxes of an account, the first one first, for the page of its owner. */
    async state(accountId: string): Promise<MailboxState[]> {
      const account = await accountWith(accountId);
      if (account === undefined) return [];
      const troubles = await troublesOf(accountId);
      const proven = await mailboxes.of(account);
      return proven.map((mailbox, at): MailboxState => {
        const of = troubleWith(troubles, mailbox);
        const since = isPaused(of, now()) ? of?.pausedAt : undefined;
        return {
          which: at === 0 && account.mailboxVerified ? 'first' : 'second',
          mailbox,
          isPaused: since !== undefined,
          ...(since === undefined ? {} : { since }),
          isGone: of?.bounces.at(-1)?.gone === true,
        };
      });
    },

    /** Whether mail waits because none of the proven mailboxes takes any; false where none is proven. */
    async isPaused(accountId: string): Promise<boolean> {
      const account = await accountWith(accountId);
      const proven = account === undefined ? [] : await mailboxes.of(account);
      const troubles = await troublesOf(accountId);
      return proven.length > 0 && proven.every((one) => isPaused(troubleWith(troubles, one), now()));
    },

    /** The owner says that their mailboxes take mail again. Doing so twice is no error. */
    async resume(accountId: string): Promise<void> {
      const wasPaused = await storage.write(async (tx) => {
        let paused = false;
        await change(tx, accountId, (before) => {
          paused = before.some((one) => isPaused(one, now()));
          return [];
        });
        if (paused) await timeline.add(tx, accountId, () => ({ kind: 'mailbox_resumed', at: now() }));
        return paused;
      });
      if (wasPaused) await onReachable(accountId);
    },

    /** Forgets the trouble with a mailbox that was just proven: in the transaction of that, before `onReachable`. */
    async forget(tx: Db, accountId: string, mailbox: string): Promise<void> {
      await change(tx, accountId, (before) => {
        const of = troubleWith(before, mailbox);
        return of === undefined ? undefined : before.filter((one) => one !== of);
      });
    },

    /**
     * Removes what is over, and has what was kept be tried anew where a mailbox takes mail again or may be tried; for
     * the clock, about once an hour.
     */
    async sweep(): Promise<void> {
      for (let last = ''; ;) {
        const rows = await store.after(last, BATCH);
        for (const { accountId, sealed } of rows) {
          const account = await accountWith(accountId);
          const proven = account === undefined ? [] : await mailboxes.of(account);
          const isBack = await settle(accountId, proven);
          const all = openTroubles(seals, accountId, sealed);
          const mayTry = proven.every((to) => {
            const of = troubleWith(all, to);
            return of !== undefined && isPaused(of, now());
          });
          const isDue = proven.some((to) => {
            const of = troubleWith(all, to);
            return of !== undefined && isTrialDue(of, now());
          });
          if (isBack || (mayTry && isDue)) await onReachable(accountId);
        }
        const end = rows.at(-1)?.accountId;
        if (end === undefined || rows.length < BATCH) return;
        last = end;
      }
    },
  };
}
