import type { Db, Storage } from '../storage/storage.ts';
import type { Ownership } from './ownership.ts';
import type { makeProfileStore } from './store.ts';

type Needs = { storage: Storage; store: ReturnType<typeof makeProfileStore>; ownership: Ownership };

/** Who is behind a profile, for the few that may know: letters, those who must not decide about themselves, unsealing. */
export function makeBehind({ storage, store, ownership }: Needs) {
  return {
    /** Whether a profile is the account's own. */
    async isOwn(accountId: string, profileId: string, db: Db = storage.read): Promise<boolean> {
      const [row] = await store.findMany(db, [profileId]);
      return row !== undefined && ownership.owner('impartial', row) === accountId;
    },

    /** Whom to tell of a decision about a profile; `undefined` once nobody owns it. For letters alone. */
    async ownerToTell(profileId: string, db: Db = storage.read): Promise<string | undefined> {
      const [row] = await store.findMany(db, [profileId]);
      return row === undefined ? undefined : ownership.owner('tell', row);
    },
  };
}
