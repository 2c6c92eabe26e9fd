import { Router, type Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import { isChoice, type Choice, type Saml } from '../../saml/saml.ts';
import { addServiceProviderPage } from '../../../views/admin/addServiceProvider.tsx';
import { chooseEntityPage } from '../../../views/admin/chooseEntity.tsx';
import { serviceProviderByHandPage } from '../../../views/admin/serviceProviderByHand.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Translate } from '../../../views/text.ts';
import { blank, field, param, withError } from '../form.ts';
import { takeMetadata } from '../upload.ts';
import type { Person, Visits } from '../visit.ts';
import { metadataField, readKeys, readSource, typedMetadata, type GivenMetadata } from './metadata-form.ts';
import { problemInWords } from './saml-words.ts';
import { checkSignable, NOTHING_KNOWN, readByHand, readChoices, typedIn, valuesOf } from './service-provider-form.ts';

type Needs = { applications: Applications; saml: Pick<Saml, 'understand' | 'settingsFrom'>; visits: Visits };

/** A form with what is wrong with the metadata in it, or with what was made of it. */
function refused(t: Translate, values: Readonly<Record<string, string>>, error: unknown): Form {
  if (!(error instanceof UserError)) throw error;
  if (
    error instanceof SettingsProblem &&
    error.fields.every(({ field: name }) => name in values || name === 'metadataFile')
  ) {
    return withError(t, values, error, {});
  }
  const message = problemInWords(t, error);
  return { values, errors: [{ field: metadataField(error.code, values, error.params['reason']), message }] };
}

/** Administrators' pages on which a service provider is added to an application. */
export function addServiceProviderRoutes({ applications, saml, visits }: Needs): Router {
  const router = Router();

  async function owner(req: Request): Promise<Application> {
    const found = await applications.find(param(req, 'id'));
    if (found === undefined) throw new UserError('not_found');
    return found;
  }

  const shown = ({ id, name }: Application) => ({ name, url: `/admin/applications/${id}` });
  const pathOf = ({ id }: Application): string => `/admin/applications/${id}/service-providers`;

  const renderAdd = (person: Person, application: Application, form: Form): string =>
    addServiceProviderPage(person.frame, {
      application: shown(application),
      action: `${pathOf(application)}/new`,
      csrf: person.csrf,
      form,
      byHandUrl: `${pathOf(application)}/by-hand`,
    });

  function renderChoice(person: Person, application: Application, choice: Choice, form: Form): string {
    const kept = ['label', 'source', 'metadataUrl', 'metadata', 'keys'];
    return chooseEntityPage(person.frame, {
      application: shown(application),
      action: `${pathOf(application)}/new`,
      csrf: person.csrf,
      form,
      entities: choice.choose,
      count: choice.of,
      kept: [...kept.map((name) => ({ name, value: form.values[name] ?? '' })), { name: 'choosing', value: 'on' }],
    });
  }

  const renderByHand = (person: Person, application: Application, form: Form): string =>
    serviceProviderByHandPage(person.frame, {
      application: shown(application),
      action: `${pathOf(application)}/by-hand`,
      csrf: person.csrf,
      form,
    });

  /** Adds the service provider that the metadata describes, or says between which ones to choose. */
  async function add(application: Application, req: Request, source: GivenMetadata): Promise<string | Choice> {
    const keys = readKeys(req);
    const entityId = field(req, 'otherEntity').trim() || field(req, 'entity') || undefined;
    const understood = await saml.understand(source, { keys, entityId });
    if (isChoice(understood)) return understood;
    const label = field(req, 'label').trim();
    const settings = saml.settingsFrom(understood, { source, keys, ...(label === '' ? {} : { label }) });
    return (await applications.addServiceProvider(application.id, settings)).id;
  }

  /** What there is to choose from, for the page on which one was chosen that cannot be added. */
  async function choices(req: Request): Promise<Choice | undefined> {
    if (field(req, 'choosing') === '') return undefined;
    const found = await saml.understand(readSource(req), { keys: readKeys(req) }).catch(() => undefined);
    return found !== undefined && isChoice(found) ? found : undefined;
  }

  router.get(
    '/admin/applications/:id/service-providers/new',
    visits.forAdministrator(async (person, req, res) => {
      res.send(renderAdd(person, await owner(req), blank({ source: 'url' })));
    }),
  );

  router.post(
    '/admin/applications/:id/service-providers/new',
    visits.forAdministrator(async (person, req, res) => {
      const application = await owner(req);
      const { t } = person.frame;
      const values = typedMetadata(req);
      const chosen = { ...values, entity: field(req, 'entity'), otherEntity: field(req, 'otherEntity') };
      try {
        const made = await add(application, req, readSource(req));
        if (typeof made === 'string')
          return res.redirect(303, `/admin/service-providers/${made}?notice=provider_added`);
        const isUnanswered = field(req, 'choosing') !== '';
        const problem = new SettingsProblem([{ field: 'entity', code: 'choice_required', params: {} }]);
        const form = isUnanswered ? withError(t, chosen, problem, {}) : blank(chosen);
        res.status(isUnanswered ? 422 : 200).send(renderChoice(person, application, made, form));
      } catch (error) {
        const choice = await choices(req);
        res.status(422);
        if (choice === undefined || !(error instanceof UserError)) {
          res.send(renderAdd(person, application, refused(t, values, error)));
          return;
        }
        const name = chosen.otherEntity.trim() === '' ? 'entity' : 'otherEntity';
        const form = { values: chosen, errors: [{ field: name, message: problemInWords(t, error) }] };
        res.send(renderChoice(person, application, choice, form));
      }
    }, takeMetadata),
  );

  router.get(
    '/admin/applications/:id/service-providers/by-hand',
    visits.forAdministrator(async (person, req, res) => {
      res.send(renderByHand(person, await owner(req), blank(valuesOf(NOTHING_KNOWN))));
    }),
  );

  router.post(
    '/admin/applications/:id/service-providers/by-hand',
    visits.forAdministrator(async (person, req, res) => {
      const application = await owner(req);
      try {
        const settings = { ...readByHand(req, NOTHING_KNOWN), ...readChoices(req) };
        checkSignable(settings);
        const { id } = await applications.addServiceProvider(application.id, settings);
        res.redirect(303, `/admin/service-providers/${id}?notice=provider_added`);
      } catch (error) {
        const form = withError(person.frame.t, typedIn(req), error, { entity_id_taken: 'entityId' });
        res.status(422).send(renderByHand(person, application, form));
      }
    }),
  );

  return router;
}
