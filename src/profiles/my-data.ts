import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { quotaFor } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { ownProfileOf, type OwnProfile } from './profile.ts';
import type { makeProfileStore } from './store.ts';

/** What an account holds at one application, as its owner may read it. Days are ISO dates. */
export type HeldThere = {
  readonly applicationId: string;
  /** A number of profiles granted to this account alone. */
  readonly quota: number | undefined;
  /** When profiles were deleted that are remembered by nothing else. */
  readonly deletedDays: readonly string[];
  /** Those that are retired, or deleted and not wiped yet, among them. */
  readonly profiles: readonly OwnProfile[];
};

type Needs = {
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
};

/** All that is kept of a person's profiles, for themselves. */
export function makeProfileData({ storage, seals, store, ownership, now }: Needs) {
  return {
    /** What the account holds at these applications, whatever became of it. */
    async heldBy(accountId: string, applicationIds: readonly string[]): Promise<HeldThere[]> {
      const held = await ownership.readAll('data', storage.read, accountId, applicationIds);
      const found: HeldThere[] = [];
      for (const { value } of held) {
        const rows = await store.findMany(
          storage.read,
          value.profiles.map(({ id }) => id),
        );
        const { applicationId, deletedDays } = value;
        const quota = value.exceptions.length === 0 ? undefined : quotaFor(value, 0);
        const profiles = rows.map((row) => ownProfileOf(seals, row, value, now()));
        found.push({ applicationId, quota, deletedDays, profiles });
      }
      return found;
    },
  };
}
