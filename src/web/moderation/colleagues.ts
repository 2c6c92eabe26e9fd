import { Router } from 'express';
import { colleaguesPage } from '../../../views/moderation/colleagues.tsx';
import type { Moderation } from '../../moderation/moderation.ts';
import { sendListing } from '../listing.ts';
import type { Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'moderators'>; visits: Visits };

/** Moderators of an application know one another. */
export function colleagueRoutes({ moderation, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/moderation/:application/moderators',
    visits.forModerator(async ({ application, frame }, req, res) => {
      // By name alone: their accounts are nothing to one another.
      const list = (await moderation.moderators.of(application.id)).map(({ loginName, isActive }) => ({
        loginName,
        isActive,
      }));
      await sendListing(req, res, {
        name: 'moderators',
        items: list,
        columns: { login_name: ({ loginName }) => loginName, active: ({ isActive }) => Number(isActive) },
        json: () => ({ moderators: list }),
        page: () => colleaguesPage(frame, { application, moderators: list }),
      });
    }),
  );

  return router;
}
