import { Router, type Request, type Response } from 'express';
import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  isSecret,
  placeOf,
  presetOf,
  subjectOfTemplate,
  TEMPLATES,
  type Application,
  type Applications,
  type Client,
  type Given,
  type Question,
  samlPlaceOf,
  type ServiceProvider,
  type Subject,
  type Template,
} from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Saml } from '../../saml/saml.ts';
import { randomId } from '../../storage/seal.ts';
import { chooseTemplatePage } from '../../../views/admin/chooseTemplate.tsx';
import { instructionsPage } from '../../../views/admin/instructions.tsx';
import { instructionsText, inWords } from '../../../views/admin/instructionsText.ts';
import { templateQuestionsPage, type ShownQuestion } from '../../../views/admin/templateQuestions.tsx';
import type { ShownBlock } from '../../../views/parts/Instructions.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { sentenceOf, type Translate } from '../../../views/text.ts';
import { blank, field, param, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  applications: Applications;
  config: Pick<Config, 'ALUCO_URL' | 'ALUCO_NAME' | 'ALUCO_ALIAS_DOMAIN'>;
  /** This instance as an identity provider, with the certificate that signs at this moment. */
  saml: Pick<Saml, 'ours'>;
  visits: Visits;
};

/** An application, and what its instructions speak of. */
type Told = { application: Application; subject: Subject<Client, ServiceProvider> };

function templateOf(req: Request): Template {
  const id: unknown = req.params['template'];
  const template = typeof id === 'string' ? findTemplate(id) : undefined;
  if (template === undefined) throw new UserError('not_found');
  return template;
}

function shownQuestion(t: Translate, question: Question): ShownQuestion {
  return {
    name: question.key,
    label: sentenceOf(t, question.label),
    hint: question.hint === undefined ? undefined : sentenceOf(t, question.hint),
    address: question.kind === 'address' || question.kind === 'return-address' || question.kind === 'endpoint',
    optional: question.optional ?? false,
    options:
      question.kind === 'choice'
        ? question.options.map(({ value, label }) => ({ value, label: sentenceOf(t, label) }))
        : undefined,
  };
}

/** The name that stands for a template; `generic` is for whatever else there is. SAML is said, the other way is not. */
function nameOf(t: Translate, { id, name, protocol }: Template): string {
  const application = id.startsWith('generic') ? t('admin.template.choose_generic') : name;
  return protocol === 'saml' ? t('admin.template.name_saml', { application }) : application;
}

/** Whether plain text is wanted: by a field of the form, by the address, or by what the caller accepts. */
const wantsText = (req: Request): boolean =>
  field(req, 'format') === 'txt' ||
  req.query['format'] === 'txt' ||
  req.accepts(['text/html', 'text/plain']) === 'text/plain';

/**
 * The page on which one chooses what to add: what we know first, then whatever else there is, then all by hand. Where an
 * application can be added in two ways, SAML stands beside it as the other one.
 */
export function templateChoice(person: Person): string {
  const { t } = person.frame;
  const urlOf = ({ id }: Template): string => `/admin/applications/new/${id}`;
  const first = TEMPLATES.filter((template) => template.protocol === 'oidc' || template.besides === undefined);
  const known = first.map((template) => {
    const other = TEMPLATES.find((one) => one.protocol === 'saml' && one.besides === template.id);
    return {
      name: nameOf(t, template),
      hint: template.id === 'generic' ? t('admin.template.choose_generic_hint') : undefined,
      url: urlOf(template),
      other: other && { name: nameOf(t, other), url: urlOf(other) },
    };
  });
  const byHand = {
    name: t('admin.template.choose_hand'),
    hint: t('admin.template.choose_hand_hint'),
    url: '/admin/applications/new/by-hand',
  };
  return chooseTemplatePage(person.frame, { choices: [...known, byHand] });
}

/** Pages that add an application from a template, and say what to write into it. */
export function templateRoutes({ applications, config, saml, visits }: Needs): Router {
  const router = Router();
  const place = placeOf(config);

  function questions(person: Person, template: Template, form: Form, once: string): string {
    const { t } = person.frame;
    return templateQuestionsPage(person.frame, {
      application: nameOf(t, template),
      action: `/admin/applications/new/${template.id}`,
      csrf: person.csrf,
      form,
      questions: template.questions.map((question) => shownQuestion(t, question)),
      once,
      example: `${template.name} ${config.ALUCO_NAME}`,
    });
  }

  async function told(id: string): Promise<Told> {
    const application = await applications.find(id);
    if (application === undefined) throw new UserError('not_found');
    const subject = subjectOfTemplate(application, {
      clients: await applications.clientsOf(id),
      serviceProviders: await applications.serviceProvidersOf(id),
    });
    if (subject === undefined) throw new UserError('not_found');
    return { application, subject };
  }

  /** The same for a client that has a secret. */
  async function toldWithSecret(id: string): Promise<{ application: Application; client: Client; secretHash: string }> {
    const { application, subject } = await told(id);
    if (subject.protocol !== 'oidc') throw new UserError('request_invalid');
    const { client } = subject;
    if (client.secretHash === undefined) throw new UserError('request_invalid');
    return { application, client, secretHash: client.secretHash };
  }

  async function blocksOf(t: Translate, { application, subject }: Told, secret?: string): Promise<ShownBlock[]> {
    const blocks = instructionsOf(
      application,
      subject.protocol === 'saml'
        ? { protocol: 'saml', place, saml: samlPlaceOf(await saml.ours()) }
        : { protocol: 'oidc', place, clientId: subject.client.id, secret: secret ?? t('admin.template.secret_here') },
    );
    if (blocks === undefined) throw new UserError('not_found');
    return inWords(t, blocks);
  }

  /** The instructions as a page or as text. Only answers to a form hold the secret: no address leads back to it. */
  async function answer(
    person: Person,
    req: Request,
    res: Response,
    about: Told,
    more: { secret?: string | undefined; said?: string | undefined } = {},
  ): Promise<void> {
    const { t } = person.frame;
    const { application, subject } = about;
    const blocks = await blocksOf(t, about, more.secret);
    if (wantsText(req)) {
      res.attachment(`aluco-${application.template?.id ?? ''}.txt`).type('text/plain; charset=utf-8');
      res.send(instructionsText(t, t('admin.template.title', { application: application.name }), blocks));
      return;
    }
    const path = `/admin/applications/${application.id}/instructions`;
    const hasSecret = subject.protocol === 'oidc' && subject.client.secretHash !== undefined;
    res.send(
      instructionsPage(person.frame, {
        application: { name: application.name, url: `/admin/applications/${application.id}` },
        blocks,
        csrf: person.csrf,
        textAction: path,
        secret: more.secret,
        newSecretAction: hasSecret ? `${path}/secret` : undefined,
        notice: more.said,
      }),
    );
  }

  /** Adds what was asked for; `once` tells a form that is sent twice. */
  async function add(template: Template, given: Given, once: string): Promise<Told & { secret?: string | undefined }> {
    const made = fromTemplate(template, given, place);
    if (made.protocol === 'saml') {
      const { application, serviceProvider } = await applications.addWithServiceProvider(made, once);
      return { application, subject: { protocol: 'saml', serviceProvider } };
    }
    const { application, client, secret } = await applications.addWithClient(made, once);
    return { application, subject: { protocol: 'oidc', client }, secret };
  }

  router.get(
    '/admin/applications/new/:template',
    visits.forAdministrator((person, req, res) => {
      const template = templateOf(req);
      const presets = template.questions.map((question) => [question.key, presetOf(question, place)] as const);
      res.send(questions(person, template, blank(Object.fromEntries(presets)), randomId()));
    }),
  );

  router.post(
    '/admin/applications/new/:template',
    visits.forAdministrator(async (person, req, res) => {
      const template = templateOf(req);
      const { t } = person.frame;
      const keys = ['name', 'people', ...template.questions.map(({ key }) => key)];
      const values = Object.fromEntries(keys.map((key) => [key, field(req, key)]));
      const once = /^[\w-]{22}$/u.test(field(req, 'once')) ? field(req, 'once') : randomId();
      const { name = '', people = '', ...answers } = values;
      try {
        const added = await add(template, { name, people, answers }, once);
        const said = t('admin.template.created', { application: added.application.name });
        await answer(person, req, res, added, { secret: added.secret, said });
      } catch (error) {
        if (error instanceof UserError && error.code === 'application_exists') {
          res.redirect(303, `/admin/applications/${once}/instructions?notice=again`);
          return;
        }
        // What an application calls itself follows from its address, where it is not asked for.
        const form = withError(t, values, error, { entity_id_taken: 'entity' in answers ? 'entity' : 'address' });
        res.status(422).send(questions(person, template, form, once));
      }
    }),
  );

  router.get(
    '/admin/applications/:id/instructions',
    visits.forAdministrator(async (person, req, res) => {
      const { t } = person.frame;
      const about = await told(param(req, 'id'));
      const { name } = about.application;
      const again = about.subject.protocol === 'oidc' ? 'admin.template.again' : 'admin.template.again_saml';
      await answer(person, req, res, about, {
        said: req.query['notice'] === 'again' ? t(again, { application: name }) : undefined,
      });
    }),
  );

  router.post(
    '/admin/applications/:id/instructions',
    visits.forAdministrator(async (person, req, res) => {
      const given = field(req, 'secret');
      if (given === '') {
        await answer(person, req, res, await told(param(req, 'id')));
        return;
      }
      const { application, client, secretHash } = await toldWithSecret(param(req, 'id'));
      // The page that showed the secret sends it back for the download; nothing else is written into the text.
      if (!isSecret(given, secretHash)) throw new UserError('request_invalid');
      await answer(person, req, res, { application, subject: { protocol: 'oidc', client } }, { secret: given });
    }),
  );

  router.post(
    '/admin/applications/:id/instructions/secret',
    visits.forAdministrator(async (person, req, res) => {
      const { application, client: before } = await toldWithSecret(param(req, 'id'));
      const { client, secret } = await applications.renewSecret(before.id);
      const said = person.frame.t('admin.client.notice_secret');
      await answer(person, req, res, { application, subject: { protocol: 'oidc', client } }, { secret, said });
    }),
  );

  return router;
}
