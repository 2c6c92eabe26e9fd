import type { Db, Storage } from '../storage/storage.ts';
import type { Tell } from './happening.ts';
import { dayOf } from '../days.ts';
import type { Ownership } from './ownership.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

type Needs = {
  storage: Storage;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
  tell: Tell;
  onEnded: (accountId: string, profileId: string) => Promise<void>;
  /** Takes a request back, in a transaction. */
  forgetRequest: (tx: Db, row: ProfileRow, accountId: string) => Promise<boolean>;
};

/** What has not ended yet. */
const STANDING: ReadonlySet<string> = new Set(['requested', 'active', 'blocked']);

/** The profiles of an account that is being deleted. */
export function makeProfilesLeaving({ storage, store, ownership, now, tell, onEnded, forgetRequest }: Needs) {
  return {
    /**
     * Ends those of the account's profiles that `isChosen` picks, asked once for each: from then on each is retired, just
     * as if its owner had retired it, and nobody can tell the one from the other. There is no one left to undo it.
     * @returns how many still stand.
     */
    async endSome(accountId: string, applicationIds: readonly string[], isChosen: () => boolean): Promise<number> {
      const held = await ownership.readAll('leave', storage.read, accountId, applicationIds);
      const rows = await store.findMany(
        storage.read,
        held.flatMap(({ value }) => value.profiles.map(({ id }) => id)),
      );
      let left = 0;
      for (const row of rows.filter(({ status }) => STANDING.has(status))) {
        const { id, status } = row;
        if (!isChosen()) {
          left += 1;
          continue;
        }
        if (status === 'requested') {
          // Nobody saw it: it goes as if its owner had taken the request back.
          if (!(await storage.write((tx) => forgetRequest(tx, row, accountId)))) left += 1;
          continue;
        }
        const isRetired = await storage.write(async (tx) => {
          const set = { status: 'retired', retiredDay: dayOf(now()) };
          if (!(await store.change(tx, id, status, set))) return false;
          // As its owner's own doing would be: two without it on the same days would be of one account.
          await tell(tx, { applicationId: row.applicationId, profileId: id, kind: 'retired' });
          return true;
        });
        if (isRetired) await onEnded(accountId, id);
        else left += 1;
      }
      return left;
    },

    /** Forgets what an account held, in the transaction that removes it. Its profiles are wiped when their time comes. */
    forgetAll: (tx: Db, accountId: string, applicationIds: readonly string[]): Promise<void> =>
      ownership.remove('leave', tx, accountId, applicationIds),
  };
}
