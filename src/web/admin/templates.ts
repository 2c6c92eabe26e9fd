import { Router, type Request, type Response } from 'express';
import {
  clientOfTemplate,
  findTemplate,
  fromTemplate,
  instructionsOf,
  isSecret,
  placeOf,
  presetOf,
  TEMPLATES,
  type Application,
  type Applications,
  type Client,
  type Question,
  type Template,
} from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import { randomId } from '../../storage/seal.ts';
import { chooseTemplatePage } from '../../../views/admin/chooseTemplate.tsx';
import { instructionsPage } from '../../../views/admin/instructions.tsx';
import { instructionsText, inWords, type ShownBlock } from '../../../views/admin/instructionsText.ts';
import { templateQuestionsPage, type ShownQuestion } from '../../../views/admin/templateQuestions.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { sentenceOf, type Translate } from '../../../views/text.ts';
import { blank, field, param, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  applications: Applications;
  config: Pick<Config, 'ALUCO_URL' | 'ALUCO_NAME' | 'ALUCO_ALIAS_DOMAIN'>;
  visits: Visits;
};

/** What the instructions of one application speak of. */
type Subject = { application: Application; client: Client };

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
    address: question.kind === 'address' || question.kind === 'return-address',
    optional: question.optional ?? false,
    options:
      question.kind === 'choice'
        ? question.options.map(({ value, label }) => ({ value, label: sentenceOf(t, label) }))
        : undefined,
  };
}

/** The name that stands for a template; the last one is for whatever else there is. */
const nameOf = (t: Translate, template: Template): string =>
  template.id === 'generic' ? t('admin.template.choose_generic') : template.name;

/** Whether plain text is wanted: by a field of the form, by the address, or by what the caller accepts. */
const wantsText = (req: Request): boolean =>
  field(req, 'format') === 'txt' ||
  req.query['format'] === 'txt' ||
  req.accepts(['text/html', 'text/plain']) === 'text/plain';

/** The page on which one chooses what to add: what we know first, then whatever else there is, then all by hand. */
export function templateChoice(person: Person): string {
  const { t } = person.frame;
  const known = TEMPLATES.map((template) => ({
    name: nameOf(t, template),
    hint: template.id === 'generic' ? t('admin.template.choose_generic_hint') : undefined,
    url: `/admin/applications/new/${template.id}`,
  }));
  const byHand = {
    name: t('admin.template.choose_hand'),
    hint: t('admin.template.choose_hand_hint'),
    url: '/admin/applications/new/by-hand',
  };
  return chooseTemplatePage(person.frame, { choices: [...known, byHand] });
}

/** Pages that add an application from a template, and say what to write into it. */
export function templateRoutes({ applications, config, visits }: Needs): Router {
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

  async function subjectOf(id: string): Promise<Subject> {
    const application = await applications.find(id);
    if (application === undefined) throw new UserError('not_found');
    const client = clientOfTemplate(application, await applications.clientsOf(id));
    if (client === undefined) throw new UserError('not_found');
    return { application, client };
  }

  /** The instructions as a page or as text. Only answers to a form hold the secret: no address leads back to it. */
  function answer(
    person: Person,
    req: Request,
    res: Response,
    { application, client }: Subject,
    more: { secret?: string | undefined; said?: string | undefined } = {},
  ): void {
    const { t } = person.frame;
    const secret = more.secret ?? t('admin.template.secret_here');
    const blocks = instructionsOf(application, { place, clientId: client.id, secret });
    if (blocks === undefined) throw new UserError('not_found');
    const shown: ShownBlock[] = inWords(t, blocks);
    if (wantsText(req)) {
      res.attachment(`aluco-${application.template?.id ?? ''}.txt`).type('text/plain; charset=utf-8');
      res.send(instructionsText(t, t('admin.template.title', { application: application.name }), shown));
      return;
    }
    const path = `/admin/applications/${application.id}/instructions`;
    res.send(
      instructionsPage(person.frame, {
        application: { name: application.name, url: `/admin/applications/${application.id}` },
        blocks: shown,
        csrf: person.csrf,
        textAction: path,
        secret: more.secret,
        newSecretAction: client.secretHash === undefined ? undefined : `${path}/secret`,
        notice: more.said,
      }),
    );
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
      try {
        const { name = '', people = '', ...answers } = values;
        const { application, client, secret } = await applications.addWithClient(
          fromTemplate(template, { name, people, answers }, place),
          once,
        );
        const said = t('admin.template.created', { application: application.name });
        answer(person, req, res, { application, client }, { secret, said });
      } catch (error) {
        if (error instanceof UserError && error.code === 'application_exists') {
          res.redirect(303, `/admin/applications/${once}/instructions?notice=again`);
          return;
        }
        const form = withError(t, values, error, {});
        res.status(422).send(questions(person, template, form, once));
      }
    }),
  );

  router.get(
    '/admin/applications/:id/instructions',
    visits.forAdministrator(async (person, req, res) => {
      const subject = await subjectOf(param(req, 'id'));
      const { name } = subject.application;
      const again = req.query['notice'] === 'again';
      answer(person, req, res, subject, {
        said: again ? person.frame.t('admin.template.again', { application: name }) : undefined,
      });
    }),
  );

  router.post(
    '/admin/applications/:id/instructions',
    visits.forAdministrator(async (person, req, res) => {
      const subject = await subjectOf(param(req, 'id'));
      const given = field(req, 'secret');
      // The page that showed the secret sends it back for the download; nothing else is written into the text.
      const isTheirs = subject.client.secretHash !== undefined && isSecret(given, subject.client.secretHash);
      if (given !== '' && !isTheirs) throw new UserError('request_invalid');
      answer(person, req, res, subject, { secret: isTheirs ? given : undefined });
    }),
  );

  router.post(
    '/admin/applications/:id/instructions/secret',
    visits.forAdministrator(async (person, req, res) => {
      const { application, client: before } = await subjectOf(param(req, 'id'));
      if (before.secretHash === undefined) throw new UserError('request_invalid');
      const { client, secret } = await applications.renewSecret(before.id);
      const said = person.frame.t('admin.client.notice_secret');
      answer(person, req, res, { application, client }, { secret, said });
    }),
  );

  return router;
}
