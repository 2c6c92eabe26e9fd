import { UserError } from '../errors.ts';
import type { Profiles, ProfileSource, ProfileStatus, SeenProfile } from '../profiles/profiles.ts';
import { isId } from '../storage/seal.ts';
import type { Actor } from './actor.ts';
import type { Appeals } from './appeals.ts';
import type { Exceptions } from './exceptions.ts';
import type { LogEntry, LogPlace, ProfileLog } from './log.ts';
import type { Moderators } from './moderators.ts';
import { barsIn } from './person.ts';

/** A profile in a list. */
export type ListedProfile = {
  readonly id: string;
  readonly name: string;
  readonly status: ProfileStatus;
  readonly source: ProfileSource;
  /** An ISO date. */
  readonly createdDay: string;
};

/** An entry of the log as moderators read it. `by`: a login name, where somebody decided and their account is there. */
export type SeenEntry = Omit<LogEntry, 'by'> & { readonly by?: string };

/** What an application's moderators see of one profile. */
export type ProfileView = {
  readonly profile: ListedProfile & Pick<SeenProfile, 'standing'>;
  readonly history: readonly SeenEntry[];
  /** The decisions that hold for the person behind it, by their ids in the history. */
  readonly bars: readonly string[];
  readonly exceptions: readonly { readonly id: string; readonly quota: number; readonly day: string }[];
  /** The appeal that waits, if one does. */
  readonly appeal: string | undefined;
};

/** So many are on one page. */
export const PROFILES_PAGE = 50;
export const LOG_PAGE = 50;

type Needs = {
  appeals: Pick<Appeals, 'ofProfile'>;
  exceptions: Pick<Exceptions, 'ofProfile'>;
  log: ProfileLog;
  loginNames: (accountIds: readonly (string | undefined)[]) => Promise<ReadonlyMap<string, string>>;
  moderators: Pick<Moderators, 'moderates'>;
  profiles: Pick<Profiles, 'isOwn' | 'search' | 'seen'>;
};

const listed = ({ id, name, status, source, createdDay }: SeenProfile): ListedProfile => ({
  id,
  name,
  status,
  source,
  createdDay,
});

/**
 * What moderators see of their application's profiles: each by itself. Nothing depends on who owns one, but that nobody
 * reads what colleagues write about a profile of their own.
 */
export function makeSeeing({ appeals, exceptions, log, loginNames, moderators, profiles }: Needs) {
  /** @throws {UserError} forbidden */
  async function check(actor: Actor, applicationId: string): Promise<void> {
    if (!(await moderators.moderates(actor, applicationId))) throw new UserError('forbidden');
  }

  async function named(entries: readonly LogEntry[]): Promise<SeenEntry[]> {
    const names = await loginNames(entries.map(({ by }) => by));
    return entries.map(({ by, ...entry }) => {
      const name = names.get(by ?? '');
      return { ...entry, ...(name === undefined ? {} : { by: name }) };
    });
  }

  return {
    /**
     * The application's profiles by name, a page of them after a name. `text`: how the name begins, or exactly the relay
     * address or the subject.
     * @returns also the name after which the next page begins, where there is one.
     * @throws {UserError} forbidden
     */
    async list(
      actor: Actor,
      applicationId: string,
      { text, status, after }: { readonly text?: string; readonly status?: ProfileStatus; readonly after?: string },
    ): Promise<{ profiles: ListedProfile[]; next: string | undefined }> {
      await check(actor, applicationId);
      const found = await profiles.search(applicationId, {
        ...(text === undefined ? {} : { text }),
        ...(status === undefined ? {} : { status }),
        ...(after === undefined ? {} : { after }),
        limit: PROFILES_PAGE + 1,
      });
      const shown = found.slice(0, PROFILES_PAGE);
      const next = found.length > PROFILES_PAGE ? shown.at(-1)?.name : undefined;
      return { profiles: shown.map(listed), next };
    },

    /**
     * One of the application's profiles, with what happened to it, the oldest first.
     * @throws {UserError} forbidden, profile_unavailable (also one of another application), own_profile
     */
    async one(actor: Actor, applicationId: string, profileId: string): Promise<ProfileView> {
      await check(actor, applicationId);
      const profile = isId(profileId) ? await profiles.seen(applicationId, profileId) : undefined;
      if (profile === undefined) throw new UserError('profile_unavailable');
      if (await profiles.isOwn(actor.accountId, profileId)) throw new UserError('own_profile');
      const history = await log.of(profileId);
      const open = (await appeals.ofProfile(profileId)).find(({ status }) => status === 'open');
      return {
        profile: { ...listed(profile), standing: profile.standing },
        history: await named(history),
        bars: barsIn(history).map(({ id }) => id),
        exceptions: await exceptions.ofProfile(profileId),
        appeal: open?.id,
      };
    },

    /**
     * What happened at an application, the latest day first, a page of it after a place; each with the name that its
     * profile has now, where there still is one. Of the actor's own profiles it says what their owner may read.
     * @throws {UserError} forbidden
     */
    async log(
      actor: Actor,
      applicationId: string,
      after: LogPlace | undefined,
    ): Promise<{ entries: (SeenEntry & { readonly name: string | undefined })[]; next: LogPlace | undefined }> {
      await check(actor, applicationId);
      const found = await log.list(applicationId, after, LOG_PAGE + 1);
      const shown = found.slice(0, LOG_PAGE);
      const last = found.length > LOG_PAGE ? shown.at(-1) : undefined;
      const known = new Map<string, { name: string | undefined; isOwn: boolean }>();
      for (const profileId of new Set(shown.map((entry) => entry.profileId))) {
        const [profile, isOwn] = await Promise.all([
          profiles.seen(applicationId, profileId),
          profiles.isOwn(actor.accountId, profileId),
        ]);
        known.set(profileId, { name: profile?.name, isOwn });
      }
      const isOwn = ({ profileId }: LogEntry): boolean => known.get(profileId)?.isOwn === true;
      const readable = shown
        .filter((entry) => !isOwn(entry) || entry.kind !== 'note')
        .map(({ by, ...entry }) => (by === undefined || isOwn(entry) ? entry : { ...entry, by }));
      const entries = (await named(readable)).map((entry) => ({
        ...entry,
        name: known.get(entry.profileId)?.name ?? entry.detail?.['name'],
      }));
      return { entries, next: last === undefined ? undefined : { day: last.day, id: last.id } };
    },
  };
}
