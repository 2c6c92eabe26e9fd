import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import type { FactorReset } from './factor-reset.ts';
import { makeLinkStore } from './link-store.ts';
import {
  LINK_LIFE,
  onlyLinkIds,
  passwordLinkIds,
  type LinkContent,
  type Links,
  type NewLink,
  type OpenLink,
} from './links.ts';
import type { NewPassword } from './new-password.ts';
import { makeAccountStore } from './store.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';

const HOUR = 3_600_000;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  links: Links;
  resetFactors: FactorReset;
  newPassword: NewPassword;
  mailboxes: Mailboxes;
  timeline: Timeline;
  hasMail: boolean;
  /** For how many hours the owner may stop a link before it opens. */
  recoveryWaitHours: number;
  onPasswordChanged: (accountId: string) => Promise<void>;
};

/** How a link for a new password is made. */
export type NewPasswordLink = {
  /** The administrator who makes it; a command has none. */
  by?: string;
  /** Whether the second factor is lost too: whoever uses the link has none afterwards, nor any recovery code. */
  resetsFactors?: boolean;
  /** Open at once. For whoever owns the machine: they could do worse. The owner is told all the same. */
  atOnce?: boolean;
};

/** A link that was just made. `opensAt` in milliseconds; `isTold`: whether its owner got a letter and can stop it. */
export type MadePasswordLink = NewLink & { readonly opensAt: number; readonly isTold: boolean };

/** A link that nobody has used yet; times in milliseconds. */
export type PendingPasswordLink = Pick<PasswordLink, 'opensAt' | 'expiresAt' | 'resetsFactors'>;

type PasswordLink = Extract<LinkContent, { kind: 'password' }>;

/**
 * Links on which somebody who cannot sign in chooses a new password. There is one for an account at most. Where its
 * owner can be told by mail, it opens only after a while, in which they may stop it: who convinced an administrator by
 * a story gets no account in silence. An administrator only ever starts this (A62).
 */
export function makePasswordLinks(needs: Needs) {
  const { storage, seals, now, links, resetFactors, newPassword, mailboxes, timeline, onPasswordChanged } = needs;
  const store = makeLinkStore(storage);
  const accounts = makeAccountStore(storage);
  const idsOf = (accountId: string): string[] => [
    ...passwordLinkIds(seals, accountId),
    ...onlyLinkIds(seals, 'link-stop', accountId),
  ];

  async function pendingIn(db: Db, accountId: string): Promise<PasswordLink | undefined> {
    for (const row of await store.among(db, passwordLinkIds(seals, accountId))) {
      const { content } = links.open(row);
      if (content.kind === 'password' && content.expiresAt > now()) return content;
    }
    return undefined;
  }

  const canTell = async (account: Account): Promise<boolean> =>
    needs.hasMail && (await mailboxes.of(account)).length > 0;

  const waitOf = async (account: Account): Promise<number> => ((await canTell(account)) ? needs.recoveryWaitHours : 0);

  /** Removes an account's link, and the one that stops it. @returns whether there was one to stop. */
  async function stop(tx: Db, accountId: string): Promise<boolean> {
    const pending = await pendingIn(tx, accountId);
    await store.remove(tx, idsOf(accountId));
    return pending !== undefined;
  }

  async function recordStop(accountId: string, isStopped: boolean): Promise<void> {
    if (isStopped) await timeline.record(accountId, { kind: 'link_stopped', at: now() });
  }

  return {
    /**
     * Makes a link for an account, in place of the one that may be open. Its owner finds in their timeline that there
     * is one, and where they have a mailbox that was proven, they are told there, with a link that stops it.
     * @throws {UserError} account_unknown, account_suspended
     */
    async make(accountId: string, options: NewPasswordLink = {}): Promise<MadePasswordLink> {
      const { by, resetsFactors = false, atOnce = false } = options;
      if ((await accounts.find(accountId)) === undefined) throw new UserError('account_unknown');
      const account = await newPassword.accountFor(accountId);
      if (account === undefined) throw new UserError('account_suspended');
      const isTold = await canTell(account);
      const wait = atOnce ? 0 : (await waitOf(account)) * HOUR;
      const opensAt = now() + wait;
      const [id = ''] = passwordLinkIds(seals, accountId);
      const { row, ...link } = links.make(id, wait + LINK_LIFE, (common) => ({
        kind: 'password',
        accountId,
        by,
        opensAt,
        resetsFactors,
        ...common,
      }));
      const [stopId = ''] = onlyLinkIds(seals, 'link-stop', accountId);
      const stopLink = links.make(stopId, wait + LINK_LIFE, (common) => ({ kind: 'link-stop', accountId, ...common }));
      await storage.write(async (tx) => {
        await store.remove(tx, idsOf(accountId));
        await store.put(tx, row);
        if (!isTold) return;
        await store.put(tx, stopLink.row);
        const opens = new Date(opensAt).toISOString();
        const values = { login_name: account.loginName, token: stopLink.token, opens };
        await mailboxes.tell(tx, account, { kind: 'link_made', values });
      });
      await timeline.record(accountId, { kind: 'link_made', at: now() }, by);
      return { ...link, opensAt, isTold };
    },

    /** For how many hours a link waits that is made for the account now: none where nobody can be told. */
    waitOf,

    /** The open link of an account; undefined where there is none. */
    async pending(accountId: string): Promise<PendingPasswordLink | undefined> {
      return pendingIn(storage.read, accountId);
    },

    /** Takes the link of an account back. Doing so twice is no error. */
    async withdraw(accountId: string): Promise<void> {
      await storage.write((tx) => stop(tx, accountId));
    },

    /** Its owner, who is signed in, does not want it: the link opens nothing any more. Doing so twice is no error. */
    async refuse(accountId: string): Promise<void> {
      await recordStop(accountId, await storage.write((tx) => stop(tx, accountId)));
    },

    /** The account whose link somebody may stop with this one; undefined for any other link. */
    async stoppable({ content }: OpenLink): Promise<Account | undefined> {
      return content.kind === 'link-stop' ? newPassword.accountFor(content.accountId) : undefined;
    },

    /**
     * The same by the link of the letter.
     * @throws {UserError} link_gone, also where the other link was faster
     */
    async stop(token: string): Promise<void> {
      const link = await links.find(token);
      if (link?.content.kind !== 'link-stop') throw new UserError('link_gone');
      const { accountId } = link.content;
      const isStopped = await storage.write(async (tx) => {
        // Whoever uses the link at this moment holds the account.
        await accounts.lock(tx, accountId);
        if (!(await store.take(tx, link.row))) throw new UserError('link_gone');
        return stop(tx, accountId);
      });
      await recordStop(accountId, isStopped);
    },

    /**
     * The account whose password may be chosen with a link, and when the link opens (milliseconds); undefined for any
     * other link, and while suspended.
     */
    async accountOf({ content }: OpenLink): Promise<{ account: Account; opensAt: number } | undefined> {
      const account = content.kind === 'password' ? await newPassword.accountFor(content.accountId) : undefined;
      return account === undefined || content.kind !== 'password' ? undefined : { account, opensAt: content.opensAt };
    },

    /**
     * Sets the password of the account that a link was made for, whatever it was before, and has everything ended that
     * was begun with the old one. The link is used up in the same step, and the second factor removed in the same where
     * the link was made for that.
     * @throws {UserError} link_gone; link_waits; the codes of a new password; busy{retryAfter}
     */
    async use(token: string, password: string): Promise<void> {
      const link = await links.find(token);
      const account =
        link?.content.kind === 'password' ? await newPassword.accountFor(link.content.accountId) : undefined;
      if (link?.content.kind !== 'password' || account === undefined) throw new UserError('link_gone');
      const { opensAt } = link.content;
      const isReset = link.content.resetsFactors;
      if (now() < opensAt) throw new UserError('link_waits');
      const { id } = account;
      let removed: readonly string[] = [];
      await newPassword.set(account, link.row, password, async (tx) => {
        if (isReset) removed = await resetFactors(tx, account);
      });
      await timeline.record(id, { kind: 'link_used', at: now() });
      for (const method of removed)
        await timeline.record(id, { kind: 'factor_removed', at: now(), detail: { method } });
      await onPasswordChanged(id);
    },
  };
}
