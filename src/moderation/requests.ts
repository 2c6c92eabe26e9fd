import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { addDays, dayOf } from '../days.ts';
import type { ProfileRequest as Petitioned, Profiles } from '../profiles/profiles.ts';
import type { Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Moderators } from './moderators.ts';
import { makeRequestDecisions, type DecisionNeeds } from './request-decisions.ts';
import { makeRequestStore, type Waiting } from './request-store.ts';
import { makeUsualWait } from './usual-wait.ts';

export type { Decided } from './request-decisions.ts';
export type { Waiting } from './request-store.ts';

/** So many requests are on one page, and are decided at once. */
export const REQUESTS_A_PAGE = 50;

/** A request for a profile, as moderators read it: of whoever asks they have the words alone. */
export type ProfileRequest = Petitioned & { readonly name: string };

/** What waits at one application. `isOverdue`: something of it has waited for longer than is set there. */
export type Queue = Omit<Waiting, 'oldest'> & {
  /** How many days the oldest request has waited; undefined where none waits. */
  readonly oldestDays: number | undefined;
  readonly isOverdue: boolean;
};

export type RequestNeeds = Omit<DecisionNeeds, 'usualWait'> & {
  profiles: Pick<Profiles, 'find' | 'requestOf'>;
  moderators: Pick<Moderators, 'moderates' | 'require'>;
  storage: Storage;
  now: () => number;
};

/** The people who ask an application for a profile and wait for its moderators' yes. */
export function makeRequests(needs: RequestNeeds) {
  const { moderators, now, profiles, storage } = needs;
  const store = makeRequestStore(storage);
  const usualWait = makeUsualWait(storage);

  async function open(applicationId: string, profileId: string): Promise<ProfileRequest | undefined> {
    const [profile, request] = await Promise.all([profiles.find(profileId), profiles.requestOf(profileId)]);
    if (profile?.applicationId !== applicationId || request === undefined) return undefined;
    return { ...request, name: profile.name };
  }

  /** @throws {UserError} forbidden */
  async function check(actor: Actor, applicationId: string): Promise<void> {
    if (!(await moderators.moderates(actor, applicationId))) throw new UserError('forbidden');
  }

  return {
    ...makeRequestDecisions({ ...needs, usualWait }),

    /** How many days people usually wait at an application, 0 for less than one; undefined where nothing was decided yet. */
    usualWait: usualWait.days,

    /**
     * A page of what waits at an application, counted from 1, and how many there are in all: urgent ones first, then by
     * day, then by name.
     * @throws {UserError} forbidden
     */
    async list(
      actor: Actor,
      applicationId: string,
      page: number,
    ): Promise<{ requests: ProfileRequest[]; total: number }> {
      await check(actor, applicationId);
      const [ids, [waiting]] = await Promise.all([
        store.page(applicationId, (page - 1) * REQUESTS_A_PAGE, REQUESTS_A_PAGE),
        store.waiting(storage.read, [applicationId]),
      ]);
      const found = await Promise.all(ids.map((id) => open(applicationId, id)));
      return {
        requests: found.filter((request) => request !== undefined),
        total: waiting === undefined ? 0 : waiting.waiting + waiting.review,
      };
    },

    /**
     * One request; undefined where it is decided, withdrawn or another application's.
     * @throws {UserError} forbidden
     */
    async find(actor: Actor, applicationId: string, profileId: string): Promise<ProfileRequest | undefined> {
      await check(actor, applicationId);
      return open(applicationId, profileId);
    },

    /** How many wait for a moderator's word at these applications together: whoever was asked something is to answer. */
    async countAt(applicationIds: readonly string[]): Promise<number> {
      const found = await store.waiting(storage.read, applicationIds);
      return found.reduce((sum, { waiting, asked, review }) => sum + waiting - asked + review, 0);
    },

    /** What waits at each of these applications, in their order. For whoever looks after them. */
    async queues(applications: readonly Application[]): Promise<Queue[]> {
      const today = dayOf(now());
      const found = await store.waiting(
        storage.read,
        applications.map(({ id }) => id),
      );
      return applications.map(({ id, moderation: { overdueDays } }) => {
        const here = found.find(({ applicationId }) => applicationId === id);
        const { oldest, ...counts } = here ?? {
          applicationId: id,
          waiting: 0,
          urgent: 0,
          asked: 0,
          review: 0,
          oldest: undefined,
        };
        const days =
          oldest === undefined ? undefined : Math.round((Date.parse(today) - Date.parse(oldest)) / 86_400_000);
        return {
          ...counts,
          oldestDays: days,
          isOverdue: oldest !== undefined && oldest <= addDays(today, -overdueDays),
        };
      });
    },
  };
}
