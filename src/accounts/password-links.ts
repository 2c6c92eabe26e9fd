import { UserError } from '../errors.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import type { Hasher } from './hashing.ts';
import { LINK_LIFE, passwordLinkIds, type Links, type NewLink, type OpenLink } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import { sealPassword, type PasswordRules } from './password.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  hasher: Hasher;
  rules: PasswordRules;
  links: Links;
  timeline: Timeline;
  onPasswordChanged: (accountId: string) => Promise<void>;
};

/** Links on which somebody who cannot sign in chooses a new password. There is one for an account at most. */
export function makePasswordLinks(needs: Needs) {
  const { storage, seals, now, hasher, rules, links, timeline, onPasswordChanged } = needs;
  const store = makeLinkStore(storage);
  const accounts = makeAccountStore(storage);

  async function activeAccount(id: string): Promise<Account | undefined> {
    const row = await accounts.find(id);
    const account = row === undefined ? undefined : accountOf(seals, row, now());
    return account?.status === 'active' ? account : undefined;
  }

  return {
    /**
     * Makes a link for an account, in place of the one that may be open. Its owner finds in their timeline that there
     * is one. `by` is the administrator who makes it, none for a command.
     * @throws {UserError} account_unknown, account_suspended
     */
    async make(accountId: string, by?: string): Promise<NewLink> {
      if ((await accounts.find(accountId)) === undefined) throw new UserError('account_unknown');
      if ((await activeAccount(accountId)) === undefined) throw new UserError('account_suspended');
      const [id = '', ...older] = passwordLinkIds(seals, accountId);
      const { row, ...link } = links.make(id, LINK_LIFE, (common) => ({
        kind: 'password',
        accountId,
        by,
        opensAt: 0,
        resetsFactors: false,
        ...common,
      }));
      await storage.write(async (tx) => {
        if (older.length > 0) await store.remove(tx, older);
        await store.put(tx, row);
      });
      await timeline.record(accountId, { kind: 'link_made', at: now() });
      return link;
    },

    /** Until when the open link of an account may be used, in milliseconds; undefined where there is none. */
    async pendingUntil(accountId: string): Promise<number | undefined> {
      for (const id of passwordLinkIds(seals, accountId)) {
        const row = await store.find(id);
        const expiresAt = row === undefined ? 0 : links.open(row).content.expiresAt;
        if (expiresAt > now()) return expiresAt;
      }
      return undefined;
    },

    /** Takes the link of an account back. Doing so twice is no error. */
    async withdraw(accountId: string): Promise<void> {
      await storage.write((tx) => store.remove(tx, passwordLinkIds(seals, accountId)));
    },

    /** The account whose password may be chosen with a link; undefined for any other link, and while suspended. */
    async accountOf({ content }: OpenLink): Promise<Account | undefined> {
      return content.kind === 'password' ? activeAccount(content.accountId) : undefined;
    },

    /**
     * Sets the password of the account that a link was made for, whatever it was before, and has everything ended that
     * was begun with the old one. The link is used up in the same step.
     * @throws {UserError} link_gone; the codes of a new password
     */
    async use(token: string, password: string): Promise<void> {
      const link = await links.find(token);
      const account = link?.content.kind === 'password' ? await activeAccount(link.content.accountId) : undefined;
      if (link === undefined || account === undefined) throw new UserError('link_gone');
      const { id } = account;
      const sealed = sealPassword(seals, id, await hasher.hash(await rules.check(password, account)));
      await storage.write(async (tx) => {
        if (!(await store.take(tx, link.row))) throw new UserError('link_gone');
        if (!(await accounts.overwritePassword(tx, id, sealed))) {
          await accounts.insertPassword(tx, randomId(), id, sealed);
        }
      });
      await timeline.record(id, { kind: 'link_used', at: now() });
      await onPasswordChanged(id);
    },
  };
}
