import type { Request, Response } from 'express';
import { applicantPage, withdrawnPage } from '../../../views/journey/applicant.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts, Applicant, OpenLink } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { param } from '../form.ts';
import { notice } from '../notice.ts';
import type { Visits } from '../visit.ts';
import { actOnApplicant, answerForm } from './applicant-form.ts';
import type { LinkPages } from './link.ts';

type Needs = {
  accounts: Pick<Accounts, 'applicants'>;
  applications: Pick<Applications, 'find'>;
  visits: Visits;
};

/** From the letter to somebody who waits: how it stands, whatever the device. It signs nobody in. */
export function makeApplicantLink({ accounts: { applicants }, applications, visits }: Needs): LinkPages {
  async function enter(link: OpenLink): Promise<Applicant> {
    const applicant = await applicants.findByLink(link);
    if (applicant === undefined) throw new UserError('link_gone');
    return applicant;
  }

  async function render(req: Request, res: Response, applicant: Applicant, form: Form): Promise<void> {
    const frame = visits.frame(req);
    const { applicationId } = applicant;
    res.send(
      applicantPage(frame, {
        action: `/link/${param(req, 'token')}`,
        form,
        applicant,
        days: await applicants.usualWait(),
        application: applicationId === undefined ? undefined : await applications.find(applicationId),
        notice: notice(req, frame.t),
      }),
    );
  }

  return {
    async show(req, res, link) {
      const applicant = await enter(link);
      await render(req, res, applicant, answerForm(applicant));
    },
    async use(req, res, link) {
      const applicant = await enter(link);
      const frame = visits.frame(req);
      const end = await actOnApplicant(req, frame.t, applicants, applicant);
      if (end === 'withdrawn') return void res.send(withdrawnPage(frame, { homeUrl: '/' }));
      if (end === 'answered') return res.redirect(303, `/link/${param(req, 'token')}?notice=answer_sent`);
      res.status(422);
      return render(req, res, applicant, end);
    },
  };
}
