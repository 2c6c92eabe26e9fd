import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { dayOf } from '../days.ts';
import type { Ownership } from './ownership.ts';
import { requestOfRow, type ProfileRequest } from './petition.ts';
import { ownProfileOf, type OwnProfile } from './profile.ts';
import { makeRequestStore } from './request-store.ts';
import type { makeProfileStore } from './store.ts';

/** What an account holds at one application, as its owner may read it. Days are ISO dates. */
export type HeldThere = {
  readonly applicationId: string;
  /** A number of profiles granted to this account alone. */
  readonly quota: number | undefined;
  /** When profiles were deleted that are remembered by nothing else. */
  readonly deletedDays: readonly string[];
  /** Those that are retired, or deleted and not wiped yet, among them. */
  readonly profiles: readonly (OwnProfile & {
    /** What its owner asked, where it waits or is still to be looked at. */
    readonly request: ProfileRequest | undefined;
  })[];
  /** Days on which a request was refused, and the last one on which an urgent profile was asked for. */
  readonly refusedDays: readonly string[];
  readonly urgentDay: string | undefined;
  /** What moderators decided about the person: whether no new profile, and how many of the others it reaches from when on. */
  readonly decisions: readonly {
    readonly noNew: boolean;
    readonly refused: readonly { name: string; day: string }[];
  }[];
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
  const requests = makeRequestStore(storage);
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
        const { applicationId } = value;
        const deletedDays = [...value.deletedDays, ...value.deletedOldDays];
        const quota =
          value.exceptions.length === 0 ? undefined : Math.max(...value.exceptions.map((exception) => exception.quota));
        const profiles = await Promise.all(
          rows.map(async (row) => {
            const request = await requests.find(row.id);
            return {
              ...ownProfileOf(seals, row, value, now()),
              request: request === undefined ? undefined : requestOfRow(seals, request),
            };
          }),
        );
        const names = new Map(rows.map(({ id, name }) => [id, name]));
        const decisions = value.bars.map(({ noNew, refused }) => ({
          noNew,
          refused: refused.flatMap(({ id, from }) => {
            const name = names.get(id);
            return name === undefined ? [] : [{ name, day: dayOf(from) }];
          }),
        }));
        const { refusedDays, urgentDay } = value;
        found.push({ applicationId, quota, deletedDays, profiles, refusedDays, urgentDay, decisions });
      }
      return found;
    },
  };
}
