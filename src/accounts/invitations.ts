import { UserError } from '../errors.ts';
import { isId, randomId } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Account, Language, Role } from './account.ts';
import type { Add } from './add.ts';
import { LINK_LIFE, type Links, type NewLink } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import type { MailboxChange } from './mailbox-change.ts';
import { makeGroupStore } from './store.ts';

/** How long the note about whom an invitation is for may be, in characters. */
export const LABEL_MAX = 80;

/** Into how many groups an invitation may lead. */
export const GROUPS_MAX = 20;

/** So many links may be open at the same time (P8); they are listed on one page. */
const OPEN_MAX = 1000;

/** What an administrator says of a person who will make their own account. */
export type NewInvitation = {
  /** For administrators: whom it is for. The person never sees it. */
  label: string;
  role: Role;
  groups: readonly string[];
};

/** An invitation that nobody has used yet. */
export type Invitation = {
  readonly id: string;
  readonly label: string;
  readonly role: Role;
  /** In milliseconds. */
  readonly expiresAt: number;
  /** Whether it may be used: who made it must still administer. */
  readonly isBacked: boolean;
};

/** What the person chooses on the page that the link leads to. */
export type Acceptance = { loginName: string; password: string; mailbox?: string | undefined; language: Language };

type Needs = { storage: Storage; now: () => number; links: Links; add: Add; askNew: MailboxChange['askNew'] };

/** @throws {UserError} label_invalid{max} */
function parseLabel(text: string): string {
  const label = text.length > 4 * LABEL_MAX ? '' : text.normalize('NFC').trim();
  const length = [...label].length;
  if (length < 1 || length > LABEL_MAX || /[\p{C}\p{Zl}\p{Zp}]/u.test(label)) {
    throw new UserError('label_invalid', { max: LABEL_MAX });
  }
  return label;
}

/** Inviting people: each gets a link, once, on which they make their own account. */
export function makeInvitations({ storage, now, links, add, askNew }: Needs) {
  const store = makeLinkStore(storage);
  const groupStore = makeGroupStore(storage);

  async function checkGroups(ids: readonly string[]): Promise<string[]> {
    const wanted = [...new Set(ids)];
    if (wanted.length > GROUPS_MAX) throw new UserError('groups_too_many', { max: GROUPS_MAX });
    const known = new Set((await groupStore.names()).map(({ id }) => id));
    if (wanted.some((id) => !known.has(id))) throw new UserError('group_unknown');
    return wanted;
  }

  return {
    /**
     * Makes an invitation. `by` is the administrator who does, none for a command. Its token is returned this once.
     * @throws {UserError} label_invalid{max}, groups_too_many{max}, group_unknown, invitations_full{max}
     */
    async invite({ label, role, groups }: NewInvitation, by?: string): Promise<NewLink> {
      const parts = { label: parseLabel(label), role, groups: await checkGroups(groups), by };
      const { row, ...link } = links.make(randomId(), LINK_LIFE, (common) => ({
        kind: 'account',
        ...parts,
        uses: 1,
        ...common,
      }));
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
        const { label, role, expiresAt } = content;
        found.push({ id: row.id, label, role, expiresAt, isBacked: await links.isBacked(content) });
      }
      return found;
    },

    /**
     * Another link for the same invitation, for a whole day again. The old one opens nothing from now on.
     * @throws {UserError} invitation_unknown
     */
    async renew(id: string, by?: string): Promise<NewLink> {
      const before = isId(id) ? await store.find(id) : undefined;
      const content = before === undefined ? undefined : links.open(before).content;
      if (before === undefined || content?.kind !== 'account') throw new UserError('invitation_unknown');
      const { row, ...link } = links.make(id, LINK_LIFE, (common) => ({ ...content, by, ...common }));
      const replaced = await storage.write((tx) => store.replace(tx, before.tokenHash, row));
      if (!replaced) throw new UserError('invitation_unknown');
      return link;
    },

    /** Takes an invitation back; its link opens nothing from now on. Doing so twice is no error. */
    async withdraw(id: string): Promise<void> {
      if (isId(id)) await storage.write((tx) => store.remove(tx, [id]));
    },

    /**
     * Makes the account that a link was given for. The mailbox is only an assertion. The link is used up in the same
     * step: of several people who hold it exactly one gets an account.
     * @throws {UserError} link_gone; the codes of a new account
     */
    async accept(token: string, person: Acceptance): Promise<Account> {
      const link = await links.find(token);
      if (link?.content.kind !== 'account') throw new UserError('link_gone');
      const { role, groups } = link.content;
      const { loginName, password, mailbox, language } = person;
      const account = { loginName, password, mailbox, language, administrator: role === 'administrator' };
      return add(account, async (tx, accountId) => {
        if (!(await store.take(tx, link.row))) throw new UserError('link_gone');
        await askNew(tx, accountId);
        for (const groupId of groups) {
          // A group that was removed since is no longer anybody's.
          if (await groupStore.lock(tx, groupId)) await groupStore.addMember(tx, groupId, accountId);
        }
      });
    },
  };
}
