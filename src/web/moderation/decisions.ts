import { Router, type Request } from 'express';
import { inWords } from '../../../views/admin/instructionsText.ts';
import { decisionPage, type DecisionData } from '../../../views/moderation/decision.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { endingsOf, isKnownByName } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { reasonsOf, type Moderation } from '../../moderation/moderation.ts';
import { blank, field, param, withError } from '../form.ts';
import type { Moderating, Visits } from '../visit.ts';

type Needs = {
  moderation: Pick<Moderation, 'actions' | 'exceptions' | 'person' | 'seeing'>;
  visits: Visits;
};

type Action = DecisionData['action'];

const ACTIONS: ReadonlySet<Action> = new Set([
  'note',
  'warn',
  'block',
  'unblock',
  'rename',
  'delete',
  'bar',
  'lift',
  'except',
  'refer',
]);

/** What is shown again of a field, longer than what is taken. */
const SHOWN = 4000;
const FIELDS = ['reason', 'words', 'days', 'name', 'quota', 'no_new', 'others'];
const ERROR_FIELDS = {
  reason_unknown: 'reason',
  words_too_few: 'words',
  words_too_many: 'words',
  case_full: 'words',
  profile_log_full: 'words',
  days_invalid: 'days',
  quota_invalid: 'quota',
  exceptions_full: 'quota',
  profile_exceptions_full: 'quota',
  choice_required: 'no_new',
  bars_full: 'no_new',
  name_taken: 'name',
  name_too_short: 'name',
  name_too_long: 'name',
  name_reserved: 'name',
  name_not_allowed: 'name',
};
/** What an application goes on with after these. */
const ENDING: ReadonlySet<Action> = new Set(['block', 'delete', 'bar']);

/** A number as it was typed; what is none is refused by whoever takes it. */
const numberOf = (text: string): number => (/^\d{1,6}$/u.test(text.trim()) ? Number(text) : Number.NaN);

/** The decisions about one profile, each with a page that says what it means. */
export function decisionRoutes({ moderation, visits }: Needs): Router {
  const { actions, exceptions, person: persons, seeing } = moderation;
  const router = Router();

  function actionOf(req: Request): Action {
    const name = req.params['lifted'] === undefined ? req.params['action'] : 'lift';
    const found = [...ACTIONS].find((action) => action === name);
    if (found === undefined || (found === 'lift') !== (req.params['lifted'] !== undefined))
      throw new UserError('not_found');
    return found;
  }

  async function render(person: Moderating, req: Request, form: Form): Promise<string> {
    const { actor, application, csrf, frame } = person;
    const action = actionOf(req);
    const { profile } = await seeing.one(actor, application.id, param(req, 'profile'));
    return decisionPage(frame, {
      application,
      profile,
      action,
      url: urlOf(person, req),
      reasons: reasonsOf(application).map(({ id, ...words }) => ({ id, text: words[frame.language] })),
      endings: ENDING.has(action) ? inWords(frame.t, endingsOf(application, profile.name)) : [],
      isKnownByName: isKnownByName(application),
      form,
      csrf,
    });
  }

  function urlOf({ application }: Moderating, req: Request): string {
    const here = `/moderation/${application.id}/profiles/${param(req, 'profile')}/${actionOf(req)}`;
    return req.params['lifted'] === undefined ? here : `${here}/${param(req, 'lifted')}`;
  }

  async function carryOut({ actor, application }: Moderating, req: Request): Promise<void> {
    const at = [actor, application.id, param(req, 'profile')] as const;
    const words = field(req, 'words');
    const why = { reason: field(req, 'reason'), words };
    const days = field(req, 'days').trim();
    const name = field(req, 'name').trim();
    switch (actionOf(req)) {
      case 'note':
        return actions.note(...at, words);
      case 'warn':
        return actions.warn(...at, why);
      case 'block':
        return actions.block(...at, { ...why, ...(days === '' ? {} : { days: numberOf(days) }) });
      case 'unblock':
        return actions.unblock(...at, words);
      case 'rename':
        return actions.rename(...at, { ...why, ...(name === '' ? {} : { name }) });
      case 'delete':
        return actions.remove(...at, why);
      case 'bar':
        return persons.bar(...at, {
          ...why,
          noNew: field(req, 'no_new') !== '',
          others: field(req, 'others') !== '',
        });
      case 'lift':
        return persons.liftBar(...at, { of: param(req, 'lifted'), words });
      case 'except':
        return exceptions.grant(...at, numberOf(field(req, 'quota')));
      case 'refer':
        return actions.refer(...at, why);
    }
  }

  const show = visits.forModerator(async (person, req, res) => void res.send(await render(person, req, blank())));

  const decide = visits.forModerator(async (person, req, res) => {
    const profileId = param(req, 'profile');
    try {
      await carryOut(person, req);
      res.redirect(303, `/moderation/${person.application.id}/profiles/${profileId}?notice=decided`);
    } catch (error) {
      const values = Object.fromEntries(FIELDS.map((name) => [name, field(req, name).slice(0, SHOWN)]));
      const form = withError(person.frame.t, values, error, ERROR_FIELDS);
      res.status(422).send(await render(person, req, form));
    }
  });

  for (const address of [
    '/moderation/:application/profiles/:profile/lift/:lifted',
    '/moderation/:application/profiles/:profile/:action',
  ]) {
    router.get(address, show);
    router.post(address, decide);
  }

  return router;
}
