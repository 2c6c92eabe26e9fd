import type { Db } from '../storage/storage.ts';
import type { Account } from './account.ts';
import type { Letter, LetterKind, Post } from './letter.ts';
import { canonicalMailbox } from './mailbox.ts';
import type { SecondMailboxes } from './second-mailbox.ts';

/** A letter that does not say yet whom it goes to. */
export type Told = { [K in LetterKind]: Pick<Extract<Letter, { kind: K }>, 'kind' | 'values'> }[LetterKind];

export type Tell = ReturnType<typeof makeTell>;

/** Telling the owner of an account: at every mailbox of theirs that was proven, the second one too. */
export function makeTell({ post, seconds }: { post: Post; seconds: SecondMailboxes }) {
  /** Where the owner can be told, the first mailbox before the second. Inside a transaction by `tx`. */
  async function mailboxesOf(account: Account, db?: Db): Promise<string[]> {
    const second = await seconds.of(account.id, db);
    const first = account.mailboxVerified ? account.mailbox : undefined;
    return [first, second?.mailbox].filter((mailbox) => mailbox !== undefined);
  }

  return {
    mailboxesOf,

    /** Hands one letter to the post for each of them, but not to `except`; in the transaction of what it tells of. */
    async tell(tx: Db, account: Account, told: Told, except?: string): Promise<void> {
      const left = except === undefined ? undefined : canonicalMailbox(except);
      for (const to of await mailboxesOf(account, tx)) {
        if (canonicalMailbox(to) !== left) await post(tx, { ...told, to, language: account.language });
      }
    },
  };
}
