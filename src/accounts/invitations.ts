import { UserError } from '../errors.ts';
import { isId, randomId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Account, Language, Role } from './account.ts';
import type { Add } from './add.ts';
import type { LinkContent, Links, NewLink, OpenLink } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import type { MailboxChange } from './mailbox-change.ts';
import { makeGroupStore } from './store.ts';

/** How long the note about whom an invitation is for may be, in characters. */
export const LABEL_MAX = 80;

/** Into how many groups an invitation may lead. */
export const GROUPS_MAX = 20;

/** For how many people an invitation may be, and for how many days. */
export const USES_MAX = 500;
export const DAYS_MAX = 90;

const DAY = 86_400_000;

/** So many links may be open at the same time (P8); they are listed on one page. */
const OPEN_MAX = 1000;

/** What an administrator says of a person who will make their own account. */
export type NewInvitation = {
  /** For administrators: whom it is for. The person never sees it. */
  label: string;
  role: Role;
  groups: readonly string[];
  /** How many people may use it: 1 where nothing is said, at most 500. */
  uses?: number | undefined;
  /** For how many days: 1 where nothing is said, at most 90. */
  days?: number | undefined;
};

/** An invitation that may still be used. */
export type Invitation = {
  readonly id: string;
  readonly label: string;
  readonly role: Role;
  /** How many people may still use it. */
  readonly uses: number;
  /** In milliseconds. */
  readonly expiresAt: number;
  /** Whether it may be used: who made it must still administer. */
  readonly isBacked: boolean;
};

/** What the person chooses on the page that the link leads to. */
export type Acceptance = {
  loginName: string;
  password: string;
  mailbox?: string | undefined;
  language: Language;
  /** Whether they accept the rules of the house, where there are any. */
  acceptsTerms?: boolean;
};

type Needs = {
  storage: Storage;
  now: () => number;
  links: Links;
  add: Add;
  askStranger: MailboxChange['askStranger'];
  /** Who may make an account. */
  signUpMode: 'closed' | 'invitation' | 'approval' | 'open';
  /** The version of the rules that everybody accepts; empty where there is none. */
  termsVersion: string;
};

type Content = Extract<LinkContent, { kind: 'account' }>;
type OpenInvitation = OpenLink & { readonly content: Content };

const isInvitation = (link: OpenLink | undefined): link is OpenInvitation => link?.content.kind === 'account';

/** @throws {UserError} the code, with `max` */
function parseCount(count: number, max: number, code: string): number {
  if (!Number.isInteger(count) || count < 1 || count > max) throw new UserError(code, { max });
  return count;
}

/** @throws {UserError} label_invalid{max} */
function parseLabel(text: string): string {
  const label = text.length > 4 * LABEL_MAX ? '' : text.normalize('NFC').trim();
  const length = [...label].length;
  if (length < 1 || length > LABEL_MAX || /[\p{C}\p{Zl}\p{Zp}]/u.test(label)) {
    throw new UserError('label_invalid', { max: LABEL_MAX });
  }
  return label;
}

/** Inviting people: they get a link on which they make their own account, one for each or one for several. */
export function makeInvitations({ storage, now, links, add, askStranger, signUpMode, termsVersion }: Needs) {
  const store = makeLinkStore(storage);
  const groupStore = makeGroupStore(storage);

  async function checkGroups(ids: readonly string[]): Promise<string[]> {
    const wanted = [...new Set(ids)];
    if (wanted.length > GROUPS_MAX) throw new UserError('groups_too_many', { max: GROUPS_MAX });
    const known = new Set((await groupStore.names()).map(({ id }) => id));
    if (wanted.some((id) => !known.has(id))) throw new UserError('group_unknown');
    return wanted;
  }

  /** @throws {UserError} sign_up_closed */
  function checkOpen(): void {
    if (signUpMode === 'closed') throw new UserError('sign_up_closed');
  }

  /** The same invitation as it stands by now; nothing where it is gone or has another link. */
  async function again(tx: Db, { row }: OpenLink): Promise<OpenInvitation | undefined> {
    const found = await store.find(row.id, tx);
    const link = found?.tokenHash === row.tokenHash ? links.open(found) : undefined;
    return isInvitation(link) ? link : undefined;
  }

  /**
   * Takes one use, and the invitation away with the last one: each use is a change of the very row that was read, so
   * that of any number of people at once no more than it is for get through.
   * @throws {UserError} link_gone
   */
  async function takeUse(tx: Db, link: OpenInvitation): Promise<void> {
    const { row, content } = link;
    const left = content.uses - 1;
    const isTaken =
      left < 1
        ? await store.take(tx, row)
        : await store.replace(tx, row, links.rewrite(link, { ...content, uses: left }));
    if (isTaken) return;
    const later = left < 1 ? undefined : await again(tx, link);
    if (later === undefined) throw new UserError('link_gone');
    await takeUse(tx, later);
  }

  return {
    /** Whether people may be invited at all. */
    areOpen: signUpMode !== 'closed',

    /**
     * Makes an invitation. `by` is the administrator who does, none for a command. Its token is returned this once.
     * An administrator's is for one person alone.
     * @throws {UserError} sign_up_closed, label_invalid{max}, invitation_uses_invalid{max}, invitation_days_invalid{max},
     *   invitation_single, groups_too_many{max}, group_unknown, invitations_full{max}
     */
    async invite({ label, role, groups, uses = 1, days = 1 }: NewInvitation, by?: string): Promise<NewLink> {
      checkOpen();
      const parts = {
        label: parseLabel(label),
        role,
        uses: parseCount(uses, USES_MAX, 'invitation_uses_invalid'),
        groups: await checkGroups(groups),
        by,
      };
      const life = parseCount(days, DAYS_MAX, 'invitation_days_invalid') * DAY;
      if (role === 'administrator' && uses > 1) throw new UserError('invitation_single');
      const { row, ...link } = links.make(randomId(), life, (common) => ({ kind: 'account', ...parts, ...common }));
      await storage.write(async (tx) => {
        if ((await store.count(tx)) >= OPEN_MAX) throw new UserError('invitations_full', { max: OPEN_MAX });
        await store.put(tx, row);
      });
      return link;
    },

    /** The invitations that have not run out, those first that do so first. */
    async list(): Promise<Invitation[]> {
      const rows = await store.list(now(), OPEN_MAX);
      const found: Invitation[] = [];
      for (const { row, content } of rows.map(links.open)) {
        if (content.kind !== 'account' || content.expiresAt <= now()) continue;
        const { label, role, uses, expiresAt } = content;
        found.push({ id: row.id, label, role, uses, expiresAt, isBacked: await links.isBacked(content) });
      }
      return found;
    },

    /**
     * Another link for the same invitation, for as long again as it was made for and for as many people as it still is.
     * The old one opens nothing from now on.
     * @throws {UserError} sign_up_closed, invitation_unknown
     */
    async renew(id: string, by?: string): Promise<NewLink> {
      checkOpen();
      return storage.write(async (tx) => {
        for (;;) {
          const before = isId(id) ? await store.find(id, tx) : undefined;
          const content = before === undefined ? undefined : links.open(before).content;
          if (before === undefined || content?.kind !== 'account') throw new UserError('invitation_unknown');
          const { row, ...link } = links.make(id, content.life, (common) => ({ ...content, by, ...common }));
          // Where somebody has just used it, it is for one fewer: it is read again.
          if (await store.replace(tx, before, row)) return link;
        }
      });
    },

    /** Takes an invitation back; its link opens nothing from now on. Doing so twice is no error. */
    async withdraw(id: string): Promise<void> {
      if (isId(id)) await storage.write((tx) => store.remove(tx, [id]));
    },

    /**
     * Makes the account that a link was given for, without anybody's approval. The mailbox is only an assertion, and is asked
     * about by letter. One use of the link is gone in the same step: of several people who hold it no more get an account than it is for.
     * @throws {UserError} link_gone, sign_up_closed, terms_required; the codes of a new account
     */
    async accept(token: string, person: Acceptance): Promise<Account> {
      const link = await links.find(token);
      if (!isInvitation(link)) throw new UserError('link_gone');
      checkOpen();
      if (termsVersion !== '' && person.acceptsTerms !== true) throw new UserError('terms_required');
      const { role, groups } = link.content;
      const { loginName, password, mailbox, language } = person;
      const termsAccepted = termsVersion === '' ? undefined : termsVersion;
      const administrator = role === 'administrator';
      const wanted = { loginName, password, mailbox, language, administrator, termsAccepted };
      const account = await add(wanted, async (tx, accountId) => {
        await takeUse(tx, link);
        for (const groupId of groups) {
          // A group that was removed since is no longer anybody's.
          if (await groupStore.lock(tx, groupId)) await groupStore.addMember(tx, groupId, accountId);
        }
      });
      await askStranger(account.id);
      return account;
    },
  };
}
