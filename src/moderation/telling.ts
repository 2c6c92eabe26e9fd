import type { Account, Accounts } from '../accounts/accounts.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Db } from '../storage/storage.ts';

type Letter = Parameters<Accounts['tell']>[2];
type TimelineKind = ReturnType<Parameters<Accounts['timeline']['add']>[2]>['kind'];

/** What the owner of a profile is told: a line of their timeline, and a letter unless it is not worth one. */
export type Telling = {
  readonly kind: TimelineKind;
  readonly detail: Readonly<Record<string, string>>;
  readonly letter?: Letter;
};

type Needs = {
  accounts: Pick<Accounts, 'find' | 'tell' | 'timeline'>;
  profiles: Pick<Profiles, 'ownerToTell'>;
  now: () => number;
};

/** Tells the owners of profiles what was decided. Who they are stays in here and in what calls it. */
export function makeTelling({ accounts, profiles, now }: Needs) {
  return {
    /** Whom to tell; `undefined` once nobody owns the profile. Asked before the transaction of the decision. */
    async owner(profileId: string): Promise<Account | undefined> {
      const accountId = await profiles.ownerToTell(profileId);
      return accountId === undefined ? undefined : accounts.find(accountId);
    },

    /** Tells them, in the transaction of what it is about. */
    async tell(tx: Db, owner: Account | undefined, { kind, detail, letter }: Telling): Promise<void> {
      if (owner === undefined) return;
      await accounts.timeline.add(tx, owner.id, () => ({ kind, at: now(), detail }));
      if (letter !== undefined) await accounts.tell(tx, owner, letter);
    },
  };
}

export type OwnerTelling = ReturnType<typeof makeTelling>;
