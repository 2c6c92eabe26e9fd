import { Router } from 'express';
import { moderatorsPage, type ModeratorsData } from '../../../views/admin/moderators.tsx';
import { APPOINTMENT_DAYS, type Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, param, withError } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { hoursUntil } from './accounts.ts';

type Needs = {
  accounts: Pick<Accounts, 'appointments' | 'findByLogin'>;
  applications: Pick<Applications, 'find'>;
  issuer: string;
  moderation: Pick<Moderation, 'moderators'>;
  now: () => number;
  visits: Visits;
};

const FIELDS = { account_unknown: 'login', moderators_full: 'login' };

/** Administrators appoint and dismiss the moderators of an application. */
export function moderatorRoutes({ accounts, applications, issuer, moderation, now, visits }: Needs): Router {
  const router = Router();
  const { moderators } = moderation;
  const { appointments } = accounts;

  /** @throws {UserError} not_found */
  async function find(id: string): Promise<Application> {
    const application = await applications.find(id);
    if (application === undefined) throw new UserError('not_found');
    return application;
  }

  async function render(
    person: Person,
    application: Application,
    more: Partial<Pick<ModeratorsData, 'form' | 'link' | 'notice'>>,
  ): Promise<string> {
    const links = (await appointments.list(application.id)).map(({ id, expiresAt, isBacked }) => ({
      id,
      hours: hoursUntil(expiresAt, now()),
      isBacked,
    }));
    return moderatorsPage(person.frame, {
      application,
      moderators: await moderators.of(application.id),
      links,
      form: blank(),
      csrf: person.csrf,
      ...more,
    });
  }

  router.get(
    '/admin/applications/:id/moderators',
    visits.forAdministrator(async (person, req, res) => {
      const application = await find(param(req, 'id'));
      const list = await moderators.of(application.id);
      await sendListing(req, res, {
        name: 'moderators',
        items: list,
        columns: {
          login_name: ({ loginName }) => loginName,
          active: ({ isActive }) => Number(isActive),
          digest: ({ digest }) => digest,
        },
        json: () => ({
          moderators: list.map(({ loginName, isActive, digest }) => ({ loginName, isActive, digest })),
        }),
        page: () => render(person, application, { notice: notice(req, person.frame.t) }),
      });
    }),
  );

  router.post(
    '/admin/applications/:id/moderators/add',
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await find(param(req, 'id'));
      const login = field(req, 'login').trim();
      try {
        const account = await accounts.findByLogin(login);
        if (account === undefined) throw new UserError('account_unknown');
        await moderators.appoint(application.id, account.id, person.account.id);
        res.redirect(303, `/admin/applications/${application.id}/moderators?notice=moderator_added`);
      } catch (error) {
        const form = withError(person.frame.t, { login: login.slice(0, KEPT_MAX) }, error, FIELDS);
        res.status(422).send(await render(person, application, { form }));
      }
    }),
  );

  router.post(
    '/admin/applications/:id/moderators/remove',
    visits.forRecentAdministrator(async (person, req, res) => {
      const { id } = await find(param(req, 'id'));
      await moderators.dismiss(id, field(req, 'account'), person.account.id);
      res.redirect(303, `/admin/applications/${id}/moderators?notice=moderator_removed`);
    }),
  );

  router.post(
    '/admin/applications/:id/moderators/link',
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await find(param(req, 'id'));
      const { token } = await appointments.offer(application.id, person.account.id);
      const label = person.frame.t('admin.moderators.link_label', { application: application.name });
      // Shown on this answer and never again: no redirection, so that no address leads back to it.
      const link = { address: `${issuer}/link/${token}`, label, uses: 1, days: APPOINTMENT_DAYS };
      res.send(await render(person, application, { link }));
    }),
  );

  router.post(
    '/admin/applications/:id/moderators/unlink',
    visits.forAdministrator(async (_person, req, res) => {
      const { id } = await find(param(req, 'id'));
      await appointments.withdraw(id, field(req, 'link'));
      res.redirect(303, `/admin/applications/${id}/moderators?notice=link_void`);
    }),
  );

  return router;
}
