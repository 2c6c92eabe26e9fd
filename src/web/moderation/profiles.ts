import { Router, type Request } from 'express';
import { moderatedProfilePage, type ActionName } from '../../../views/moderation/profile.tsx';
import { moderationProfilesPage } from '../../../views/moderation/profiles.tsx';
import { dayOf } from '../../days.ts';
import type { Moderation, ProfileView } from '../../moderation/moderation.ts';
import type { ProfileStatus } from '../../profiles/profiles.ts';
import type { Register } from '../../register/register.ts';
import { blank, param } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'seeing'>; register: Pick<Register, 'cases'>; visits: Visits };

const STATUSES: readonly ProfileStatus[] = ['active', 'requested', 'blocked', 'retired', 'deleted'];

/** A short text of the address, without what no name has; empty where it is given several times. */
function query(req: Request, name: string): string {
  const value = req.query[name];
  return typeof value === 'string' ? value.slice(0, 200).replaceAll(/\p{Cc}/gu, '') : '';
}

/** What can be done about a profile as it stands. */
export function actionsFor({ status, standing }: ProfileView['profile']): ActionName[] {
  if (status === 'requested') return ['note', 'bar', 'except', 'refer'];
  if (status === 'deleted') return ['note', 'bar', 'refer'];
  const isBlocked = standing.blocked !== undefined;
  const named: ActionName[] = status === 'retired' ? [] : ['warn', 'rename'];
  return ['note', ...named, 'block', ...(isBlocked ? (['unblock'] as const) : []), 'delete', 'bar', 'except', 'refer'];
}

/** The profiles of an application, for its moderators. */
export function moderatedProfileRoutes({ moderation: { seeing }, register, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/moderation/:application/profiles',
    visits.forModerator(async ({ actor, application, frame }, req, res) => {
      const text = query(req, 'text').trim();
      const status = STATUSES.find((one) => one === query(req, 'status'));
      const after = query(req, 'after');
      const { profiles, next } = await seeing.list(actor, application.id, {
        ...(text === '' ? {} : { text }),
        ...(status === undefined ? {} : { status }),
        ...(after === '' ? {} : { after }),
      });
      const nextUrl =
        next === undefined
          ? undefined
          : `/moderation/${application.id}/profiles?${new URLSearchParams({
              ...(text === '' ? {} : { text }),
              ...(status === undefined ? {} : { status }),
              after: next,
            }).toString()}`;
      await sendListing(req, res, {
        name: 'profiles',
        items: profiles,
        columns: {
          id: ({ id }) => id,
          name: ({ name }) => name,
          status: (profile) => profile.status,
          source: ({ source }) => source,
          created: ({ createdDay }) => createdDay,
        },
        json: () => ({ profiles, ...(nextUrl === undefined ? {} : { next: nextUrl }) }),
        page: () =>
          moderationProfilesPage(frame, {
            application,
            profiles,
            form: blank({ text, status: status ?? '' }),
            nextUrl,
          }),
      });
    }),
  );

  router.get(
    '/moderation/:application/profiles/:profile',
    visits.forModerator(async ({ actor, application, frame }, req, res) => {
      const { profile, history, bars, exceptions, appeal } = await seeing.one(
        actor,
        application.id,
        param(req, 'profile'),
      );
      const { standing, ...shown } = profile;
      const until = standing.blocked?.until;
      const blockedUntil = until === undefined ? undefined : dayOf(until);
      const seen = await register.cases.ofProfile(profile.id);
      const cases = seen.map(({ day, status, closedDay, outcome }) => ({
        day: closedDay ?? day,
        isOpen: status === 'open',
        outcome,
      }));
      await sendListing(req, res, {
        name: 'history',
        items: history,
        columns: {
          day: ({ day }) => day,
          kind: ({ kind }) => kind,
          by: ({ by }) => by,
          reason: ({ reason }) => reason?.[frame.language],
          words: ({ words }) => words,
        },
        json: () => ({
          profile: {
            ...shown,
            blockedUntil,
            warnings: standing.warnings.length,
            renameAsked: standing.rename !== undefined,
          },
          history,
          bars,
          exceptions,
          appeal,
          cases,
        }),
        page: () =>
          moderatedProfilePage(frame, {
            application,
            profile: shown,
            blockedUntil,
            warnings: standing.warnings.length,
            isRenameAsked: standing.rename !== undefined,
            history,
            bars,
            exceptions: exceptions.length,
            requestUrl:
              profile.status === 'requested' ? `/moderation/${application.id}/requests/${profile.id}` : undefined,
            appealUrl: appeal === undefined ? undefined : `/moderation/${application.id}/appeals/${appeal}`,
            cases,
            actions: actionsFor(profile),
            notice: notice(req, frame.t),
          }),
      });
    }),
  );

  return router;
}
