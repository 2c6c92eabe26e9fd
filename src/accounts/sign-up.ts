import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account, type Language } from './account.ts';
import type { Add } from './add.ts';
import { PLEA_LENGTH, type Applicants } from './applicants.ts';
import { networkCounters, type Attempts } from './attempts.ts';
import type { Letter, Post } from './letter.ts';
import { LINK_LIFE, signUpLinkIds, type Links, type OpenLink } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import { canonicalMailbox, letterTarget, parseMailbox } from '../mailbox.ts';
import { parseWords } from './plain-words.ts';
import { makeAccountStore } from './store.ts';

/** Who may make an account: nobody, who was given a link, anybody once an administrator agrees, or anybody. */
export type SignUpMode = 'closed' | 'invitation' | 'approval' | 'open';

/** So many links that people asked for may be open at the same time (P8). */
export const ASKED_MAX = 20_000;

/** Somebody without an account, on their way to one. */
export type AskedSignUp = {
  mailbox: string;
  language: Language;
  /** The peer's address. */
  network: string;
  /** Where they were going, to go on from the link. */
  journeyId: string;
  application?: { readonly id: string; readonly name: string } | undefined;
};

/** What a link says of whoever opens it: their mailbox, and where they were going. */
export type WhatFor = {
  readonly mailbox: string;
  readonly journeyId?: string | undefined;
  readonly applicationId?: string | undefined;
};

/** What the owner of a proven mailbox chooses. */
export type NewSignUp = {
  loginName: string;
  password: string;
  language: Language;
  /** Why they ask; looked at where an administrator decides. */
  reason: string;
  /** Whether they accept the rules of the house, where there are any. */
  acceptsTerms: boolean;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  attempts: Attempts;
  links: Links;
  add: Add;
  post: Post;
  applicants: Applicants;
  signUpMode: SignUpMode;
  /** The version of the rules that everybody accepts; empty where there is none. */
  termsVersion: string;
  hasMail: boolean;
};

const never = (): Promise<boolean> => Promise.resolve(false);

/**
 * Making one's own account. The mailbox is proven first, and there is no account, no name and no password before: so
 * nobody can have prepared anything under somebody else's mailbox (A54).
 */
export function makeSignUp(needs: Needs) {
  const { storage, seals, now, attempts, links, add, post, applicants, signUpMode, termsVersion, hasMail } = needs;
  const linkStore = makeLinkStore(storage);
  const accounts = makeAccountStore(storage);
  // Without mail no mailbox can be proven.
  const isOffered = hasMail && (signUpMode === 'approval' || signUpMode === 'open');

  /** Whether one more letter may go to a mailbox now. Those before it still lead on, so nobody is told. */
  async function mayWrite(mailbox: string): Promise<boolean> {
    try {
      await attempts.judge([['sign-up-target', letterTarget(mailbox)]], never);
      return true;
    } catch (error) {
      if (error instanceof UserError && error.code === 'try_later') return false;
      throw error;
    }
  }

  /** What the owner of a mailbox reads, whoever they are. */
  function letterTo(asked: AskedSignUp, mailbox: string, account: Account | undefined, token: string): Letter {
    const application = asked.application?.name ?? '';
    if (account === undefined) {
      return { kind: 'sign_up', to: mailbox, language: asked.language, values: { token, application } };
    }
    const { loginName, language, mailbox: own = mailbox } = account;
    return { kind: 'sign_up_known', to: own, language, values: { login_name: loginName, application } };
  }

  /**
   * A link for the mailbox, and its letter. Where the mailbox is somebody's already, the link is made all the same, so
   * that both cost the same, but nobody is given it.
   */
  async function putLink(tx: Db, asked: AskedSignUp, mailbox: string, account: Account | undefined): Promise<void> {
    const [id = '', ...older] = signUpLinkIds(seals, canonicalMailbox(mailbox));
    const { row, token } = links.make(id, LINK_LIFE, (common) => ({
      kind: 'sign-up',
      mailbox,
      journeyId: asked.journeyId,
      ...(asked.application === undefined ? {} : { applicationId: asked.application.id }),
      ...common,
    }));
    if (older.length > 0) await linkStore.remove(tx, older);
    await linkStore.put(tx, row);
    await post(tx, letterTo(asked, mailbox, account, token));
  }

  return {
    /** Whether anybody may ask for an account now. */
    isOffered,
    mode: signUpMode,

    /**
     * Has a letter sent to a mailbox: with a link for a new account, or, where it is the proven mailbox of one, with its
     * login name (A44). Which of the two shows neither in what this answers nor in the work it does. Somebody who waits
     * for approval gets a new link to how that stands. Two letters an hour, more or less, go to one mailbox; what is
     * asked beyond that is silently left out.
     * @throws {UserError} sign_up_closed, mailbox_invalid, try_later{seconds}, sign_up_full
     */
    async ask(asked: AskedSignUp): Promise<void> {
      if (!isOffered) throw new UserError('sign_up_closed');
      const mailbox = parseMailbox(asked.mailbox);
      const canonical = canonicalMailbox(mailbox);
      await attempts.judge(networkCounters('sign-up-network', asked.network), never);
      if (!(await mayWrite(mailbox))) return;
      const found = await accounts.findWithPassword('mailboxTag', seals.tags('mailbox', canonical));
      const account = found === undefined ? undefined : accountOf(seals, found.account, now());
      const days = String((await applicants.usualWait()) ?? '');
      await storage.write(async (tx) => {
        if ((await linkStore.countTagged(tx)) >= ASKED_MAX) throw new UserError('sign_up_full');
        if (account?.status !== 'awaiting') return putLink(tx, asked, mailbox, account);
        const { token } = await applicants.putLink(tx, account.id);
        const { language, mailbox: to = mailbox } = account;
        return post(tx, { kind: 'sign_up_waiting', to, language, values: { token, days } });
      });
    },

    /** The mailbox that a link proved, and where its owner was going; undefined for any other link. */
    whatFor({ content }: OpenLink): WhatFor | undefined {
      return content.kind === 'sign-up' ? content : undefined;
    },

    /**
     * Makes the account that a link was sent for, with its mailbox proven, as the house lets people in at this moment:
     * `active`, or `awaiting`, and then its owner is told by a letter. The link is used up in the same step: of several
     * who hold it exactly one gets an account, and none where the mailbox became somebody's meanwhile.
     * @throws {UserError} link_gone, sign_up_closed, terms_required, words_too_few{min}, words_too_many{max},
     *   requests_full{max}; the codes of a new account
     */
    async accept(token: string, person: NewSignUp): Promise<Account> {
      const link = await links.find(token);
      if (link?.content.kind !== 'sign-up') throw new UserError('link_gone');
      if (!isOffered) throw new UserError('sign_up_closed');
      const { mailbox, applicationId } = link.content;
      const { loginName, password, language, acceptsTerms } = person;
      const awaiting = signUpMode === 'approval';
      const reason = awaiting ? parseWords(person.reason, PLEA_LENGTH.reason) : undefined;
      if (termsVersion !== '' && !acceptsTerms) throw new UserError('terms_required');
      const termsAccepted = termsVersion === '' ? undefined : termsVersion;
      const days = String((awaiting ? await applicants.usualWait() : undefined) ?? '');
      const account = { loginName, password, mailbox, mailboxVerified: true, language, termsAccepted, awaiting };
      return add(account, async (tx, id) => {
        if (!(await linkStore.take(tx, link.row))) throw new UserError('link_gone');
        if (await accounts.isMailboxOfOther(tx, seals.tags('mailbox', canonicalMailbox(mailbox)), id)) {
          throw new UserError('link_gone');
        }
        if (reason === undefined) return;
        const plea = { at: now(), reason, ...(applicationId === undefined ? {} : { applicationId }) };
        await applicants.enter(tx, { id, language, mailbox }, plea, days);
      });
    },
  };
}
