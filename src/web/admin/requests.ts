import { Router, type Request, type Response } from 'express';
import { requestPage } from '../../../views/admin/request.tsx';
import { requestsPage, type ShownRequest } from '../../../views/admin/requests.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts, Applicant, Decided } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  accounts: Pick<Accounts, 'applicants' | 'groups'>;
  applications: Pick<Applications, 'list'>;
  visits: Visits;
};

/** So many are on one page. */
const SIZE = 20;
/** What is shown again of a field, longer than what is taken. */
const SHOWN = 4000;
const DECIDE_FIELDS = {
  choice_required: 'request',
  groups_too_many: 'group',
  group_unknown: 'group',
  words_too_many: 'reason',
};
const QUESTION_FIELDS = { words_too_few: 'question', words_too_many: 'question' };

const pageOf = (req: Request): number => {
  const given = req.query['page'];
  return typeof given === 'string' && /^[1-9]\d{0,3}$/u.test(given) ? Number(given) : 1;
};

/** What the administrator reads of a decision; that somebody else was faster above all. */
function noticeOf(decision: 'approve' | 'refuse', { done, gone }: Decided): string {
  if (gone > 0) return done === 0 ? 'requests_gone' : 'requests_partly_gone';
  return decision === 'approve' ? 'requests_approved' : 'requests_refused';
}

/** The people who asked for an account, for administrators: one by one, or several at once. */
export function requestRoutes({ accounts: { applicants, groups }, applications, visits }: Needs): Router {
  const router = Router();

  async function shownOf(found: readonly Applicant[]): Promise<ShownRequest[]> {
    const names = new Map((await applications.list()).map(({ id, name }) => [id, name]));
    return found.map(({ accountId, at, applicationId, ...said }) => ({
      ...said,
      id: accountId,
      day: new Date(at).toISOString().slice(0, 10),
      application: applicationId === undefined ? undefined : names.get(applicationId),
    }));
  }

  const choicesOf = async (chosen: readonly string[]) =>
    (await groups.names()).map(({ id, name }) => ({ id, name, checked: chosen.includes(id) }));

  async function renderList(person: Person, req: Request, form: Form, ticked: readonly string[] = []): Promise<string> {
    const page = pageOf(req);
    const { applicants: found, total } = await applicants.list(page, SIZE);
    return requestsPage(person.frame, {
      requests: (await shownOf(found)).map((request) => ({ ...request, checked: ticked.includes(request.id) })),
      total,
      days: await applicants.usualWait(),
      groups: await choicesOf(fieldList(req, 'group')),
      form,
      csrf: person.csrf,
      previousUrl: page > 1 ? `/admin/requests?page=${page - 1}` : undefined,
      nextUrl: total > page * SIZE ? `/admin/requests?page=${page + 1}` : undefined,
      notice: notice(req, person.frame.t),
    });
  }

  async function renderOne(
    person: Person,
    req: Request,
    found: Applicant,
    forms: { decide?: Form; question?: Form } = {},
  ): Promise<string> {
    const [request] = await shownOf([found]);
    if (request === undefined) throw new UserError('request_gone');
    return requestPage(person.frame, {
      request,
      groups: await choicesOf(fieldList(req, 'group')),
      decideForm: forms.decide ?? blank(),
      questionForm: forms.question ?? blank(),
      csrf: person.csrf,
      notice: notice(req, person.frame.t),
    });
  }

  /** Decided meanwhile, most likely by somebody else: the list says so. */
  const tellGone = (res: Response): void => res.redirect(303, '/admin/requests?notice=requests_gone');

  router.get(
    '/admin/requests',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await renderList(person, req, blank()));
    }),
  );

  router.post(
    '/admin/requests/decide',
    visits.forAdministrator(async (person, req, res) => {
      const ids = fieldList(req, 'request');
      const isApproval = field(req, 'decision') === 'approve';
      try {
        if (ids.length === 0) throw new UserError('choice_required');
        const decided = isApproval
          ? await applicants.approve(ids, fieldList(req, 'group'))
          : await applicants.refuse(ids, field(req, 'reason'));
        res.redirect(303, `/admin/requests?notice=${noticeOf(isApproval ? 'approve' : 'refuse', decided)}`);
      } catch (error) {
        const values = { reason: field(req, 'reason').slice(0, SHOWN) };
        const form = withError(person.frame.t, values, error, DECIDE_FIELDS);
        const single = field(req, 'from') === 'one' ? await applicants.find(ids[0] ?? '') : undefined;
        res.status(422);
        res.send(
          await (single === undefined
            ? renderList(person, req, form, ids)
            : renderOne(person, req, single, { decide: form })),
        );
      }
    }),
  );
  router.get('/admin/requests/decide', (_req, res) => {
    res.redirect(303, '/admin/requests');
  });

  router.get(
    '/admin/requests/:id',
    visits.forAdministrator(async (person, req, res) => {
      const found = await applicants.find(param(req, 'id'));
      if (found === undefined) return tellGone(res);
      res.send(await renderOne(person, req, found));
    }),
  );

  router.post(
    '/admin/requests/:id/question',
    visits.forAdministrator(async (person, req, res) => {
      const id = param(req, 'id');
      const found = await applicants.find(id);
      if (found === undefined) return tellGone(res);
      const question = field(req, 'question');
      try {
        await applicants.ask(id, question);
        res.redirect(303, `/admin/requests/${id}?notice=question_sent`);
      } catch (error) {
        if (error instanceof UserError && error.code === 'request_gone') return tellGone(res);
        const form = withError(person.frame.t, { question: question.slice(0, SHOWN) }, error, QUESTION_FIELDS);
        res.status(422).send(await renderOne(person, req, found, { question: form }));
      }
    }),
  );

  return router;
}
