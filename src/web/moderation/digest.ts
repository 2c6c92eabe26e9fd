import { Router } from 'express';
import { digestPage } from '../../../views/moderation/digest.tsx';
import { UserError } from '../../errors.ts';
import { DIGESTS, type Moderation } from '../../moderation/moderation.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Moderating, Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'moderators'>; visits: Visits };

/** How often a moderator is told of what waits at an application. */
export function digestRoutes({ moderation: { moderators }, visits }: Needs): Router {
  const router = Router();

  const ownDigest = async ({ actor, application }: Moderating): Promise<string | undefined> =>
    (await moderators.of(application.id)).find(({ accountId }) => accountId === actor.accountId)?.digest;

  router.get(
    '/moderation/:application/digest',
    visits.forModerator(async (person, req, res) => {
      const { application, csrf, frame } = person;
      const digest = await ownDigest(person);
      const form = digest === undefined ? undefined : blank({ digest });
      res.send(digestPage(frame, { application, form, csrf, notice: notice(req, frame.t) }));
    }),
  );

  router.post(
    '/moderation/:application/digest',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, csrf, frame } = person;
      const chosen = field(req, 'digest');
      try {
        const digest = DIGESTS.find((one) => one === chosen);
        if (digest === undefined) throw new UserError('choice_required');
        await moderators.setDigest(application.id, actor.accountId, digest);
        res.redirect(303, `/moderation/${application.id}/digest?notice=saved`);
      } catch (error) {
        const form = withError(frame.t, {}, error, { choice_required: 'digest' });
        res.status(422).send(digestPage(frame, { application, form, csrf }));
      }
    }),
  );

  return router;
}
