import { UserError } from '../errors.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import type { Hasher } from './hashing.ts';
import { makeLinkStore, type LinkRow } from './link-store.ts';
import { linksUnderPassword } from './links.ts';
import { sealPassword, type PasswordRules } from './password.ts';
import { makeAccountStore } from './store.ts';
import type { Mailboxes } from './mailboxes.ts';

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  hasher: Hasher;
  rules: PasswordRules;
  mailboxes: Mailboxes;
};

/** Whether a new password may be chosen for an account: also for one that is to be deleted, which its owner may keep. */
export const mayRecover = ({ status }: Account): boolean => status === 'active' || status === 'leaving';

export type NewPassword = ReturnType<typeof makeNewPassword>;

/** A new password for somebody who has lost the old one, by a link. */
export function makeNewPassword({ storage, seals, now, hasher, rules, mailboxes }: Needs) {
  const store = makeAccountStore(storage);
  const links = makeLinkStore(storage);

  return {
    /** The account, where a new password may be chosen for it. */
    async accountFor(accountId: string): Promise<Account | undefined> {
      const row = await store.find(accountId);
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      return account !== undefined && mayRecover(account) ? account : undefined;
    },

    /**
     * Sets the password, uses up the link and removes what was made under the old one, in one step; `alongside` is
     * written in the same. The owner is told. Whoever calls has all sessions ended afterwards.
     * @throws {UserError} link_gone; the codes of a new password; busy{retryAfter}
     */
    async set(
      account: Account,
      link: LinkRow,
      password: string,
      alongside: (tx: Db) => Promise<void> = async () => {},
    ): Promise<void> {
      const { id } = account;
      const sealed = sealPassword(seals, id, await hasher.hash(await rules.check(password, account)));
      await storage.write(async (tx) => {
        const row = await store.lock(tx, id);
        // Somebody may have suspended it, or used the link, since it was looked at.
        if (row === undefined || !mayRecover(accountOf(seals, row, now()))) throw new UserError('link_gone');
        if (!(await links.take(tx, link))) throw new UserError('link_gone');
        if (!(await store.overwritePassword(tx, id, sealed))) await store.insertPassword(tx, randomId(), id, sealed);
        await links.remove(tx, linksUnderPassword(seals, id));
        await alongside(tx);
        const told = { kind: 'password_changed', values: { login_name: account.loginName } } as const;
        await mailboxes.tell(tx, accountOf(seals, row, now()), told);
      });
    },
  };
}
