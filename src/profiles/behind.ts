import type { Storage } from '../storage/storage.ts';
import type { Ownership } from './ownership.ts';
import type { makeProfileStore } from './store.ts';

type Needs = { storage: Storage; store: ReturnType<typeof makeProfileStore>; ownership: Ownership };

/** Who is behind a profile, for the few that may know: those who must not decide about themselves, and unsealing. */
export function makeBehind({ storage, store, ownership }: Needs) {
  return {
    /** Whether a profile is the account's own. */
    async isOwn(accountId: string, profileId: string): Promise<boolean> {
      const [row] = await store.findMany(storage.read, [profileId]);
      return row !== undefined && ownership.owner('impartial', row) === accountId;
    },
  };
}
