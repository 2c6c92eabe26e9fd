import type { Db, Storage } from '../storage/storage.ts';
import type { Ownership } from './ownership.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

type Needs = { storage: Storage; store: ReturnType<typeof makeProfileStore>; ownership: Ownership };

/** One of the profiles of whoever is behind another. */
export type Behind = Pick<ProfileRow, 'id' | 'applicationId' | 'name' | 'status'>;

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

    /** Whether anybody still owns a profile, whoever it is. */
    async isOwned(profileId: string): Promise<boolean> {
      const [row] = await store.findMany(storage.read, [profileId]);
      return row !== undefined && row.ownerSealed !== null;
    },

    /** The account behind a profile; `undefined` once nobody owns it. For unsealing alone. */
    async ownerBehind(profileId: string): Promise<string | undefined> {
      const [row] = await store.findMany(storage.read, [profileId]);
      return row === undefined ? undefined : ownership.owner('unseal', row);
    },

    /**
     * What the person behind a profile has at these applications, that profile among them, deleted ones that are not wiped
     * yet too. For unsealing alone.
     */
    async behind(profileId: string, applicationIds: readonly string[]): Promise<Behind[]> {
      const [row] = await store.findMany(storage.read, [profileId]);
      const accountId = row === undefined ? undefined : ownership.owner('unseal', row);
      if (accountId === undefined) return [];
      const held = await ownership.readAll('unseal', storage.read, accountId, applicationIds);
      const rows = await store.findMany(
        storage.read,
        held.flatMap(({ value }) => value.profiles.map(({ id }) => id)),
      );
      return rows.map(({ id, applicationId, name, status }) => ({ id, applicationId, name, status }));
    },
  };
}
