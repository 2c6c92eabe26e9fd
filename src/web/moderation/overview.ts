import { Router } from 'express';
import { overviewPage, type ShownQueue } from '../../../views/moderation/overview.tsx';
import type { Moderation } from '../../moderation/moderation.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { ModeratingSome, Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'digest' | 'requests'>; visits: Visits };

/** The applications somebody looks after, and what waits there; for administrators all, the overdue ones first. */
export function overviewRoutes({ moderation: { digest, requests }, visits }: Needs): Router {
  const router = Router();

  async function queuesOf({ actor, applications }: ModeratingSome): Promise<ShownQueue[]> {
    const queues = await requests.queues(applications);
    const appeals = await digest.appeals(applications.map(({ id }) => id));
    const shown = applications.map(({ id, name }, index) => {
      const { applicationId: _, ...queue } = queues[index] ?? { ...NOTHING, applicationId: id };
      return { id, name, appeals: appeals.get(id) ?? 0, ...queue };
    });
    return actor.administrator ? shown.toSorted((a, b) => Number(b.isOverdue) - Number(a.isOverdue)) : shown;
  }

  router.get(
    '/moderation',
    visits.forSomeModerator(async (person, req, res) => {
      const queues = await queuesOf(person);
      await sendListing(req, res, {
        name: 'moderation',
        items: queues,
        columns: {
          application: ({ name }) => name,
          waiting: ({ waiting }) => waiting,
          urgent: ({ urgent }) => urgent,
          asked: ({ asked }) => asked,
          review: ({ review }) => review,
          appeals: ({ appeals }) => appeals,
          oldest_days: ({ oldestDays }) => oldestDays,
          overdue: ({ isOverdue }) => Number(isOverdue),
        },
        json: () => ({ applications: queues }),
        page: () => overviewPage(person.frame, { queues, notice: notice(req, person.frame.t) }),
      });
    }),
  );

  return router;
}

const NOTHING = { waiting: 0, urgent: 0, asked: 0, review: 0, oldestDays: undefined, isOverdue: false };
