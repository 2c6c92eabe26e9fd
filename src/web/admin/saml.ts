import { Router } from 'express';
import type { Applications } from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import type { OursShown, Saml } from '../../saml/saml.ts';
import { samlPage, type Told } from '../../../views/admin/saml.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { messageFor, type Translate } from '../../../views/text.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { ourSaml } from './understood.ts';

type Needs = {
  applications: Pick<Applications, 'list' | 'serviceProviders'>;
  saml: Pick<Saml, 'ours' | 'prepareCertificate' | 'activateCertificate'>;
  visits: Visits;
};

function warningsOf(t: Translate, { warnings }: OursShown): string[] {
  return warnings.map(({ days }) =>
    days <= 0 ? t('admin.saml.warning_ended') : t('admin.saml.warning_ends', { days }),
  );
}

/** What this instance is to service providers: its values, and the change of its certificate. */
export function samlAdminRoutes({ applications, saml, visits }: Needs): Router {
  const router = Router();

  /** Everybody who has to be given a new certificate: nobody can be seen to have it. */
  async function told(): Promise<Told[]> {
    const names = new Map((await applications.list()).map(({ id, name }) => [id, name]));
    return (await applications.serviceProviders())
      .map(({ id, applicationId, label }) => ({
        label,
        application: names.get(applicationId) ?? label,
        url: `/admin/service-providers/${id}`,
      }))
      .toSorted((a, b) => a.application.localeCompare(b.application) || a.label.localeCompare(b.label));
  }

  async function render(person: Person, form: Form, said?: string): Promise<string> {
    const ours = await saml.ours();
    return samlPage(person.frame, {
      ours: ourSaml(ours),
      warnings: warningsOf(person.frame.t, ours),
      providers: await told(),
      form,
      csrf: person.csrf,
      notice: said,
    });
  }

  router.get(
    '/admin/saml',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await render(person, blank(), notice(req, person.frame.t)));
    }),
  );

  router.post(
    '/admin/saml/prepare',
    visits.forAdministrator(async (person, _req, res) => {
      try {
        await saml.prepareCertificate();
        res.redirect(303, '/admin/saml?notice=certificate_prepared');
      } catch (error) {
        await refuse(person, error, (page) => res.status(422).send(page));
      }
    }),
  );

  router.post(
    '/admin/saml/activate',
    visits.forAdministrator(async (person, req, res) => {
      try {
        if (field(req, 'confirm') === '' && (await applications.serviceProviders()).length > 0)
          throw new SettingsProblem([{ field: 'confirm', code: 'certificate_unconfirmed', params: {} }]);
        await saml.activateCertificate(field(req, 'id'));
        res.redirect(303, '/admin/saml?notice=certificate_activated');
      } catch (error) {
        await refuse(person, error, (page) => res.status(422).send(page));
      }
    }),
  );

  /** The page with what was wrong; that the certificates are others by now is nobody's field. */
  async function refuse(person: Person, error: unknown, send: (page: string) => void): Promise<void> {
    const { t } = person.frame;
    const isLate =
      error instanceof UserError && ['certificate_already_next', 'certificate_not_next'].includes(error.code);
    const form = isLate
      ? { values: {}, errors: [{ field: '', message: messageFor(t, error.code) }] }
      : withError(t, {}, error, {});
    send(await render(person, form));
  }

  return router;
}
