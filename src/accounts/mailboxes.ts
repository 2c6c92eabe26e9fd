import type { Account } from './account.ts';

export type Mailboxes = ReturnType<typeof makeMailboxes>;

/** Where an account's owner can be told something. */
export function makeMailboxes() {
  return {
    /** The mailboxes that the owner has proven, as mail is sent to them. */
    async of({ mailbox, mailboxVerified }: Account): Promise<string[]> {
      return mailbox !== undefined && mailboxVerified ? [mailbox] : [];
    },
  };
}
