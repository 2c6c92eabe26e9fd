import {
  findTemplate,
  fromTemplate,
  instructionsOf,
  PEOPLE_AT_FIRST,
  placeOf,
  samlPlaceOf,
  subjectOfTemplate,
  TEMPLATES,
} from '../applications/applications.ts';
import type { Parts } from '../parts.ts';
import { instructionsText, inWords } from '../../views/admin/instructionsText.ts';
import { translator } from '../../views/text.ts';
import { all, one, UsageError, word, type Terminal, type Values, type Verbs } from './verb.ts';

/** `KEY=VALUE`, as often as needed; the value is everything after the first `=`. */
function answersIn(values: Values): Record<string, string> {
  const pairs = all(values, 'answer').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError('--answer is written KEY=VALUE');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Prints what to do in the application, in the language of the instance. `secret`: words stand in its place without. */
async function printInstructions(
  { applications, config, saml }: Pick<Parts, 'applications' | 'config' | 'saml'>,
  id: string,
  { out }: Terminal,
  secret?: string,
): Promise<void> {
  const t = translator(config.ALUCO_LANGUAGE);
  const place = placeOf(config);
  const application = await applications.get(id);
  const subject = subjectOfTemplate(application, {
    clients: await applications.clientsOf(id),
    serviceProviders: await applications.serviceProvidersOf(id),
  });
  if (subject === undefined) throw new UsageError('this application was not made from a template');
  const blocks = instructionsOf(
    application,
    subject.protocol === 'saml'
      ? { protocol: 'saml', place, saml: samlPlaceOf(await saml.ours()) }
      : { protocol: 'oidc', place, clientId: subject.client.id, secret: secret ?? t('admin.template.secret_here') },
  );
  out(instructionsText(t, t('admin.template.title', { application: application.name }), inWords(t, blocks ?? [])));
}

/**
 * Makes an application from a template, and says what to write into it. The secret is shown this once. `changes`:
 * settings that were given as well.
 */
export async function addFromTemplate(
  parts: Parts,
  words: readonly string[],
  values: Values,
  changes: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const template = findTemplate(one(values, 'template') ?? '');
  if (template === undefined) {
    throw new UsageError(`--template is one of ${TEMPLATES.map(({ id }) => id).join(', ')}`);
  }
  const answers = answersIn(values);
  const unknown = Object.keys(answers).find((key) => !template.questions.some((question) => question.key === key));
  if (unknown !== undefined) {
    throw new UsageError(`${template.id} asks ${template.questions.map(({ key }) => key).join(', ')}, not ${unknown}`);
  }
  const people = one(values, 'people');
  if (people === undefined) throw new UsageError(`--people is one of ${PEOPLE_AT_FIRST.join(', ')}`);
  const given = { name: words[0] ?? template.name, people, answers };
  const made = fromTemplate(template, given, placeOf(parts.config));
  const whole = { ...made.application, ...changes };
  if (made.protocol === 'saml') {
    const { serviceProvider } = made;
    const added = await parts.applications.addWithServiceProvider({ application: whole, serviceProvider });
    terminal.out(added.application.id);
    terminal.out(`service_provider ${added.serviceProvider.id}`);
    terminal.out(`entity_id ${added.serviceProvider.entityId}`);
    terminal.out('');
    await printInstructions(parts, added.application.id, terminal);
    return;
  }
  const added = await parts.applications.addWithClient({ application: whole, client: made.client });
  terminal.out(added.application.id);
  terminal.out(`client_id ${added.client.id}`);
  if (added.secret !== undefined) terminal.out(`client_secret ${added.secret}`);
  terminal.out('');
  await printInstructions(parts, added.application.id, terminal, added.secret);
}

/** Commands about what we know of applications. */
export const templateVerbs: Verbs = {
  'application templates': {
    usage: 'application templates',
    meaning: 'lists the templates and the answers that each one takes',
    options: {},
    async run(_parts, _words, _values, { out }) {
      for (const { id, questions } of TEMPLATES) {
        const asked = questions.map((question) => {
          const { key, kind, optional, preset } = question;
          const shape = kind === 'choice' ? question.options.map(({ value }) => value).join('|') : kind.toUpperCase();
          return optional === undefined && preset === undefined ? `${key}=${shape}` : `[${key}=${shape}]`;
        });
        out(`${id} ${asked.join(' ')}`);
      }
    },
  },
  'application instructions': {
    usage: 'application instructions ID',
    meaning: 'says again what to write into an application that was made from a template, without the secret',
    options: {},
    run: (parts, words, _values, terminal) => printInstructions(parts, word(words, 0, 'the id'), terminal),
  },
};
