import type { Db } from '../storage/storage.ts';
import type { Account } from './account.ts';
import type { Letter, LetterKind, Post } from './letter.ts';
import { canonicalMailbox } from '../mailbox.ts';
import type { SecondMailboxes } from './second-mailbox.ts';

/** A letter that does not say yet whom it goes to, nor in which language. */
export type Told = { [K in LetterKind]: Pick<Extract<Letter, { kind: K }>, 'kind' | 'values'> }[LetterKind];

export type Mailboxes = ReturnType<typeof makeMailboxes>;

/** Where an account's owner can be told something: every mailbox of theirs that was proven, the second one too. */
export function makeMailboxes({ post, seconds }: { post: Post; seconds: SecondMailboxes }) {
  /** The mailboxes that the owner has proven, as mail is sent to them, the first one first. In a transaction by `tx`. */
  async function of({ id, mailbox, mailboxVerified }: Account, db?: Db): Promise<string[]> {
    const second = await seconds.of(id, db);
    return [mailboxVerified ? mailbox : undefined, second?.mailbox].filter((one) => one !== undefined);
  }

  return {
    of,

    /** Hands one letter to the post for each of them, but not for `except`; in the transaction of what it tells of. */
    async tell(tx: Db, account: Account, told: Told, except?: string): Promise<void> {
      const left = except === undefined ? undefined : canonicalMailbox(except);
      for (const to of await of(account, tx)) {
        if (canonicalMailbox(to) !== left) await post(tx, { ...told, to, language: account.language });
      }
    },
  };
}
