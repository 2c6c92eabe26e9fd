import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import { isTaken, type Db, type Storage } from '../storage/storage.ts';
import { accountOf, sealDetails, type Account } from './account.ts';
import { makeLinkStore } from './link-store.ts';
import { linksUnderPassword, undoLinkIds, type Links, type OpenLink } from './links.ts';
import { searchTagOf } from './mailbox.ts';
import { canonicalMailbox } from '../mailbox.ts';
import type { MailboxHealth } from './mailbox-health.ts';
import type { SecondMailboxes } from './second-mailbox.ts';
import { makeAccountStore } from './store.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';

const DAY = 86_400_000;

/** How long a change of the mailbox can be taken back, in milliseconds. */
export const UNDO_LIFE = 7 * DAY;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  links: Links;
  seconds: SecondMailboxes;
  mailboxes: Mailboxes;
  health: MailboxHealth;
  timeline: Timeline;
  onPasswordChanged: (accountId: string) => Promise<void>;
  onReachable: (accountId: string) => Promise<void>;
};

export type MailboxUndo = ReturnType<typeof makeMailboxUndo>;

/**
 * Taking the change of a mailbox back, by the link in the letter to the one that was replaced. Whoever stole an account
 * and changes its mailbox twice does not get rid of the owner's link: each change has its own, and the earliest undoes
 * those after it.
 */
export function makeMailboxUndo(needs: Needs) {
  const { storage, seals, now, links, seconds, mailboxes, health, timeline, onPasswordChanged, onReachable } = needs;
  const store = makeAccountStore(storage);
  const linkStore = makeLinkStore(storage);
  const allIds = (accountId: string): string[] => undoLinkIds(seals, accountId).flat();

  /**
   * The ids of the first place without a link that can be used. Where there is none no further change is possible: it
   * would push the first one out.
   */
  async function freePlace(tx: Db, accountId: string): Promise<string[] | undefined> {
    const rows = await linkStore.among(tx, allIds(accountId));
    const taken = new Set(rows.filter((row) => links.open(row).content.expiresAt > now()).map(({ id }) => id));
    return undoLinkIds(seals, accountId).find((ids) => ids.every((id) => !taken.has(id)));
  }

  return {
    /**
     * Sends the link to the mailbox that is being replaced, and to the second one: in the transaction of the change.
     * `before`: the account as it was.
     * @throws {UserError} mailbox_changed_often
     */
    async offer(tx: Db, before: Account): Promise<void> {
      const { id: accountId, mailbox, loginName } = before;
      if (mailbox === undefined) return;
      const ids = await freePlace(tx, accountId);
      if (ids === undefined) throw new UserError('mailbox_changed_often');
      const { row, token } = links.make(ids[0] ?? '', UNDO_LIFE, (common) => ({
        kind: 'mailbox-undo',
        accountId,
        mailbox,
        ...common,
      }));
      await linkStore.remove(tx, ids);
      await linkStore.put(tx, row);
      await mailboxes.tell(tx, before, { kind: 'mailbox_changed', values: { login_name: loginName, token } });
    },

    /** Whose mailbox a link takes back; undefined for any other link. */
    async accountOf({ content }: OpenLink): Promise<Account | undefined> {
      const row = content.kind === 'mailbox-undo' ? await store.find(content.accountId) : undefined;
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      return account?.status === 'suspended' ? undefined : account;
    },

    /**
     * Restores the mailbox that was replaced. Ends all sessions and what waits for a password or a mailbox, takes every
     * later change back, and a second mailbox that was added since, or in the week before: whoever takes an account over
     * may well begin with that one.
     * @throws {UserError} link_gone; mailbox_elsewhere, where another account has proven it since
     */
    async undo(token: string): Promise<void> {
      const link = await links.find(token);
      if (link?.content.kind !== 'mailbox-undo') throw new UserError('link_gone');
      const { accountId, mailbox, expiresAt, life } = link.content;
      const canonical = canonicalMailbox(mailbox);
      try {
        await storage.write(async (tx) => {
          const found = await store.lock(tx, accountId);
          if (found === undefined || accountOf(seals, found, now()).status === 'suspended')
            throw new UserError('link_gone');
          if (!(await linkStore.take(tx, link.row))) throw new UserError('link_gone');
          if (await store.isMailboxOfOther(tx, seals.tags('mailbox', canonical), accountId))
            throw new UserError('mailbox_elsewhere');
          const second = await seconds.of(accountId, tx);
          if (second !== undefined && second.since >= expiresAt - life - UNDO_LIFE) await seconds.remove(tx, accountId);
          const row = await store.lock(tx, accountId);
          if (row === undefined) throw new UserError('link_gone');
          await store.update(tx, accountId, {
            mailboxTag: seals.tag('mailbox', canonical),
            mailboxSearchTag: searchTagOf(seals, canonical),
            sealed: sealDetails(seals, accountId, { ...accountOf(seals, row, now()), mailbox }),
          });
          await health.forget(tx, accountId, mailbox);
          const later = (await linkStore.among(tx, allIds(accountId))).filter(
            (other) => links.open(other).content.expiresAt >= expiresAt,
          );
          await linkStore.remove(tx, [...linksUnderPassword(seals, accountId), ...later.map(({ id }) => id)]);
        });
      } catch (error) {
        if (isTaken(error)) throw new UserError('mailbox_elsewhere');
        throw error;
      }
      await timeline.record(accountId, { kind: 'mailbox_taken_back', at: now() });
      await onPasswordChanged(accountId);
      await onReachable(accountId);
    },
  };
}
