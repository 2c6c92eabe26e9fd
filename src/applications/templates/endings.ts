import type { ApplicationSettings } from '../settings.ts';
import { ruby, shell } from './quoting.ts';
import { answerTo, code, steps, type Block, type Step } from './template.ts';

/** Where an application is and what a profile is called there. */
type There = { readonly address: string; readonly name: string };

/** What ends a person's sessions at an application: its own pages, its own commands. */
type Endings = (there: There) => readonly Block[];

const PAGE = 'moderation.endings.page';
const COMMAND = 'moderation.endings.command';

const open = (url: string): Step => ({ key: 'moderation.endings.open', params: { url } });
const unverified = (step: Step): Step => ({ ...step, unverified: true });
const word = (name: string): string => encodeURIComponent(name);

/** A name as the last words of a command: one that begins with a dash would be taken for an option. */
const last = (name: string): string => (name.startsWith('-') ? `-- ${shell(name)}` : shell(name));

/** A command that was not seen in the application's own source. */
const guessed = (...lines: readonly string[]): Block => ({ kind: 'code', title: COMMAND, lines, verified: false });

const mastodon: Endings = ({ address, name }) => [
  steps(PAGE, [
    open(`${address}/admin/accounts?username=${word(name)}`),
    { key: 'moderation.endings.mastodon', params: { name } },
  ]),
  code(COMMAND, [`RAILS_ENV=production bin/tootctl accounts modify --disable ${last(name)}`]),
];

const pixelfed: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/i/admin/users`)),
    unverified({ key: 'moderation.endings.pixelfed', params: { name } }),
  ]),
  code(COMMAND, [`php artisan user:suspend ${last(name)}`]),
];

const peertube: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/admin/overview/users/list?search=${word(name)}`)),
    unverified({ key: 'moderation.endings.peertube', params: { name } }),
  ]),
];

/** What comes after the colon of a Matrix user is the name of the server, which its address need not be. */
const synapse: Endings = ({ address, name }) => [
  steps(COMMAND, [{ key: 'moderation.endings.synapse', params: { name, server: 'SERVER', token: 'TOKEN' } }]),
  code(COMMAND, [
    `curl -X PUT -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' -d '{"locked": true}' ${shell(
      `${address}/_synapse/admin/v2/users/%40${word(name)}%3ASERVER`,
    )}`,
  ]),
];

const nextcloud: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/index.php/settings/users`)),
    { key: 'moderation.endings.nextcloud', params: { name } },
  ]),
  code(COMMAND, [`sudo -u www-data php occ user:disable ${last(name)}`]),
];

const gitlab: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/admin/users?search_query=${word(name)}`)),
    unverified({ key: 'moderation.endings.gitlab', params: { name } }),
  ]),
  guessed(`sudo gitlab-rails runner ${shell(`User.find_by_username(${ruby(name)})&.block`)}`),
];

const grafana: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/admin/users`)),
    unverified({ key: 'moderation.endings.grafana', params: { name } }),
  ]),
];

const flarum: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/u/${word(name)}`)),
    unverified({ key: 'moderation.endings.flarum', params: { name } }),
  ]),
];

const seafile: Endings = ({ address, name }) => [
  steps(PAGE, [
    unverified(open(`${address}/sys/users/`)),
    unverified({ key: 'moderation.endings.seafile', params: { name } }),
  ]),
];

const KNOWN: Readonly<Record<string, Endings>> = {
  mastodon,
  'mastodon-saml': mastodon,
  pixelfed,
  peertube,
  synapse,
  'synapse-saml': synapse,
  nextcloud,
  'nextcloud-saml': nextcloud,
  gitlab,
  'gitlab-saml': gitlab,
  grafana,
  'flarum-saml': flarum,
  'seafile-saml': seafile,
};

/** The applications that know people by the name of their profile: under another name they are somebody else there. */
const BY_NAME: ReadonlySet<string> = new Set(['mastodon', 'mastodon-saml', 'nextcloud', 'nextcloud-saml']);

/**
 * Where a person's own sessions at an application are ended, which go on after a profile is blocked here: pages and
 * commands with the name filled in, quoted for a shell. Where nothing is known of the application, a sentence says so.
 */
export function endingsOf(
  { template, homeUrl }: Pick<ApplicationSettings, 'template' | 'homeUrl'>,
  name: string,
): readonly Block[] {
  const address = answerTo(template?.answers ?? {}, 'address') || homeUrl.replace(/\/+$/u, '');
  const known = KNOWN[template?.id ?? ''];
  if (known === undefined) return [steps(PAGE, [{ key: 'moderation.endings.unknown', params: { name } }])];
  return known({ address, name });
}

/** Whether people are somebody else at the application once their profile has another name. */
export function isKnownByName({ template, subject }: Pick<ApplicationSettings, 'template' | 'subject'>): boolean {
  return subject === 'name' || BY_NAME.has(template?.id ?? '');
}
