import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeBehind } from './behind.ts';
import { makeProfileCreation, type TakeInvitation } from './create.ts';
import { makeEntering } from './entering.ts';
import { entranceOf, limitOf, type Entrance, type RequestLimits } from './entrance.ts';
import type { Tell } from './happening.ts';
import { dayOf } from '../days.ts';
import { countHeld, refusedBy, type Holding } from './holding.ts';
import { makeProfilesLeaving } from './leaving.ts';
import { makeProfileMail } from './mail.ts';
import { makeModerated, type EndLater } from './moderated.ts';
import { makeProfileData } from './my-data.ts';
import { makeOwnership } from './ownership.ts';
import { makeOwnersSide } from './owners-side.ts';
import { ownProfileOf, profileOf, type OwnProfile, type Profile } from './profile.ts';
import { makeProfileRequests } from './requests.ts';
import { makeLifecycle, type IsHeld } from './lifecycle.ts';
import { makeReceiving, type ForgetLater } from './receive.ts';
import { makeProfileSearch } from './search.ts';
import { makeProfileStore } from './store.ts';

export { checkProfiles } from './check.ts';
export { makeDepartures, SPREAD_HOURS } from './departures.ts';
export type { Entrance, RequestLimits } from './entrance.ts';
export type { Happening } from './happening.ts';
export { UNDO_DAYS } from './holding.ts';
export { BAR_DAYS } from './moderated.ts';
export type { ProfileRequest } from './petition.ts';
export {
  aliasLocalOf,
  emailOf,
  subjectOf,
  type OwnProfile,
  type Profile,
  type ProfileSource,
  type ProfileStatus,
} from './profile.ts';
export type { SeenProfile } from './search.ts';

export type Profiles = ReturnType<typeof makeProfiles>;

/** What may be usable, by its row: of a block may be that it is over. */
const USED: ReadonlySet<string> = new Set(['active', 'blocked']);

export type ProfileNeeds = {
  applications: Pick<Applications, 'inForce'>;
  storage: Storage;
  seals: Seals;
  now: () => number;
  /** The domain of all aliases; without one, they are found by their local part alone. */
  aliasDomain?: string;
  /** How many requests a person may have waiting, and how many refused. */
  limits?: RequestLimits;
  /** Writes what happened to a profile into its history. */
  tell?: Tell;
  takeInvitation?: TakeInvitation;
  endLater?: EndLater;
  forgetLater?: ForgetLater;
  /** Ends what the profile's grants still allow and tells the application; called after the profile changed. */
  onEnded: (accountId: string, profileId: string) => Promise<void>;
  /**
   * Forgets what others keep of a profile that is wiped, or of a request that comes to nothing: in the transaction of
   * that, in which it is still known whose it was.
   */
  onWiped: (tx: Db, profileId: string) => Promise<void>;
  /** Whether a deleted profile is not to be wiped yet: a case about it is open, or its owner to be told of something. */
  isHeld?: IsHeld;
};

const nothing = async (): Promise<void> => undefined;

const noInvitation: TakeInvitation = async () => {
  throw new UserError('invitation_unknown');
};

/** The profiles of all accounts; every ability for a person takes the account and refuses what is not its own. */
export function makeProfiles(needs: ProfileNeeds) {
  const { applications, storage, seals, now, onEnded, onWiped, aliasDomain = '' } = needs;
  const {
    limits = { pending: 2, refusals: 3 },
    tell = nothing,
    takeInvitation = noInvitation,
    endLater = nothing,
    forgetLater = nothing,
    isHeld = async () => false,
  } = needs;
  const store = makeProfileStore(storage);
  const ownership = makeOwnership(storage, seals);
  const entering = makeEntering({ applications, limits, storage, store, ownership, seals, now });
  const requests = makeProfileRequests({ entering, storage, seals, store, ownership, now, tell, onWiped });

  /**
   * The profile, if it is the account's own. Another account's, another application's and one that never was are
   * refused alike (A23).
   * @throws {UserError} profile_unavailable
   */
  async function own(accountId: string, profileId: string): Promise<OwnProfile> {
    const row = await store.find(profileId);
    if (row === undefined || ownership.owner('own', row) !== accountId) throw new UserError('profile_unavailable');
    const held = await ownership.read('own', storage.read, accountId, row.applicationId);
    return ownProfileOf(seals, row, held.value, now());
  }

  async function changeHolding(
    why: 'use',
    accountId: string,
    applicationId: string,
    change: (held: Holding) => Holding | undefined,
  ): Promise<void> {
    await storage.write((tx) => ownership.change(why, tx, accountId, applicationId, change));
  }

  /**
   * The profile of a grant, if the grant's account still owns it, it is active and no decision about the person has
   * reached it. Asked anew at every issuance and use (P4).
   */
  async function usable(accountId: string, profileId: string): Promise<Profile | undefined> {
    const row = await store.find(profileId);
    if (row === undefined || !USED.has(row.status) || ownership.owner('emit', row) !== accountId) return undefined;
    const profile = profileOf(seals, row, now());
    if (profile.status !== 'active') return undefined;
    const { value } = await ownership.read('emit', storage.read, accountId, row.applicationId);
    return refusedBy(value, profileId, now()) === undefined ? profile : undefined;
  }

  return {
    own,
    /** What may be done about a new one at this moment: see `entering.ts`. */
    entrance: entering.entrance,
    /** Creating, and what a name may be: see `create.ts`. */
    ...makeProfileCreation({ entering, store, takeInvitation, tell }),
    /** Receiving one that is not new: see `receive.ts`. */
    ...makeReceiving({ storage, seals, store, ownership, now, tell, forgetLater }),
    /** Asking for one: see `requests.ts`. */
    ...requests,
    /** What moderators decide: see `moderated.ts`. */
    moderated: makeModerated({
      applications,
      storage,
      seals,
      store,
      ownership,
      now,
      endLater,
      onEnded,
      onWiped,
      usable,
    }),
    /** What moderators look for: see `search.ts`. */
    ...makeProfileSearch({ storage, seals, store, aliasDomain, now }),
    /** What its owner says of one: see `owners-side.ts`. */
    ...makeOwnersSide({ applications, storage, seals, store, now, tell, own }),
    /** Its end, by its owner and by time: see `lifecycle.ts`. */
    ...makeLifecycle({ storage, seals, store, ownership, now, tell, onEnded, onWiped, isHeld, own }),
    /** What mail asks: see `mail.ts`. */
    ...makeProfileMail({ store, ownership }),
    /** For their owner to take along: see `my-data.ts`. */
    ...makeProfileData({ storage, seals, store, ownership, now }),
    /** Who is behind a profile: see `behind.ts`. */
    ...makeBehind({ storage, store, ownership }),
    /** When an account goes: see `leaving.ts`. */
    ...makeProfilesLeaving({ storage, store, ownership, now, tell, onEnded, forgetRequest: requests.forgetRequest }),

    /**
     * What the account holds at an application: its profiles that are not deleted, the last used one first, how many
     * count against the quota, and what may be done about a further one.
     */
    async at(
      accountId: string,
      application: Application,
    ): Promise<{ profiles: OwnProfile[]; used: number; limit: number; entrance: Entrance }> {
      const { value } = await ownership.read('list', storage.read, accountId, application.id);
      const rows = await store.findMany(
        storage.read,
        value.profiles.map(({ id }) => id),
      );
      const profiles = rows
        .filter(({ status }) => status !== 'deleted')
        .map((row) => ownProfileOf(seals, row, value, now()))
        .toSorted((a, b) => Number(b.lastUsed) - Number(a.lastUsed) || a.name.localeCompare(b.name));
      const today = dayOf(now());
      return {
        profiles,
        used: countHeld(value, rows, today, application.oldNames.count),
        limit: limitOf(application, value),
        entrance: entranceOf(application, { value, profiles: rows }, limits, today),
      };
    },

    /** The account's profiles at all these applications that are not deleted. */
    async all(accountId: string, applicationIds: readonly string[]): Promise<OwnProfile[]> {
      const held = await ownership.readAll('list', storage.read, accountId, applicationIds);
      const rows = await store.findMany(
        storage.read,
        held.flatMap(({ value }) => value.profiles.map(({ id }) => id)),
      );
      return rows
        .filter(({ status }) => status !== 'deleted')
        .flatMap((row) => {
          const mine = held.find(({ value }) => value.applicationId === row.applicationId);
          return mine === undefined ? [] : [ownProfileOf(seals, row, mine.value, now())];
        })
        .toSorted((a, b) => a.name.localeCompare(b.name));
    },

    /** Any profile by id, for the application's side; says nothing of its owner. */
    async find(id: string): Promise<Profile | undefined> {
      const row = await store.find(id);
      return row === undefined ? undefined : profileOf(seals, row, now());
    },

    usable,

    /** Remembers that the profile was used today, and last. Writes only when that says something new. */
    async markUsed(accountId: string, profile: Pick<Profile, 'id' | 'applicationId'>): Promise<void> {
      const today = dayOf(now());
      const isNews = (held: Holding): boolean =>
        held.lastUsed !== profile.id || held.profiles.some(({ id, usedDay }) => id === profile.id && usedDay !== today);
      const { value } = await ownership.read('use', storage.read, accountId, profile.applicationId);
      if (!isNews(value)) return;
      await changeHolding('use', accountId, profile.applicationId, (held) => ({
        ...held,
        lastUsed: profile.id,
        profiles: held.profiles.map((entry) => (entry.id === profile.id ? { ...entry, usedDay: today } : entry)),
      }));
    },
  };
}
