import { Router } from 'express';
import { exceptionsPage } from '../../../views/moderation/exceptions.tsx';
import type { Moderation } from '../../moderation/moderation.ts';
import { field } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'exceptions'>; visits: Visits };

/** Numbers of profiles that were granted beyond the rules, for the application's moderators. */
export function exceptionRoutes({ moderation: { exceptions }, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/moderation/:application/exceptions',
    visits.forModerator(async ({ actor, application, csrf, frame }, req, res) => {
      const found = await exceptions.list(actor, application.id);
      await sendListing(req, res, {
        name: 'exceptions',
        items: found,
        columns: {
          id: ({ id }) => id,
          name: ({ name }) => name,
          quota: ({ quota }) => quota,
          day: ({ day }) => day,
          by: ({ by }) => by,
        },
        json: () => ({ exceptions: found }),
        page: () => exceptionsPage(frame, { application, exceptions: found, csrf, notice: notice(req, frame.t) }),
      });
    }),
  );

  router.post(
    '/moderation/:application/exceptions',
    visits.forModerator(async ({ actor, application }, req, res) => {
      await exceptions.withdraw(actor, application.id, field(req, 'id'));
      res.redirect(303, `/moderation/${application.id}/exceptions?notice=decided`);
    }),
  );

  return router;
}
