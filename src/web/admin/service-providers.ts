import { Router } from 'express';
import type { Application, Applications, ServiceProvider } from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import type { Saml } from '../../saml/saml.ts';
import { serviceProviderPage } from '../../../views/admin/serviceProvider.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { takeMetadata } from '../upload.ts';
import type { Person, Visits } from '../visit.ts';
import { pastedMetadata } from './metadata-form.ts';
import { problemInWords } from './saml-words.ts';
import { checkSignable, readByHand, readChoices, typedIn, valuesOf } from './service-provider-form.ts';
import { ourSaml, sourceOf, understoodOf } from './understood.ts';

type Needs = {
  applications: Applications;
  now: () => number;
  saml: Pick<Saml, 'ours' | 'refresh' | 'replaceMetadata'>;
  visits: Visits;
};

/** Administrators' pages of the service providers of applications. */
export function serviceProviderRoutes({ applications, now, saml, visits }: Needs): Router {
  const router = Router();

  async function applicationOf({ applicationId }: ServiceProvider): Promise<Application> {
    const found = await applications.find(applicationId);
    if (found === undefined) throw new UserError('not_found');
    return found;
  }

  async function render(
    person: Person,
    provider: ServiceProvider,
    more: { form?: Form; metadataForm?: Form; said?: string | undefined } = {},
  ): Promise<string> {
    const { frame, csrf } = person;
    const application = await applicationOf(provider);
    const problem = provider.metadata?.problem;
    const path = `/admin/applications/${application.id}`;
    return serviceProviderPage(frame, {
      label: provider.label,
      application: { name: application.name, url: path },
      path: `/admin/service-providers/${provider.id}`,
      csrf,
      form: more.form ?? blank(valuesOf(provider)),
      metadataForm: more.metadataForm ?? blank(),
      ours: ourSaml(await saml.ours()),
      understood: understoodOf(frame, provider, now()),
      byHand: provider.metadata === undefined,
      source: sourceOf(frame, provider, now()),
      problem: problem === undefined ? undefined : problemInWords(frame.t, problem),
      refreshes: provider.metadata?.url !== undefined,
      tryUrl: `${path}/try`,
      notice: more.said,
    });
  }

  router.get(
    '/admin/service-providers/:id',
    visits.forAdministrator(async (person, req, res) => {
      const provider = await applications.getServiceProvider(param(req, 'id'));
      res.send(await render(person, provider, { said: notice(req, person.frame.t) }));
    }),
  );

  router.post(
    '/admin/service-providers/:id',
    visits.forAdministrator(async (person, req, res) => {
      const id = param(req, 'id');
      try {
        await applications.changeServiceProvider(id, (before) => {
          const byHand = before.metadata === undefined ? readByHand(req, before) : {};
          const after = { ...before, ...byHand, ...readChoices(req) };
          checkSignable(after);
          return after;
        });
        res.redirect(303, `/admin/service-providers/${id}?notice=saved`);
      } catch (error) {
        const provider = await applications.getServiceProvider(id);
        const form = withError(person.frame.t, typedIn(req), error, { entity_id_taken: 'entityId' });
        res.status(422).send(await render(person, provider, { form }));
      }
    }),
  );

  router.post(
    '/admin/service-providers/:id/refresh',
    visits.forAdministrator(async (_person, req, res) => {
      const { id, metadata } = await saml.refresh(param(req, 'id'));
      // Why it failed stands on the page, with what stays.
      const said = metadata?.problem === undefined ? '?notice=metadata_read' : '#metadata-heading';
      res.redirect(303, `/admin/service-providers/${id}${said}`);
    }),
  );

  router.post(
    '/admin/service-providers/:id/metadata',
    visits.forAdministrator(async (person, req, res) => {
      const { t } = person.frame;
      const before = await applications.getServiceProvider(param(req, 'id'));
      try {
        const xml = pastedMetadata(req);
        if (xml === '') throw new SettingsProblem([{ field: 'metadata', code: 'metadata_required', params: {} }]);
        await saml.replaceMetadata(before.id, xml);
        res.redirect(303, `/admin/service-providers/${before.id}?notice=metadata_read`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const message = problemInWords(t, error);
        const name = req.file === undefined ? 'metadata' : 'metadataFile';
        const metadataForm = { values: { metadata: field(req, 'metadata') }, errors: [{ field: name, message }] };
        const provider = await applications.getServiceProvider(before.id);
        res.status(422).send(await render(person, provider, { metadataForm }));
      }
    }, takeMetadata),
  );

  router.post(
    '/admin/service-providers/:id/remove',
    visits.forAdministrator(async (_person, req, res) => {
      const { id, applicationId } = await applications.getServiceProvider(param(req, 'id'));
      await applications.removeServiceProvider(id);
      res.redirect(303, `/admin/applications/${applicationId}?notice=provider_removed`);
    }),
  );

  return router;
}
