import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account, type Language } from './account.ts';
import { networkCounters, type Attempts } from './attempts.ts';
import type { Letter, Post } from './letter.ts';
import { makeLinkStore } from './link-store.ts';
import { onlyLinkIds, type Links, type OpenLink } from './links.ts';
import { canonicalMailbox, letterTarget, parseMailbox } from '../mailbox.ts';
import { mayRecover, type NewPassword } from './new-password.ts';
import type { SecondMailboxes } from './second-mailbox.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

/** How long the link of a letter may be used, in milliseconds. */
export const RECOVERY_LIFE = 30 * 60_000;

/** Longer than any login name or mailbox, whichever way it is composed; the rest is not looked at. */
const IDENTIFIER_MAX = 400;

export type RecoveryAsked = {
  /** A login name or a mailbox, as typed. */
  identifier: string;
  /** The peer's address. */
  network: string;
  /** Of the page, for a mailbox that is nobody's. */
  language: Language;
  /** The sign-in it was asked on, and where that leads. */
  journeyId?: string | undefined;
  applicationId?: string | undefined;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  links: Links;
  newPassword: NewPassword;
  post: Post;
  seconds: SecondMailboxes;
  timeline: Timeline;
  onPasswordChanged: (accountId: string) => Promise<void>;
};

/** What was found of what was typed. `mailbox`: where the letter goes, the way mail is sent there. */
type Found = { readonly account: Account | undefined; readonly mailbox: string | undefined };

/** Finding back to one's account by mail, when the password or the login name is lost. */
export function makeRecovery(needs: Needs) {
  const { storage, seals, now, attempts, links, newPassword, post, seconds, timeline, onPasswordChanged } = needs;
  const store = makeAccountStore(storage);
  const linkStore = makeLinkStore(storage);

  /** Looks everywhere, whatever it finds and wherever: the queries say nothing of it (A44). */
  async function look(typed: string | undefined, canonical: string): Promise<Found> {
    const direct =
      typed === undefined
        ? await store.findWithPassword('loginTag', seals.tags('login', canonical))
        : await store.findWithPassword('mailboxTag', seals.tags('mailbox', canonical));
    const second = await seconds.find(canonical);
    const bySecond = await store.find(second?.accountId ?? '');
    const own = await seconds.of(direct?.account.id ?? '');
    if (direct !== undefined) {
      const account = accountOf(seals, direct.account, now());
      return { account, mailbox: account.mailboxVerified ? account.mailbox : own?.mailbox };
    }
    // A login name has no @, so it is nobody's second mailbox.
    if (bySecond !== undefined) return { account: accountOf(seals, bySecond, now()), mailbox: second?.mailbox };
    return { account: undefined, mailbox: typed };
  }

  function letterFor({ account, mailbox }: Found, token: string, language: Language): Letter | undefined {
    if (mailbox === undefined) return undefined;
    if (account === undefined) return { kind: 'recovery_unknown', to: mailbox, language, values: {} };
    const to = { to: mailbox, language: account.language };
    if (!mayRecover(account)) return { kind: 'recovery_closed', ...to, values: { login_name: account.loginName } };
    return { kind: 'recovery', ...to, values: { login_name: account.loginName, token } };
  }

  return {
    /**
     * Somebody lost a password or a login name. Where the account has a mailbox that was proven, or the mailbox typed is
     * one, a letter goes there: with the login name and a link for a new password, for 30 minutes and one use, in place
     * of the one before. A mailbox that is nobody's gets a letter that says so. What comes back is the same in every
     * case, and so is the work, and too many letters to one person are silently not written (A44).
     * @throws {UserError} answer_required, mailbox_invalid (of what was typed, never of what there is),
     *   try_later{seconds} (of the network alone)
     */
    async ask({ identifier, network, language, journeyId, applicationId }: RecoveryAsked): Promise<void> {
      const text = identifier.slice(0, IDENTIFIER_MAX).trim();
      if (text === '') throw new UserError('answer_required');
      const typed = text.includes('@') ? parseMailbox(text) : undefined;
      const canonical = typed === undefined ? canonicalName(text) : canonicalMailbox(typed);
      await attempts.judge(networkCounters('recovery-network', network), async () => false);

      const found = await look(typed, canonical);
      const { account, mailbox } = found;
      const identity = account === undefined ? ['unknown', canonical] : ['account', account.id];
      const addressed = mailbox === undefined ? `nobody ${canonical}` : letterTarget(mailbox);
      if (!(await mayWrite(identity, addressed))) return;

      // Where there is nobody to send it to, a link is made all the same, whose token nobody ever has.
      const isTheirs = account !== undefined && mailbox !== undefined && mayRecover(account);
      const ids = onlyLinkIds(seals, 'recovery', isTheirs ? account.id : `none ${identity.join(' ')}`);
      const accountId = isTheirs ? account.id : (ids[0] ?? '');
      const { row, token } = links.make(ids[0] ?? '', RECOVERY_LIFE, (common) => ({
        kind: 'recovery',
        accountId,
        journeyId,
        applicationId,
        ...common,
      }));
      const letter = letterFor(found, token, language);
      await storage.write(async (tx) => {
        await linkStore.remove(tx, ids);
        await linkStore.put(tx, row);
        if (letter === undefined) await linkStore.remove(tx, ids);
        else await post(tx, letter);
      });
    },

    /** The account for which a link chooses a new password; undefined for any other link. */
    async accountOf({ content }: OpenLink): Promise<Account | undefined> {
      return content.kind === 'recovery' ? newPassword.accountFor(content.accountId) : undefined;
    },

    /**
     * Sets the new password and uses the link up. All sessions and proofs end, and every other link that was open for
     * the account; the second factor stays, and nobody is signed in by it (A52).
     * @throws {UserError} link_gone; the codes of a new password; busy{retryAfter}
     */
    async use(token: string, password: string): Promise<void> {
      const link = await links.find(token);
      const { content } = link ?? {};
      const account = content?.kind === 'recovery' ? await newPassword.accountFor(content.accountId) : undefined;
      if (link === undefined || account === undefined) throw new UserError('link_gone');
      await newPassword.set(account, link.row, password);
      await timeline.record(account.id, { kind: 'password_recovered', at: now() });
      await onPasswordChanged(account.id);
    },
  };

  /** Counts a letter, and says whether it may be written. */
  async function mayWrite(identity: string[], addressed: string): Promise<boolean> {
    try {
      await attempts.judge(
        [
          ['recovery-target', ...identity],
          ['letter', addressed],
        ],
        async () => false,
      );
      return true;
    } catch (error) {
      if (error instanceof UserError && error.code === 'try_later') return false;
      throw error;
    }
  }
}
