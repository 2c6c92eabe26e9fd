import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import { isTaken, type Db, type Storage } from '../storage/storage.ts';
import { accountOf, sealDetails, type Account } from './account.ts';
import type { Attempts } from './attempts.ts';
import { makeLinkStore } from './link-store.ts';
import { LINK_LIFE, onlyLinkIds, type LinkContent, type Links, type OpenLink } from './links.ts';
import { searchTagOf } from './mailbox.ts';
import { canonicalMailbox, letterTarget, parseMailbox } from '../mailbox.ts';
import type { MailboxHealth } from './mailbox-health.ts';
import type { MailboxUndo } from './mailbox-undo.ts';
import type { Post } from './letter.ts';
import type { SecondMailboxes } from './second-mailbox.ts';
import { makeAccountStore } from './store.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  hasMail: boolean;
  links: Links;
  post: Post;
  seconds: SecondMailboxes;
  mailboxes: Mailboxes;
  health: MailboxHealth;
  timeline: Timeline;
  undo: MailboxUndo;
  onReachable: (accountId: string) => Promise<void>;
};

/** Which of an account's mailboxes: the one that mail is forwarded to, or the one for recovery alone. */
export type Which = 'first' | 'second';

type MailboxLink = Extract<LinkContent, { kind: 'mailbox' }>;

/** A mailbox that has not been proven yet. */
export type PendingMailbox = { readonly mailbox: string; readonly expiresAt: number };

const linkKind = { first: 'mailbox', second: 'second-mailbox' } as const;

export type MailboxChange = ReturnType<typeof makeMailboxChange>;

/**
 * Another mailbox for an account: a letter goes there, and only its link makes it count (A53). Whether it is another
 * account's is said to nobody but whoever holds that link, for they own it.
 */
export function makeMailboxChange(needs: Needs) {
  const { storage, seals, now, attempts, hasMail, links, post, seconds, mailboxes, health, timeline, undo } = needs;
  const store = makeAccountStore(storage);
  const linkStore = makeLinkStore(storage);
  const idsOf = (accountId: string, which: Which): string[] => onlyLinkIds(seals, linkKind[which], accountId);
  const isSame = (a: string | undefined, b: string): boolean =>
    a !== undefined && canonicalMailbox(a) === canonicalMailbox(b);

  /** @throws {UserError} account_unknown, account_suspended */
  async function accountWith(accountId: string): Promise<Account> {
    const row = await store.find(accountId);
    if (row === undefined) throw new UserError('account_unknown');
    const account = accountOf(seals, row, now());
    if (account.status !== 'active') throw new UserError('account_suspended');
    return account;
  }

  /**
   * Writes a link that proves a mailbox, and the letter with it: in a transaction of the caller's, which may be the one
   * that makes the account.
   */
  async function askToConfirm(
    tx: Db,
    account: Pick<Account, 'id' | 'loginName' | 'language'>,
    mailbox: string,
    which: Which = 'first',
  ): Promise<void> {
    const ids = idsOf(account.id, which);
    const { row, token } = links.make(ids[0] ?? '', LINK_LIFE, (common) => ({
      kind: 'mailbox',
      accountId: account.id,
      mailbox,
      second: which === 'second',
      ...common,
    }));
    await linkStore.remove(tx, ids);
    await linkStore.put(tx, row);
    const values = { login_name: account.loginName, token };
    const kind = which === 'second' ? 'second_mailbox_confirm' : 'mailbox_confirm';
    await post(tx, { kind, to: mailbox, language: account.language, values });
  }

  async function pending(accountId: string, which: Which): Promise<PendingMailbox | undefined> {
    for (const row of await linkStore.among(storage.read, idsOf(accountId, which))) {
      const { content } = links.open(row);
      if (content.kind === 'mailbox' && content.expiresAt > now())
        return { mailbox: content.mailbox, expiresAt: content.expiresAt };
    }
    return undefined;
  }

  /**
   * Counts the letter first: nobody has us write to others as often as they like. Apart from the letters of recovery:
   * how many of those there were would tell anybody signed in whose mailbox is whose (A44).
   */
  async function write(account: Account, mailbox: string, which: Which): Promise<void> {
    await attempts.judge(
      [
        ['letter-account', account.id],
        ['letter', 'typed', letterTarget(mailbox)],
      ],
      async () => false,
    );
    await storage.write(async (tx) => {
      await store.lock(tx, account.id);
      await askToConfirm(tx, account, mailbox, which);
    });
  }

  /** Uses the link up under the account's lock, for an account that is not suspended. */
  async function take(tx: Db, { row, content }: OpenLink): Promise<Account> {
    const found = content.kind === 'mailbox' ? await store.lock(tx, content.accountId) : undefined;
    const account = found === undefined ? undefined : accountOf(seals, found, now());
    if (account === undefined || account.status === 'suspended') throw new UserError('link_gone');
    if (!(await linkStore.take(tx, row))) throw new UserError('link_gone');
    return account;
  }

  async function confirmFirst(link: OpenLink, { accountId, mailbox }: MailboxLink): Promise<void> {
    const canonical = canonicalMailbox(mailbox);
    const isChange = await storage.write(async (tx) => {
      await take(tx, link);
      if (await store.isMailboxOfOther(tx, seals.tags('mailbox', canonical), accountId))
        throw new UserError('mailbox_elsewhere');
      const second = await seconds.of(accountId, tx);
      if (isSame(second?.mailbox, mailbox)) await seconds.remove(tx, accountId);
      // As it stands after that.
      const row = await store.lock(tx, accountId);
      if (row === undefined) throw new UserError('link_gone');
      const before = accountOf(seals, row, now());
      await store.update(tx, accountId, {
        mailboxTag: seals.tag('mailbox', canonical),
        mailboxSearchTag: searchTagOf(seals, canonical),
        sealed: sealDetails(seals, accountId, { ...before, mailbox }),
      });
      await health.forget(tx, accountId, mailbox);
      // What went to the mailbox before, and waits there.
      await linkStore.remove(tx, onlyLinkIds(seals, 'recovery', accountId));
      if (isSame(before.mailbox, mailbox)) return false;
      if (before.mailboxVerified) await undo.offer(tx, before);
      return true;
    });
    await timeline.record(accountId, { kind: isChange ? 'mailbox_changed' : 'mailbox_verified', at: now() });
  }

  async function confirmSecond(link: OpenLink, { accountId, mailbox }: MailboxLink): Promise<void> {
    await storage.write(async (tx) => {
      const account = await take(tx, link);
      if (account.mailboxVerified && isSame(account.mailbox, mailbox)) throw new UserError('mailbox_same');
      if (await store.isMailboxOfOther(tx, seals.tags('mailbox', canonicalMailbox(mailbox)), accountId))
        throw new UserError('mailbox_elsewhere');
      // Before it is replaced, so that the one before hears of it too.
      const told = { kind: 'second_mailbox_changed', values: { login_name: account.loginName } } as const;
      await mailboxes.tell(tx, account, told, mailbox);
      if (!(await seconds.put(tx, accountId, mailbox))) throw new UserError('mailbox_elsewhere');
      await health.forget(tx, accountId, mailbox);
      await linkStore.remove(tx, onlyLinkIds(seals, 'recovery', accountId));
    });
    await timeline.record(accountId, { kind: 'second_mailbox_changed', at: now() });
  }

  return {
    askToConfirm,

    /**
     * The same for an account that is just being made, in the transaction that makes it: where it has a mailbox that
     * nobody has proven, and this instance sends mail.
     */
    async askNew(tx: Db, accountId: string): Promise<void> {
      const row = hasMail ? await store.lock(tx, accountId) : undefined;
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      if (account?.mailbox !== undefined && !account.mailboxVerified) await askToConfirm(tx, account, account.mailbox);
    },

    /**
     * The same for an account that was just made by somebody whom we do not know: where letters to that mailbox were many
     * of late, none is written, and its owner asks for another one later.
     */
    async askStranger(accountId: string): Promise<void> {
      const account = hasMail ? await accountWith(accountId) : undefined;
      if (account?.mailbox === undefined || account.mailboxVerified) return;
      try {
        await write(account, account.mailbox, 'first');
      } catch (error) {
        if (!(error instanceof UserError) || error.code !== 'try_later') throw error;
      }
    },

    pending,

    /**
     * Sends a letter to a mailbox that somebody signed in wants to use; it counts once its link was confirmed, within a
     * day. It takes the place of another one that waits.
     * @throws {UserError} mailbox_invalid, mailbox_same (it is theirs already), try_later{seconds}, account_unknown,
     *   account_suspended
     */
    async begin(accountId: string, text: string, which: Which): Promise<void> {
      const mailbox = parseMailbox(text);
      const account = await accountWith(accountId);
      const isFirst = account.mailboxVerified && isSame(account.mailbox, mailbox);
      const isSecond = which === 'second' && isSame((await seconds.of(accountId))?.mailbox, mailbox);
      if (isFirst || isSecond) throw new UserError('mailbox_same');
      await write(account, mailbox, which);
    },

    /**
     * Sends the letter again: to the mailbox that waits, or to the first one where that was never proven. Does nothing
     * where there is none.
     * @throws {UserError} try_later{seconds}, account_unknown,
     *   account_suspended
     */
    async again(accountId: string, which: Which): Promise<void> {
      const account = await accountWith(accountId);
      const unproven = which === 'first' && !account.mailboxVerified ? account.mailbox : undefined;
      const mailbox = (await pending(accountId, which))?.mailbox ?? unproven;
      if (mailbox !== undefined) await write(account, mailbox, which);
    },

    /** Takes a change back that waits: its link opens nothing any more. Doing so twice is no error. */
    async withdraw(accountId: string, which: Which): Promise<void> {
      await storage.write((tx) => linkStore.remove(tx, idsOf(accountId, which)));
    },

    /** Whose mailbox a link proves; undefined for any other link. */
    async accountOf({ content }: OpenLink): Promise<Account | undefined> {
      const row = content.kind === 'mailbox' ? await store.find(content.accountId) : undefined;
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      return account?.status === 'suspended' ? undefined : account;
    },

    /**
     * The owner of the mailbox says yes: from now on it is the account's, and takes mail whatever bounced before. The one
     * before hears of it, with a link that takes the change back for seven days.
     * @throws {UserError} link_gone; mailbox_elsewhere (another account's, and the link stays); mailbox_same;
     *   mailbox_changed_often
     */
    async confirm(token: string): Promise<void> {
      const link = await links.find(token);
      if (link?.content.kind !== 'mailbox') throw new UserError('link_gone');
      const { content } = link;
      const other = await seconds.find(content.mailbox);
      if (other !== undefined && other.accountId !== content.accountId) throw new UserError('mailbox_elsewhere');
      try {
        await (content.second ? confirmSecond(link, content) : confirmFirst(link, content));
      } catch (error) {
        // Somebody else proved it at this very moment.
        if (isTaken(error)) throw new UserError('mailbox_elsewhere');
        throw error;
      }
      await needs.onReachable(content.accountId);
    },

    /** The second mailbox of an account, proven. */
    async second(accountId: string): Promise<string | undefined> {
      return (await seconds.of(accountId))?.mailbox;
    },

    /** Removes the second mailbox; it hears of it, and so does the first. Doing so twice is no error. */
    async removeSecond(accountId: string): Promise<void> {
      const had = await storage.write(async (tx) => {
        const row = await store.lock(tx, accountId);
        if (row === undefined || (await seconds.of(accountId, tx)) === undefined) return false;
        const account = accountOf(seals, row, now());
        await mailboxes.tell(tx, account, {
          kind: 'second_mailbox_changed',
          values: { login_name: account.loginName },
        });
        await seconds.remove(tx, accountId);
        await linkStore.remove(tx, onlyLinkIds(seals, 'recovery', accountId));
        return true;
      });
      if (had) await timeline.record(accountId, { kind: 'second_mailbox_changed', at: now() });
    },
  };
}
