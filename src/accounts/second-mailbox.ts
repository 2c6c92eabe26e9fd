import { z } from 'zod';
import type { Seals } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import type { Credentials } from './credentials.ts';
import { canonicalMailbox } from '../mailbox.ts';

const content = z.object({ mailbox: z.string(), since: z.number() });

/** A second mailbox, proven. `since`: when it was, in milliseconds. */
export type SecondMailbox = z.output<typeof content>;

export type SecondMailboxes = ReturnType<typeof makeSecondMailboxes>;

/**
 * The second mailbox of an account: only one that was proven, at most one, and of one account only. It is good for
 * recovery and is told what the first is told; nobody signs in with it, and mail is forwarded to it only while the first
 * one takes none.
 */
export function makeSecondMailboxes(needs: { seals: Seals; now: () => number; credentials: Credentials }) {
  const { seals, now, credentials } = needs;
  const tagsOf = (mailbox: string): string[] => seals.tags('second-mailbox', canonicalMailbox(mailbox));

  return {
    /** The one of an account. Inside a transaction by `tx`. */
    async of(accountId: string, db?: Db): Promise<SecondMailbox | undefined> {
      const [one] = await credentials.list(accountId, 'second-mailbox', content, db);
      return one?.content;
    },

    /** Whose second mailbox this is, and how mail is sent to it. */
    async find(mailbox: string): Promise<{ accountId: string; mailbox: string } | undefined> {
      const found = await credentials.findByTag(tagsOf(mailbox), 'second-mailbox', content);
      return found === undefined ? undefined : { accountId: found.accountId, mailbox: found.content.mailbox };
    },

    /** Writes one in place of the other. Returns false, and there is none, where it is another account's. */
    async put(tx: Db, accountId: string, mailbox: string): Promise<boolean> {
      await credentials.removeAll(tx, accountId, ['second-mailbox']);
      const proven: SecondMailbox = { mailbox, since: now() };
      const tag = tagsOf(mailbox)[0];
      return (await credentials.add(tx, accountId, 'second-mailbox', proven, tag)) !== undefined;
    },

    async remove(tx: Db, accountId: string): Promise<void> {
      await credentials.removeAll(tx, accountId, ['second-mailbox']);
    },
  };
}
