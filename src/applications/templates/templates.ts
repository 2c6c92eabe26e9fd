import { SettingsProblem, type FieldProblem } from '../../errors.ts';
import { CLIENT_DEFAULTS, isReturnAddress, type ClientSettings } from '../client-settings.ts';
import { isEntityId, SERVICE_PROVIDER_DEFAULTS, type ServiceProviderSettings } from '../service-provider-settings.ts';
import { APPLICATION_DEFAULTS, PEOPLE, type ApplicationSettings } from '../settings.ts';
import { flarumSaml } from './flarum-saml.ts';
import { genericSaml } from './generic-saml.ts';
import { generic } from './generic.ts';
import { gitlabSaml } from './gitlab-saml.ts';
import { gitlab } from './gitlab.ts';
import { grafana } from './grafana.ts';
import { mastodonSaml } from './mastodon-saml.ts';
import { mastodon } from './mastodon.ts';
import { nextcloudSaml } from './nextcloud-saml.ts';
import { nextcloud } from './nextcloud.ts';
import { peertube } from './peertube.ts';
import { pixelfed } from './pixelfed.ts';
import { seafileSaml } from './seafile-saml.ts';
import { synapseSaml } from './synapse-saml.ts';
import { synapse } from './synapse.ts';
import type { Answers, Block, Place, Question, SamlPlace, Template } from './template.ts';

/**
 * The applications we know, in the order in which they are offered: of two ways of one application OpenID Connect
 * first, and whatever else there is last.
 */
export const TEMPLATES: readonly Template[] = [
  mastodon,
  mastodonSaml,
  pixelfed,
  peertube,
  synapse,
  synapseSaml,
  nextcloud,
  nextcloudSaml,
  gitlab,
  gitlabSaml,
  grafana,
  flarumSaml,
  seafileSaml,
  generic,
  genericSaml,
];

/** What may be said of the people an application has already, when it is added. */
export const PEOPLE_AT_FIRST = PEOPLE.filter((people) => people !== 'imported');

const LONGEST_ADDRESS = 200;
const LONGEST_TEXT = 100;
/** As long as an answer may be that is kept with the application. */
const LONGEST_KEPT = 500;

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
  if (uri.length <= LONGEST_KEPT && isReturnAddress(uri)) return { value: uri };
  return { code: 'redirect_uri_invalid', params: { uri: uri.slice(0, 200) } };
}

function checkEndpoint(url: string): Checked {
  const isWeb = url.length <= LONGEST_KEPT && isReturnAddress(url) && /^https?:/u.test(url);
  return isWeb ? { value: url } : { code: 'url_invalid', params: {} };
}

function checkEntityId(entityId: string): Checked {
  return isEntityId(entityId) && Buffer.byteLength(entityId) <= LONGEST_KEPT
    ? { value: entityId }
    : { code: 'entity_id_invalid', params: {} };
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

/** What is said where an answer is missing. */
const REQUIRED: Readonly<Record<Question['kind'], string>> = {
  address: 'url_invalid',
  'return-address': 'url_invalid',
  endpoint: 'url_invalid',
  'entity-id': 'entity_id_invalid',
  text: 'answer_required',
  choice: 'choice_required',
};

function checkAnswer(template: Template, question: Question, given: string, place: Place): Checked {
  const answer = given.trim() === '' ? presetOf(question, place) : given;
  if (answer.trim() === '') {
    if (question.optional) return { value: '' };
    return { code: REQUIRED[question.kind], params: {} };
  }
  if (question.kind === 'address') return checkAddress(answer.trim(), question.path);
  if (question.kind === 'return-address') return checkReturnAddress(answer.trim());
  if (question.kind === 'endpoint') return checkEndpoint(answer.trim());
  if (question.kind === 'entity-id') return checkEntityId(answer.trim());
  if (question.kind === 'text') return checkText(template, question, answer);
  const isOffered = question.options.some(({ value }) => value === answer);
  return isOffered ? { value: answer } : { code: 'choice_required', params: {} };
}

/** What an administrator says of a new application. */
export type Given = { name: string; people: string; answers: Answers };

/** What is to be added. */
export type FromTemplate = { application: ApplicationSettings } & (
  | { protocol: 'oidc'; client: Omit<ClientSettings, 'secretHash'> }
  | { protocol: 'saml'; serviceProvider: ServiceProviderSettings }
);

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
  const application = {
    ...APPLICATION_DEFAULTS,
    name,
    homeUrl: `${answers['address'] ?? ''}/`,
    ...template.application(answers),
    people,
    template: { id: template.id, answers },
  };
  const label = template.name;
  if (template.protocol === 'oidc') {
    return { protocol: 'oidc', application, client: { ...CLIENT_DEFAULTS, label, ...template.client(answers) } };
  }
  const serviceProvider = { ...SERVICE_PROVIDER_DEFAULTS, label, ...template.serviceProvider(answers) };
  return { protocol: 'saml', application, serviceProvider };
}

/** The client or service provider that the instructions of an application speak of. */
export type Subject<C, S> = { protocol: 'oidc'; client: C } | { protocol: 'saml'; serviceProvider: S };

/**
 * The one among those of an application that its template made: the client with the template's return address, the
 * service provider with its entity ID.
 */
export function subjectOfTemplate<
  C extends Pick<ClientSettings, 'redirectUris'>,
  S extends Pick<ServiceProviderSettings, 'entityId'>,
>(
  application: Pick<ApplicationSettings, 'template'>,
  all: { clients: readonly C[]; serviceProviders: readonly S[] },
): Subject<C, S> | undefined {
  const { id = '', answers = {} } = application.template ?? {};
  const template = findTemplate(id);
  if (template?.protocol === 'oidc') {
    const [uri] = template.client(answers).redirectUris;
    const client = all.clients.find(({ redirectUris }) => uri !== undefined && redirectUris.includes(uri));
    return client && { protocol: 'oidc', client };
  }
  const { entityId } = template?.serviceProvider(answers) ?? {};
  const serviceProvider = all.serviceProviders.find((one) => one.entityId === entityId);
  return serviceProvider && { protocol: 'saml', serviceProvider };
}

/** What instructions are filled in with beside the answers. */
export type Filling = { place: Place } & (
  { protocol: 'oidc'; clientId: string; secret: string } | { protocol: 'saml'; saml: SamlPlace }
);

/** Steps that attach accounts by hand, in the place of which all of them are imported and linked. */
function imported(block: Block): Block {
  if (block.kind !== 'steps' || !block.lines.some(({ byHand }) => byHand === true)) return block;
  const rest = block.lines.filter(({ byHand }) => byHand !== true);
  return {
    ...block,
    lines: [{ key: 'admin.template.existing_import' }, { key: 'admin.template.existing_link' }, ...rest],
  };
}

/**
 * How the application is set up, and what is done with the people it has already; nothing where it was not made from a
 * template of this kind that we still have.
 */
export function instructionsOf(
  application: Pick<ApplicationSettings, 'template'> & Partial<Pick<ApplicationSettings, 'people'>>,
  filling: Filling,
): readonly Block[] | undefined {
  const blocks = blocksOf(application, filling);
  const { people } = application;
  return people === 'awaited' || people === 'imported' ? blocks?.map(imported) : blocks;
}

function blocksOf(application: Pick<ApplicationSettings, 'template'>, filling: Filling): readonly Block[] | undefined {
  const { id = '', answers = {} } = application.template ?? {};
  const template = findTemplate(id);
  if (template?.protocol === 'oidc' && filling.protocol === 'oidc') {
    return template.instructions({ ...filling, answers });
  }
  if (template?.protocol === 'saml' && filling.protocol === 'saml') {
    return template.instructions({ ...filling, answers });
  }
  return undefined;
}
