import type { Request, Response } from 'express';
import { appointmentPage } from '../../../views/journey/appointment.tsx';
import type { Accounts, OpenLink } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { param } from '../form.ts';
import type { Person, Visits } from '../visit.ts';
import type { LinkPages } from './link.ts';

type Needs = {
  accounts: Pick<Accounts, 'appointments'>;
  applications: Pick<Applications, 'find'>;
  moderation: Pick<Moderation, 'moderators'>;
  visits: Visits;
};

/**
 * An administrator's link to look after an application. The link says for what; who it is for is whoever signs in and
 * agrees, so its form is taken from a page of their session alone, unlike those of other links.
 */
export function makeModeratorLink({ accounts, applications, moderation: { moderators }, visits }: Needs): LinkPages {
  async function applicationOf(link: OpenLink): Promise<Application> {
    const content = accounts.appointments.contentOf(link);
    const application = content === undefined ? undefined : await applications.find(content.applicationId);
    if (application === undefined) throw new UserError('link_gone');
    return application;
  }

  /** Behind the guard of all pages: whoever is not signed in does so first, and comes back. */
  async function as(req: Request, res: Response, act: (person: Person) => Promise<void>): Promise<void> {
    await visits.forPerson(act)(req, res, () => undefined);
  }

  return {
    async show(req, res, link) {
      const application = await applicationOf(link);
      await as(req, res, async ({ account, csrf, frame }) => {
        const isAlready = (await moderators.applicationsOf(account.id)).includes(application.id);
        const action = `/link/${param(req, 'token')}`;
        res.send(appointmentPage(frame, { action, csrf, loginName: account.loginName, application, isAlready }));
      });
    },

    async use(req, res, link) {
      const application = await applicationOf(link);
      await as(req, res, async ({ account }) => {
        await moderators.accept(link, account.id);
        res.redirect(303, `/moderation/${application.id}?notice=moderator_self`);
      });
    },
  };
}
