import {
  APPLICATION_DEFAULTS,
  RULE_PRESETS,
  submissionPlace,
  type ApplicationSettings,
} from '../applications/applications.ts';
import type { Parts } from '../parts.ts';
import { findGroup } from './find-group.ts';
import { pictureOf } from './picture.ts';
import { addFromTemplate } from './template.ts';
import { all, flag, isOn, many, one, text, UsageError, word, type Values, type Verbs } from './verb.ts';

const APPLICATION_OPTIONS = {
  home: text,
  icon: text,
  policy: text,
  quota: text,
  'rules-locked': text,
  'urgent-at-once': text,
  'overdue-days': text,
  rule: text,
  pattern: text,
  min: text,
  max: text,
  reserved: many,
  entry: text,
  group: many,
  subject: text,
  email: text,
  sender: many,
  network: many,
  people: text,
  'second-factor': text,
  'old-names-count': text,
  'old-names-address': text,
} as const;

/** What can be said of people who use an application already; only an import makes it `imported`. */
const PEOPLE = ['none', 'awaited', 'not-by-name'];

async function applicationChanges(
  parts: Parts,
  values: Values,
  before: Pick<ApplicationSettings, 'moderation' | 'oldNames'> = APPLICATION_DEFAULTS,
): Promise<Record<string, unknown>> {
  const changes: Record<string, unknown> = {};
  const copy = (option: string, setting: string): void => {
    const value = one(values, option);
    if (value !== undefined) changes[setting] = value;
  };
  copy('home', 'homeUrl');
  copy('subject', 'subject');
  copy('email', 'email');
  copy('policy', 'policy');
  const locked = one(values, 'rules-locked');
  if (locked !== undefined) changes['rulesLocked'] = isOn(locked);
  const urgent = one(values, 'urgent-at-once');
  const overdue = one(values, 'overdue-days');
  if (urgent !== undefined || overdue !== undefined) {
    changes['moderation'] = {
      ...before.moderation,
      ...(urgent === undefined ? {} : { urgentAtOnce: isOn(urgent) }),
      ...(overdue === undefined ? {} : { overdueDays: Number(overdue) }),
    };
  }
  const count = one(values, 'old-names-count');
  const address = one(values, 'old-names-address');
  if (count !== undefined || address !== undefined) {
    changes['oldNames'] = {
      ...before.oldNames,
      ...(count === undefined ? {} : { count: isOn(count) }),
      ...(address === undefined ? {} : { sendAddress: isOn(address) }),
    };
  }
  const factor = one(values, 'second-factor');
  if (factor !== undefined) changes['secondFactor'] = isOn(factor);
  const icon = one(values, 'icon');
  if (icon !== undefined) changes['iconUrl'] = pictureOf(icon);
  const quota = one(values, 'quota');
  if (quota !== undefined) changes['quota'] = Number(quota);
  if (values['sender'] !== undefined) changes['senderDomains'] = all(values, 'sender');
  if (values['network'] !== undefined) changes['senderNetworks'] = all(values, 'network');
  const people = one(values, 'people');
  // A template says what is wrong with it together with the other answers.
  const isChecked = values['template'] === undefined;
  if (isChecked && people !== undefined && !PEOPLE.includes(people))
    throw new UsageError(`--people is one of ${PEOPLE.join(', ')}`);
  copy('people', 'people');
  const entry = one(values, 'entry');
  if (entry === 'groups') {
    const groups = await Promise.all(all(values, 'group').map((name) => findGroup(parts, name)));
    changes['entry'] = { kind: 'groups', groups: groups.map(({ id }) => id) };
  } else if (entry !== undefined) changes['entry'] = { kind: entry };
  const preset = one(values, 'rule');
  const pattern = one(values, 'pattern');
  if (preset !== undefined || pattern !== undefined) {
    const known = preset === undefined ? undefined : RULE_PRESETS[preset as keyof typeof RULE_PRESETS];
    if (preset !== undefined && known === undefined) {
      throw new UsageError(`--rule is one of ${Object.keys(RULE_PRESETS).join(', ')}`);
    }
    const base = known ?? { preset: 'own', pattern: pattern ?? '', min: 1, max: 64, reserved: [] };
    const number = (option: string, otherwise: number): number => Number(one(values, option) ?? otherwise);
    const reserved = [...base.reserved, ...all(values, 'reserved')];
    changes['rule'] = { ...base, min: number('min', base.min), max: number('max', base.max), reserved };
  }
  return changes;
}

/** Commands about applications. */
export const applicationVerbs: Verbs = {
  'application add': {
    usage:
      'application add NAME --home URL [--entry nobody|everyone|groups [--group GROUP]…] [--policy open|further-approved|approved|account-name|invited|closed] [--quota N] [--rules-locked on|off] [--urgent-at-once on|off] [--overdue-days N] [--rule PRESET | --pattern RE2 [--min N] [--max N]] [--reserved NAME]… [--subject random|name] [--email alias|none] [--sender DOMAIN]… [--network ADDRESS|NETWORK]… [--icon FILE] [--people none|awaited|not-by-name] [--second-factor on|off] [--old-names-count on|off] [--old-names-address on|off] | [NAME] --template ID --people none|awaited|not-by-name --answer KEY=VALUE… [the other options]',
    meaning:
      'makes an application; nobody may enter until you say who. From a template: with its client or service provider, and says what to write into it. --people awaited: people have names there already, and nobody can create a profile',
    options: { ...APPLICATION_OPTIONS, template: text, answer: many },
    async run(parts, words, values, terminal) {
      const changes = await applicationChanges(parts, values);
      if (values['template'] !== undefined) return addFromTemplate(parts, words, values, changes, terminal);
      const name = word(words, 0, 'the name');
      const application = await parts.applications.add({
        ...APPLICATION_DEFAULTS,
        name,
        homeUrl: '',
        ...changes,
      });
      terminal.out(application.id);
    },
  },
  'application change': {
    usage: 'application change ID [--name NAME] [the options of add]',
    meaning: 'changes settings of an application, from the next request on',
    options: { ...APPLICATION_OPTIONS, name: text },
    async run(parts, words, values) {
      const { id, ...settings } = await parts.applications.get(word(words, 0, 'the id'));
      const name = one(values, 'name') ?? settings.name;
      await parts.applications.change(id, {
        ...settings,
        name,
        ...(await applicationChanges(parts, values, settings)),
      });
    },
  },
  'application submission': {
    usage: 'application submission ID [--new | --remove CREDENTIAL]',
    meaning:
      'lists what an application signs in with to hand mail over; --new makes one, whose password is shown this once; two at most, so that one can be replaced while the other works',
    options: { new: flag, remove: text },
    async run({ applications, config }, words, values, { out, complain }) {
      const { id, submission } = await applications.get(word(words, 0, 'the id'));
      const removed = one(values, 'remove');
      if (values['new'] === true && removed !== undefined) throw new UsageError('either --new or --remove');
      if (removed !== undefined) await applications.removeSubmission(id, removed);
      else if (values['new'] === true) {
        const { credential, secret } = await applications.addSubmission(id);
        out(`credential ${credential.id}`);
        const place = submissionPlace(config);
        if (place === undefined) complain('ALUCO_SUBMISSION is empty: nothing is handed over yet');
        else out(`host ${place.host}\nport ${place.port}`);
        out(`user ${id}`);
        out(`password ${secret}`);
      } else for (const { id: credential, createdDay } of submission) out(`${credential} ${createdDay}`);
    },
  },
  'application list': {
    usage: 'application list',
    meaning: 'lists applications and their clients',
    options: {},
    async run({ applications }, _words, _values, { out }) {
      for (const application of await applications.list()) {
        out(`${application.id} ${application.name} ${application.homeUrl} ${application.entry.kind}`);
        for (const client of await applications.clientsOf(application.id)) out(`  ${client.id} ${client.label}`);
      }
    },
  },
};
