import { Router, type Request } from 'express';
import { markOf, readRules, rulesOf, type Rules } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import { rulesConfirmPage, rulesPage } from '../../../views/moderation/rules.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, lines, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Moderating, Visits } from '../visit.ts';
import { meaningOf, rulesInWords } from './rules-words.ts';

type Needs = {
  moderation: Pick<Moderation, 'rules'>;
  profiles: Pick<Profiles, 'requestsWaiting'>;
  visits: Visits;
};

const FIELDS = { rules_changed: 'policy', policy: 'policy', quota: 'quota', reserved: 'reserved' };

const valuesOf = ({ policy, quota, reserved }: Rules): Record<string, string> => ({
  policy,
  quota: String(quota),
  reserved: reserved.join('\n'),
});

const typed = (req: Request): Record<string, string> => ({
  policy: field(req, 'policy'),
  quota: field(req, 'quota'),
  reserved: field(req, 'reserved'),
});

/** Who may create profiles, how many and under which names: what moderators change in two steps. */
export function ruleRoutes({ moderation, profiles, visits }: Needs): Router {
  const router = Router();

  function show({ application, actor, csrf, frame }: Moderating, form: Form, said?: string): string {
    const rules = rulesOf(application);
    const isLocked = application.rulesLocked && !actor.administrator;
    const locked = isLocked ? rulesInWords(frame.t, rules) : undefined;
    return rulesPage(frame, { application, csrf, form, mark: markOf(rules), locked, notice: said });
  }

  router.get(
    '/moderation/:application/rules',
    visits.forModerator((moderating, req, res) => {
      const form = blank(valuesOf(rulesOf(moderating.application)));
      res.send(show(moderating, form, notice(req, moderating.frame.t)));
    }),
  );

  router.post(
    '/moderation/:application/rules',
    visits.forModerator(async (moderating, req, res) => {
      const { actor, application, csrf, frame } = moderating;
      if (application.rulesLocked && !actor.administrator) throw new UserError('rules_locked');
      const values = typed(req);
      const before = rulesOf(application);
      const shown = field(req, 'mark');
      try {
        const { policy = '', quota = '' } = values;
        const wanted = readRules(application, { policy, quota, reserved: lines(req, 'reserved') });
        if (shown !== markOf(before)) throw new UserError('rules_changed');
        if (markOf(wanted) === shown) return res.redirect(303, `/moderation/${application.id}/rules`);
        if (field(req, 'confirm') === 'yes') {
          await moderation.rules.change(actor, application.id, { shown, wanted });
          return res.redirect(303, `/moderation/${application.id}/rules?notice=saved`);
        }
        const waiting = await profiles.requestsWaiting(application.id);
        res.send(
          rulesConfirmPage(frame, {
            application,
            csrf,
            meanings: meaningOf(frame.t, before, wanted, waiting),
            fields: Object.entries({ ...valuesOf(wanted), mark: shown }).map(([name, value]) => ({ name, value })),
          }),
        );
      } catch (error) {
        res.status(422).send(show(moderating, withError(frame.t, values, error, FIELDS)));
      }
    }),
  );

  return router;
}
