import { Router, type Request, type Response } from 'express';
import { applicantPage, withdrawnPage } from '../../../views/journey/applicant.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts, Applicant } from '../../accounts/accounts.ts';
import { notice } from '../notice.ts';
import { formToken } from '../safety.ts';
import { actOnApplicant, answerForm } from './applicant-form.ts';
import type { ShowStep, Way, Ways } from './way.ts';

type Needs = { accounts: Pick<Accounts, 'applicants'>; ways: Ways };

/**
 * Somebody asked for an account on this journey, and waits for a yes: how it stands. Once it is there, the journey asks
 * who they are, as it asks everybody.
 */
export function makeApplicantStep({ accounts: { applicants }, ways }: Needs): {
  routes: Router;
  show: ShowStep;
  find: (way: Way) => Promise<Applicant | undefined>;
} {
  const router = Router();

  const find = async ({ journey }: Way): Promise<Applicant | undefined> =>
    journey.applicant === undefined ? undefined : applicants.find(journey.applicant);

  async function render(req: Request, res: Response, way: Way, applicant: Applicant, form: Form): Promise<void> {
    const frame = ways.frameForAnybody(req, way);
    res.send(
      applicantPage(frame, {
        action: `${way.path}/applicant`,
        csrf: formToken(way.browser),
        form,
        applicant,
        days: await applicants.usualWait(),
        application: way.standing.application,
        signInUrl: `${way.path}/other`,
        notice: notice(req, frame.t),
      }),
    );
  }

  async function show(req: Request, res: Response, way: Way): Promise<void> {
    const applicant = await find(way);
    if (applicant === undefined) return res.redirect(303, way.path);
    return render(req, res, way, applicant, answerForm(applicant));
  }

  router.get('/journey/:id/applicant', async (req, res) => {
    res.redirect(303, (await ways.find(req, res)).path);
  });

  router.post('/journey/:id/applicant', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const applicant = await find(way);
    // Decided meanwhile: the page of the journey says what comes next.
    if (applicant === undefined) return res.redirect(303, way.path);
    const frame = ways.frameForAnybody(req, way);
    const end = await actOnApplicant(req, frame.t, applicants, applicant);
    if (end === 'withdrawn') return void res.send(withdrawnPage(frame, { homeUrl: way.path }));
    if (end === 'answered') return res.redirect(303, `${way.path}?notice=answer_sent`);
    res.status(422);
    return render(req, res, way, applicant, end);
  });

  return { routes: router, show, find };
}
