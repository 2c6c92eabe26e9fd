import { Router, type Request, type Response } from 'express';
import { moderationRequestPage } from '../../../views/moderation/request.tsx';
import { moderationRequestsPage } from '../../../views/moderation/requests.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Translate } from '../../../views/text.ts';
import { UserError } from '../../errors.ts';
import {
  reasonsOf,
  REQUESTS_A_PAGE,
  type Decided,
  type Moderation,
  type ProfileRequest,
} from '../../moderation/moderation.ts';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Moderating, Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'requests'>; visits: Visits };

/** What is shown again of a field, longer than what is taken. */
const SHOWN = 4000;
const DECIDE_FIELDS = {
  choice_required: 'request',
  own_profile: 'request',
  reason_unknown: 'reason',
  words_too_many: 'words',
};
const QUESTION_FIELDS = { own_profile: 'question', words_too_few: 'question', words_too_many: 'question' };

function pageOf(given: unknown): number {
  return typeof given === 'string' && /^[1-9]\d{0,3}$/u.test(given) ? Number(given) : 1;
}

const reasonsIn = ({ application, frame }: Moderating) =>
  reasonsOf(application).map(({ id, ...words }) => ({ id, text: words[frame.language] }));

/** Which requests of a page are ticked by `?tick=`: those that contain it, whatever the case; all where it is empty. */
function tickedBy(req: Request): { containing: string; isTicked: (request: ProfileRequest) => boolean } {
  const given = req.query['tick'];
  if (typeof given !== 'string') return { containing: '', isTicked: () => false };
  const containing = given.slice(0, 100).trim();
  const wanted = containing.normalize('NFKC').toLowerCase();
  const texts = ({ name, words, answer = '' }: ProfileRequest): string =>
    `${name}\n${words}\n${answer}`.normalize('NFKC').toLowerCase();
  return { containing, isTicked: (request) => texts(request).includes(wanted) };
}

/** What a moderator reads of a decision of which something was left as it was, because others were faster above all. */
function leftText(t: Translate, { done, gone, own }: Decided): string {
  const names = gone.map(({ name, became = 'other' }) => t('moderation.gone_one', { name, became }));
  return [
    t('moderation.done', { count: done }),
    names.length === 0 ? '' : t('moderation.gone', { names: names.join(', ') }),
    own === 0 ? '' : t('moderation.own'),
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** Requests for profiles at an application, for its moderators: one by one, or many at once. */
export function moderationRequestRoutes({ moderation: { requests }, visits }: Needs): Router {
  const router = Router();

  async function renderList(
    person: Moderating,
    {
      number,
      form,
      isTicked,
      containing = '',
      said,
    }: {
      number: number;
      form: Form;
      isTicked: (request: ProfileRequest) => boolean;
      containing?: string;
      said?: string | undefined;
    },
    listed?: Awaited<ReturnType<typeof requests.list>>,
  ): Promise<string> {
    const { actor, application, csrf, frame } = person;
    const { requests: found, total } = listed ?? (await requests.list(actor, application.id, number));
    const here = `/moderation/${application.id}`;
    return moderationRequestsPage(frame, {
      application,
      requests: found.map((request) => ({ ...request, checked: isTicked(request) })),
      total,
      days: await requests.usualWait(application.id),
      reasons: reasonsIn(person),
      containing,
      page: number,
      form,
      csrf,
      previousUrl: number > 1 ? `${here}?page=${number - 1}` : undefined,
      nextUrl: total > number * REQUESTS_A_PAGE ? `${here}?page=${number + 1}` : undefined,
      notice: said,
    });
  }

  function renderOne(
    person: Moderating,
    request: ProfileRequest,
    forms: { decide?: Form; question?: Form } = {},
    said?: string,
  ): string {
    const { application, csrf, frame } = person;
    return moderationRequestPage(frame, {
      application,
      request,
      reasons: reasonsIn(person),
      decideForm: forms.decide ?? blank(),
      questionForm: forms.question ?? blank(),
      csrf,
      notice: said,
    });
  }

  /** It waits no longer, most likely because somebody else was faster: the list says so. */
  const tellGone = ({ application }: Moderating, res: Response): void =>
    res.redirect(303, `/moderation/${application.id}?notice=profile_requests_gone`);

  router.get(
    '/moderation/:application',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, frame } = person;
      const number = pageOf(req.query['page']);
      const listed = await requests.list(actor, application.id, number);
      if (number > 1 && listed.requests.length === 0) return res.redirect(303, `/moderation/${application.id}`);
      return sendListing(req, res, {
        name: 'requests',
        items: listed.requests,
        columns: {
          name: ({ name }) => name,
          day: ({ day }) => day,
          urgent: ({ urgent }) => Number(urgent),
          status: ({ status }) => status,
          words: ({ words }) => words,
          question: ({ question }) => question,
          answer: ({ answer }) => answer,
        },
        json: () => ({ application: { id: application.id, name: application.name }, page: number, ...listed }),
        page: () => renderList(person, { number, form: blank(), said: notice(req, frame.t), ...tickedBy(req) }, listed),
      });
    }),
  );

  router.post(
    '/moderation/:application/decide',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, frame } = person;
      const ids = fieldList(req, 'request');
      const number = pageOf(field(req, 'page'));
      const isTicked = ({ profileId }: ProfileRequest): boolean => ids.includes(profileId);
      try {
        if (ids.length === 0) throw new UserError('choice_required');
        const decided = await requests.decide(
          actor,
          application,
          ids,
          field(req, 'decision') === 'approve'
            ? { kind: 'approve' }
            : { kind: 'refuse', reason: field(req, 'reason'), words: field(req, 'words') },
        );
        if (decided.done + decided.gone.length + decided.own === 0) return tellGone(person, res);
        if (decided.gone.length + decided.own === 0)
          return res.redirect(303, `/moderation/${application.id}?page=${number}&notice=profile_requests_decided`);
        const said = leftText(frame.t, decided);
        res.status(409).send(await renderList(person, { number, form: blank(), isTicked: () => false, said }));
      } catch (error) {
        const values = { reason: field(req, 'reason').slice(0, 40), words: field(req, 'words').slice(0, SHOWN) };
        const form = withError(frame.t, values, error, DECIDE_FIELDS);
        const [first = ''] = ids;
        const single = field(req, 'from') === 'one' ? await requests.find(actor, application.id, first) : undefined;
        res.status(422);
        res.send(
          single === undefined
            ? await renderList(person, { number, form, isTicked })
            : renderOne(person, single, { decide: form }),
        );
      }
    }),
  );

  router.get(
    '/moderation/:application/requests/:profile',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, frame } = person;
      const found = await requests.find(actor, application.id, param(req, 'profile'));
      if (found === undefined) return tellGone(person, res);
      res.send(renderOne(person, found, {}, notice(req, frame.t)));
    }),
  );

  router.post(
    '/moderation/:application/requests/:profile/question',
    visits.forModerator(async (person, req, res) => {
      const { actor, application, frame } = person;
      const found = await requests.find(actor, application.id, param(req, 'profile'));
      if (found === undefined) return tellGone(person, res);
      const question = field(req, 'question');
      try {
        await requests.ask(actor, application, found.profileId, question);
        res.redirect(303, `/moderation/${application.id}/requests/${found.profileId}?notice=question_sent`);
      } catch (error) {
        if (error instanceof UserError && error.code === 'request_gone') return tellGone(person, res);
        const form = withError(frame.t, { question: question.slice(0, SHOWN) }, error, QUESTION_FIELDS);
        res.status(422).send(renderOne(person, found, { question: form }));
      }
    }),
  );

  return router;
}
