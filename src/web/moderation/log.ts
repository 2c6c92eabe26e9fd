import { Router, type Request } from 'express';
import { moderationLogPage } from '../../../views/moderation/log.tsx';
import type { LogPlace, Moderation } from '../../moderation/moderation.ts';
import { isId } from '../../storage/seal.ts';
import { sendListing } from '../listing.ts';
import type { Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'seeing'>; visits: Visits };

/** Where a page begins: `after=<day>.<id>`. */
function placeOf(req: Request): LogPlace | undefined {
  const after = req.query['after'];
  const [day = '', id = ''] = typeof after === 'string' ? after.split('.', 2) : [];
  return /^\d{4}-\d{2}-\d{2}$/u.test(day) && isId(id) ? { day, id } : undefined;
}

/** What happened to the profiles of an application, for its moderators. */
export function moderationLogRoutes({ moderation: { seeing }, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/moderation/:application/log',
    visits.forModerator(async ({ actor, application, frame }, req, res) => {
      const { entries, next } = await seeing.log(actor, application.id, placeOf(req));
      const nextUrl = next === undefined ? undefined : `/moderation/${application.id}/log?after=${next.day}.${next.id}`;
      await sendListing(req, res, {
        name: 'log',
        items: entries,
        columns: {
          day: ({ day }) => day,
          profile: ({ profileId }) => profileId,
          name: ({ name }) => name,
          kind: ({ kind }) => kind,
          by: ({ by }) => by,
          reason: ({ reason }) => reason?.[frame.language],
          words: ({ words }) => words,
        },
        json: () => ({ entries, ...(nextUrl === undefined ? {} : { next: nextUrl }) }),
        page: () => moderationLogPage(frame, { application, entries, nextUrl }),
      });
    }),
  );

  return router;
}
