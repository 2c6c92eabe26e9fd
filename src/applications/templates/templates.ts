import { SettingsProblem, type FieldProblem } from '../../errors.ts';
import { CLIENT_DEFAULTS, isReturnAddress, type ClientSettings } from '../client-settings.ts';
import { APPLICATION_DEFAULTS, PEOPLE, type ApplicationSettings } from '../settings.ts';
import { generic } from './generic.ts';
import { gitlab } from './gitlab.ts';
import { grafana } from './grafana.ts';
import { mastodon } from './mastodon.ts';
import { nextcloud } from './nextcloud.ts';
import { peertube } from './peertube.ts';
import { pixelfed } from './pixelfed.ts';
import { synapse } from './synapse.ts';
import type { Answers, Block, Place, Question, Template } from './template.ts';

/** The applications we know, in the order in which they are offered; whatever else there is comes last. */
export const TEMPLATES: readonly Template[] = [
  mastodon,
  pixelfed,
  peertube,
  synapse,
  nextcloud,
  gitlab,
  grafana,
  generic,
];

/** What may be said of the people an application has already, when it is added. */
export const PEOPLE_AT_FIRST = PEOPLE.filter((people) => people !== 'imported');

const LONGEST_ADDRESS = 200;
const LONGEST_TEXT = 100;

/**
 * One line of text that every format can carry: no control character, no line or paragraph end of Unicode, no half of a
 * character, nothing that is no character.
 */
const isLine = (text: string): boolean => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u.test(text);

type Checked = { value: string } | Omit<FieldProblem, 'field'>;

/** The address without what says nothing: a slash at the end, the scheme's own port, capitals of the host. */
function checkAddress(text: string, path: 'allowed' | 'none'): Checked {
  const invalid = { code: 'url_invalid', params: {} };
  if (text.length > LONGEST_ADDRESS || !isReturnAddress(text)) return invalid;
  const url = new URL(text);
  if (!/^https?:$/u.test(url.protocol) || url.search !== '' || text.includes('?')) return invalid;
  const folder = url.pathname.replace(/\/+$/u, '');
  if (path === 'none' && folder !== '') return { code: 'address_with_path', params: {} };
  return { value: `${url.origin}${folder}` };
}

function checkReturnAddress(uri: string): Checked {
  // As long as an answer may be that is kept with the application.
  if (uri.length <= 500 && isReturnAddress(uri)) return { value: uri };
  return { code: 'redirect_uri_invalid', params: { uri: uri.slice(0, 200) } };
}

function checkText(template: Template, question: Question & { kind: 'text' }, text: string): Checked {
  if (!isLine(text)) return { code: 'answer_line', params: {} };
  if ([...text].length > LONGEST_TEXT) return { code: 'answer_too_long', params: { max: LONGEST_TEXT } };
  if (question.writable?.(text) === false) {
    return { code: 'answer_unwritable', params: { application: template.name } };
  }
  return { value: text };
}

/** What stands in the form before anybody typed. */
export function presetOf({ preset }: Question, place: Place): string {
  return preset === 'instance' ? place.name : (preset?.value ?? '');
}

function checkAnswer(template: Template, question: Question, given: string, place: Place): Checked {
  const answer = given.trim() === '' ? presetOf(question, place) : given;
  if (answer.trim() === '') {
    if (question.optional) return { value: '' };
    const code = question.kind === 'choice' ? 'choice_required' : 'url_invalid';
    return { code: question.kind === 'text' ? 'answer_required' : code, params: {} };
  }
  if (question.kind === 'address') return checkAddress(answer.trim(), question.path);
  if (question.kind === 'return-address') return checkReturnAddress(answer.trim());
  if (question.kind === 'text') return checkText(template, question, answer);
  const isOffered = question.options.some(({ value }) => value === answer);
  return isOffered ? { value: answer } : { code: 'choice_required', params: {} };
}

/** What an administrator says of a new application. */
export type Given = { name: string; people: string; answers: Answers };

export type FromTemplate = {
  application: ApplicationSettings;
  client: Omit<ClientSettings, 'secretHash'>;
};

/** The template of this id. */
export function findTemplate(id: string): Template | undefined {
  return TEMPLATES.find((template) => template.id === id);
}

/**
 * The settings that follow from the answers. Nobody may enter until the administrator says who.
 * @throws {SettingsProblem} with everything that is wrong with the answers; `field` is the key of the question, or
 * `name`, or `people`.
 */
export function fromTemplate(template: Template, given: Given, place: Place): FromTemplate {
  const problems: FieldProblem[] = [];
  const name = given.name.trim();
  if (name === '' || name.length > 60 || !isLine(name)) {
    problems.push({ field: 'name', code: 'application_name_required', params: {} });
  }
  const answers: Record<string, string> = {};
  for (const question of template.questions) {
    const checked = checkAnswer(template, question, given.answers[question.key] ?? '', place);
    if ('value' in checked) answers[question.key] = checked.value;
    else problems.push({ field: question.key, ...checked });
  }
  const people = PEOPLE_AT_FIRST.find((known) => known === given.people);
  if (people === undefined) problems.push({ field: 'people', code: 'choice_required', params: {} });
  if (problems.length > 0 || people === undefined) throw new SettingsProblem(problems);
  return {
    application: {
      ...APPLICATION_DEFAULTS,
      name,
      homeUrl: `${answers['address'] ?? ''}/`,
      ...template.application(answers),
      people,
      template: { id: template.id, answers },
    },
    client: { ...CLIENT_DEFAULTS, label: template.name, ...template.client(answers) },
  };
}

/** The client that an application's instructions speak of: the one with the template's return address. */
export function clientOfTemplate<C extends Pick<ClientSettings, 'redirectUris'>>(
  application: Pick<ApplicationSettings, 'template'>,
  clients: readonly C[],
): C | undefined {
  const { id = '', answers = {} } = application.template ?? {};
  const [uri] = findTemplate(id)?.client(answers).redirectUris ?? [];
  return clients.find(({ redirectUris }) => uri !== undefined && redirectUris.includes(uri));
}

/** How the application is set up; nothing where it was not made from a template that we still have. */
export function instructionsOf(
  application: Pick<ApplicationSettings, 'template'>,
  filled: { place: Place; clientId: string; secret: string },
): readonly Block[] | undefined {
  const { id = '', answers = {} } = application.template ?? {};
  return findTemplate(id)?.instructions({ ...filled, answers });
}
