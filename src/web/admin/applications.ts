import { Router, type Request } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import {
  APPLICATION_DEFAULTS,
  markOf,
  RULE_PRESETS,
  rulesOf,
  subjectOfTemplate,
  type Application,
  type Applications,
} from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import { applicationPage } from '../../../views/admin/application.tsx';
import { applicationsPage } from '../../../views/admin/applications.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Translate } from '../../../views/text.ts';
import { blank, field, fieldList, lines, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { pictureAfter, takeUpload } from '../upload.ts';
import type { Person, Visits } from '../visit.ts';
import { templateChoice } from './templates.ts';

type Needs = { accounts: Pick<Accounts, 'groups'>; applications: Applications; visits: Visits };

/** Which field of the form each part of the settings stands in. */
const FIELDS = { iconUrl: 'picture', rule: 'rulePattern', reserved: 'ruleReserved', entry: 'entry' };
const OWN_RULE = 'own';

/** What the presets are called, where a capital letter alone would not do. */
const PRESET_NAMES: Readonly<Record<string, string>> = { peertube: 'PeerTube', hedgedoc: 'HedgeDoc', gitlab: 'GitLab' };

const TEXT_FIELDS = [
  'name',
  'homeUrl',
  'policy',
  'quota',
  'rulePreset',
  'rulePattern',
  'ruleMin',
  'ruleMax',
  'ruleReserved',
  'entry',
  'subject',
  'email',
  'senderDomains',
  'people',
  'peopleConfirmed',
  'peopleBefore',
  'secondFactor',
  'rulesLocked',
  'urgentAtOnce',
  'overdueDays',
  'oldNamesCount',
  'oldNamesAddress',
  'rulesMark',
] as const;

function valuesOf(application: Omit<Application, 'id'>): Record<string, string> {
  const { rule } = application;
  return {
    name: application.name,
    homeUrl: application.homeUrl,
    policy: application.policy,
    quota: String(application.quota),
    rulePreset: rule.preset,
    rulePattern: rule.pattern,
    ruleMin: String(rule.min),
    ruleMax: String(rule.max),
    ruleReserved: rule.reserved.join('\n'),
    entry: application.entry.kind,
    subject: application.subject,
    email: application.email,
    senderDomains: application.senderDomains.join('\n'),
    people: application.people,
    peopleConfirmed: application.people === 'not-by-name' ? 'on' : '',
    peopleBefore: application.people,
    secondFactor: application.secondFactor ? 'on' : '',
    rulesLocked: application.rulesLocked ? 'on' : '',
    urgentAtOnce: application.moderation.urgentAtOnce ? 'on' : '',
    overdueDays: String(application.moderation.overdueDays),
    oldNamesCount: application.oldNames.count ? 'on' : '',
    oldNamesAddress: application.oldNames.sendAddress ? 'on' : '',
    rulesMark: markOf(rulesOf(application)),
  };
}

function presetName(t: Translate, preset: string): string {
  const name = PRESET_NAMES[preset] ?? `${preset.slice(0, 1).toUpperCase()}${preset.slice(1)}`;
  return preset === 'fediverse' ? t('admin.application.rule_everywhere', { name }) : name;
}

/**
 * What was answered to "does it already have people?". Only an import makes it `imported`; that names identify nobody
 * there counts with the tick that confirms it. An answer that was left as the form showed it takes back none that
 * somebody gave meanwhile.
 * @throws {SettingsProblem}
 */
function readPeople(req: Request, before: Application | undefined): string {
  const people = field(req, 'people');
  if (people === 'not-by-name' && field(req, 'peopleConfirmed') !== 'on') {
    throw new SettingsProblem([{ field: 'peopleConfirmed', code: 'people_unconfirmed', params: {} }]);
  }
  if (before !== undefined && people === field(req, 'peopleBefore')) return before.people;
  return people === 'imported' && before?.people !== 'imported' ? '' : people;
}

/**
 * Moderators change the same rules: a form that showed others than there are now would take back what they did.
 * @throws {SettingsProblem}
 */
function checkRulesMark(req: Request, before: Application | undefined): void {
  const shown = field(req, 'rulesMark');
  if (before === undefined || shown === '' || shown === markOf(rulesOf(before))) return;
  throw new SettingsProblem([{ field: 'policy', code: 'rules_changed', params: {} }]);
}

/** The settings as typed; what is wrong with them is for `checkApplication` to say. */
function readSettings(req: Request, icon: string, before: Application | undefined): unknown {
  checkRulesMark(req, before);
  const preset = field(req, 'rulePreset');
  const known = Object.hasOwn(RULE_PRESETS, preset) ? RULE_PRESETS[preset as keyof typeof RULE_PRESETS] : undefined;
  const reserved = lines(req, 'ruleReserved');
  const rule =
    known === undefined
      ? {
          preset: OWN_RULE,
          pattern: field(req, 'rulePattern'),
          min: Number(field(req, 'ruleMin')),
          max: Number(field(req, 'ruleMax')),
          reserved,
        }
      : { ...known, reserved: [...new Set([...known.reserved, ...reserved])] };
  const kind = field(req, 'entry');
  return {
    name: field(req, 'name'),
    homeUrl: field(req, 'homeUrl').trim(),
    ...(icon === '' ? {} : { iconUrl: icon }),
    policy: field(req, 'policy'),
    quota: Number(field(req, 'quota')),
    rule,
    entry: kind === 'groups' ? { kind, groups: fieldList(req, 'group') } : { kind },
    subject: field(req, 'subject'),
    email: field(req, 'email'),
    // Once it is there, how its mail is known has a page of its own.
    senderDomains: before?.senderDomains ?? lines(req, 'senderDomains').map((line) => line.toLowerCase()),
    senderNetworks: before?.senderNetworks ?? [],
    people: readPeople(req, before),
    secondFactor: field(req, 'secondFactor') !== '',
    rulesLocked: field(req, 'rulesLocked') !== '',
    moderation: {
      urgentAtOnce: field(req, 'urgentAtOnce') !== '',
      overdueDays: Number(field(req, 'overdueDays')),
      // They have a page of their own.
      reasons: before?.moderation.reasons ?? [],
    },
    oldNames: { count: field(req, 'oldNamesCount') !== '', sendAddress: field(req, 'oldNamesAddress') !== '' },
  };
}

/** What the form shows again; a picture that was just chosen comes along. */
function typed(req: Request, icon: string, before?: string): Record<string, string> {
  const values = Object.fromEntries(TEXT_FIELDS.map((name) => [name, field(req, name)]));
  return { ...values, removePicture: field(req, 'removePicture'), ...(icon === before ? {} : { keptPicture: icon }) };
}

/** Administrators' pages of applications. */
export function applicationRoutes({ accounts, applications, visits }: Needs): Router {
  const router = Router();

  const presets = (t: Translate) => [
    ...Object.keys(RULE_PRESETS).map((value) => ({ value, label: presetName(t, value) })),
    { value: OWN_RULE, label: t('admin.application.rule_own') },
  ];

  async function render(
    person: Person,
    form: Form,
    chosenGroups: readonly string[],
    application: Application | undefined,
    said?: string,
  ): Promise<string> {
    const groups = (await accounts.groups.list()).map(({ id, name }) => ({
      id,
      name,
      checked: chosenGroups.includes(id),
    }));
    const path =
      application === undefined ? '/admin/applications/new/by-hand' : `/admin/applications/${application.id}`;
    const clients = application === undefined ? undefined : await applications.clientsOf(application.id);
    const providers = application === undefined ? undefined : await applications.serviceProvidersOf(application.id);
    return applicationPage(person.frame, {
      mode: application === undefined ? 'create' : 'edit',
      action: path,
      csrf: person.csrf,
      form,
      rulePresets: presets(person.frame.t),
      groups,
      iconUrl: application?.iconUrl,
      clients: clients?.map(({ id, label }) => ({ id, label, url: `/admin/clients/${id}` })),
      instructionsUrl:
        application === undefined ||
        subjectOfTemplate(application, {
          clients: clients ?? [],
          serviceProviders: await applications.serviceProvidersOf(application.id),
        }) === undefined
          ? undefined
          : `${path}/instructions`,
      addClientUrl: application === undefined ? undefined : `${path}/clients/new`,
      providers: providers?.map(({ id, label }) => ({ id, label, url: `/admin/service-providers/${id}` })),
      addProviderUrl: application === undefined ? undefined : `${path}/service-providers/new`,
      moderatorsUrl: application === undefined ? undefined : `${path}/moderators`,
      mailUrl: application === undefined ? undefined : `${path}/mail`,
      tryUrl: application === undefined ? undefined : `${path}/try`,
      oldAccountsUrl: application === undefined ? undefined : `${path}/old-accounts`,
      awaited: application?.people === 'awaited',
      notice: said,
    });
  }

  const groupsOf = (application: Application): string[] =>
    application.entry.kind === 'groups' ? application.entry.groups : [];

  router.get(
    '/admin/applications',
    visits.forAdministrator(async (person, req, res) => {
      const { t } = person.frame;
      const list = await Promise.all(
        (await applications.list()).map(async (application) => ({
          id: application.id,
          name: application.name,
          homeUrl: application.homeUrl,
          clients:
            (await applications.clientsOf(application.id)).length +
            (await applications.serviceProvidersOf(application.id)).length,
          entry: t(`admin.application.entry_${application.entry.kind}`),
        })),
      );
      res.send(
        applicationsPage(person.frame, {
          applications: list,
          createUrl: '/admin/applications/new',
          notice: notice(req, t),
        }),
      );
    }),
  );

  router.get(
    '/admin/applications/new',
    visits.forAdministrator((person, _req, res) => void res.send(templateChoice(person))),
  );

  router.get(
    '/admin/applications/new/by-hand',
    visits.forAdministrator(async (person, req, res) => {
      res.send(
        await render(
          person,
          // No answer stands there beforehand: whoever adds an application has to think about its people.
          blank({ ...valuesOf({ ...APPLICATION_DEFAULTS, name: '', homeUrl: '' }), people: '', peopleBefore: '' }),
          [],
          undefined,
        ),
      );
    }),
  );

  router.post(
    '/admin/applications/new/by-hand',
    visits.forAdministrator(async (person, req, res) => {
      const icon = pictureAfter(req, '');
      try {
        const application = await applications.add(readSettings(req, icon, undefined));
        res.redirect(303, `/admin/applications/${application.id}?notice=application_created`);
      } catch (error) {
        const form = withError(person.frame.t, typed(req, icon), error, FIELDS);
        res.status(422).send(await render(person, form, fieldList(req, 'group'), undefined));
      }
    }, takeUpload),
  );

  router.get(
    '/admin/applications/:id',
    visits.forAdministrator(async (person, req, res) => {
      const application = await applications.find(param(req, 'id'));
      if (application === undefined) throw new UserError('not_found');
      const said = notice(req, person.frame.t, application.name);
      res.send(await render(person, blank(valuesOf(application)), groupsOf(application), application, said));
    }),
  );

  router.post(
    '/admin/applications/:id',
    visits.forAdministrator(async (person, req, res) => {
      const application = await applications.find(param(req, 'id'));
      if (application === undefined) throw new UserError('not_found');
      const icon = pictureAfter(req, application.iconUrl ?? '');
      try {
        // What this form does not ask stays as it is.
        const kept = application.template === undefined ? {} : { template: application.template };
        await applications.change(application.id, { ...kept, ...(readSettings(req, icon, application) as object) });
        res.redirect(303, `/admin/applications/${application.id}?notice=saved`);
      } catch (error) {
        const form = withError(person.frame.t, typed(req, icon, application.iconUrl), error, FIELDS);
        res.status(422).send(await render(person, form, fieldList(req, 'group'), application));
      }
    }, takeUpload),
  );

  return router;
}
