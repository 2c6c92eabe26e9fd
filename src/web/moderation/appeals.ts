import { Router, type Request } from 'express';
import { appealPage, appealsPage } from '../../../views/moderation/appeals.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { blank, field, param, withError } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Moderating, Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'appeals'>; visits: Visits };

const SHOWN = 4000;
const FIELDS = { choice_required: 'outcome', words_too_many: 'words' };

/** What owners say against decisions, for the application's moderators. */
export function appealRoutes({ moderation: { appeals }, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/moderation/:application/appeals',
    visits.forModerator(async ({ actor, application, frame }, req, res) => {
      const found = await appeals.list(actor, application.id);
      await sendListing(req, res, {
        name: 'appeals',
        items: found,
        columns: {
          name: ({ name }) => name,
          day: ({ day }) => day,
          words: ({ words }) => words,
          decision: ({ decision }) => decision.kind,
          decided: ({ decision }) => decision.day,
          by: ({ decision }) => decision.by,
          reason: ({ decision }) => decision.reason?.[frame.language],
        },
        json: () => ({ appeals: found }),
        page: () => appealsPage(frame, { application, appeals: found, notice: notice(req, frame.t) }),
      });
    }),
  );

  async function render({ actor, application, csrf, frame }: Moderating, req: Request, form: Form): Promise<string> {
    const appeal = (await appeals.list(actor, application.id)).find(({ id }) => id === param(req, 'appeal'));
    if (appeal === undefined) throw new UserError('appeal_gone');
    if (appeal.isOwnDecision) throw new UserError('own_decision');
    return appealPage(frame, { application, appeal, form, csrf });
  }

  router.get(
    '/moderation/:application/appeals/:appeal',
    visits.forModerator(async (person, req, res) => void res.send(await render(person, req, blank()))),
  );

  router.post(
    '/moderation/:application/appeals/:appeal',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, frame } = person;
      const outcome = field(req, 'outcome');
      const words = field(req, 'words');
      try {
        if (outcome !== 'grant' && outcome !== 'uphold') throw new UserError('choice_required');
        await appeals.decide(actor, application.id, param(req, 'appeal'), { granted: outcome === 'grant', words });
        res.redirect(303, `/moderation/${application.id}/appeals?notice=decided`);
      } catch (error) {
        const form = withError(frame.t, { outcome, words: words.slice(0, SHOWN) }, error, FIELDS);
        res.status(422).send(await render(person, req, form));
      }
    }),
  );

  return router;
}
