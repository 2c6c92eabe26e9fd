import { UserError } from '../errors.ts';
import { canonicalMailbox, parseMailbox } from '../mailbox.ts';
import type { Seals } from '../storage/seal.ts';
import { isTaken, type Storage } from '../storage/storage.ts';
import { accountOf, sealDetails } from './account.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

/** What an administrator finds accounts by, whether their mailbox is verified or not. */
export function searchTagOf(seals: Seals, canonical: string): string {
  return seals.tag('mailbox-search', canonical);
}

type Needs = { storage: Storage; seals: Seals; now: () => number; timeline: Timeline };

/** Changing and verifying one's mailbox. */
export function makeMailboxAbility({ storage, seals, now, timeline }: Needs) {
  const store = makeAccountStore(storage);

  return {
    /**
     * Sets another mailbox, not verified, where no mail is sent that could verify it. That its owner asked is for the
     * caller to see to. Whether it is somebody else's already is never said.
     * @throws {UserError} mailbox_invalid, account_unknown, account_suspended
     */
    async changeMailbox(accountId: string, text: string): Promise<void> {
      const mailbox = parseMailbox(text);
      await storage.write(async (tx) => {
        const row = await store.lock(tx, accountId);
        if (row === undefined) throw new UserError('account_unknown');
        const account = accountOf(seals, row, now());
        if (account.status !== 'active') throw new UserError('account_suspended');
        const details = { ...account, mailbox };
        await store.update(tx, accountId, {
          mailboxTag: null,
          mailboxSearchTag: searchTagOf(seals, canonicalMailbox(mailbox)),
          sealed: sealDetails(seals, accountId, details),
        });
      });
      await timeline.record(accountId, { kind: 'mailbox_changed', at: now() });
    },

    /**
     * The owner proved that `mailbox` receives. It counts only if it still is the account's mailbox: a link sent to an
     * earlier one verifies nothing. False, and nothing changes, then and when another account has verified it before.
     */
    async markMailboxVerified(accountId: string, mailbox: string): Promise<boolean> {
      const canonical = canonicalMailbox(mailbox);
      try {
        return await storage.write(async (tx) => {
          const row = await store.lock(tx, accountId);
          if (row === undefined) return false;
          const { mailbox: current } = accountOf(seals, row, now());
          if (current === undefined || canonicalMailbox(current) !== canonical) return false;
          if (await store.isMailboxOfOther(tx, seals.tags('mailbox', canonical), accountId)) return false;
          await store.update(tx, accountId, { mailboxTag: seals.tag('mailbox', canonical) });
          return true;
        });
      } catch (error) {
        if (isTaken(error)) return false;
        throw error;
      }
    },
  };
}
