import { Router, type Request } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import {
  APPLICATION_DEFAULTS,
  RULE_PRESETS,
  type Application,
  type Applications,
} from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { applicationPage } from '../../../views/admin/application.tsx';
import { applicationsPage } from '../../../views/admin/applications.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Translate } from '../../../views/text.ts';
import { blank, field, fieldList, lines, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import { pictureAfter, takeUpload } from '../upload.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = { accounts: Pick<Accounts, 'groups'>; applications: Applications; visits: Visits };

/** Which field of the form each part of the settings stands in. */
const FIELDS = { iconUrl: 'picture', rule: 'rulePattern', reserved: 'ruleReserved', entry: 'entry' };
const OWN_RULE = 'own';

/** What the presets are called, where a capital letter alone would not do. */
const PRESET_NAMES: Readonly<Record<string, string>> = { peertube: 'PeerTube', hedgedoc: 'HedgeDoc' };

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
  };
}

function presetName(t: Translate, preset: string): string {
  const name = PRESET_NAMES[preset] ?? `${preset.slice(0, 1).toUpperCase()}${preset.slice(1)}`;
  return preset === 'fediverse' ? t('admin.application.rule_everywhere', { name }) : name;
}

/** The settings as typed; what is wrong with them is for `checkApplication` to say. */
function readSettings(req: Request, icon: string): unknown {
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
    senderDomains: lines(req, 'senderDomains').map((line) => line.toLowerCase()),
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
    const path = application === undefined ? '/admin/applications/new' : `/admin/applications/${application.id}`;
    const clients = application === undefined ? undefined : await applications.clientsOf(application.id);
    return applicationPage(person.frame, {
      mode: application === undefined ? 'create' : 'edit',
      action: path,
      csrf: person.csrf,
      form,
      rulePresets: presets(person.frame.t),
      groups,
      iconUrl: application?.iconUrl,
      clients: clients?.map(({ id, label }) => ({ id, label, url: `/admin/clients/${id}` })),
      addClientUrl: application === undefined ? undefined : `${path}/clients/new`,
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
          clients: (await applications.clientsOf(application.id)).length,
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
    visits.forAdministrator(async (person, req, res) => {
      res.send(
        await render(person, blank(valuesOf({ ...APPLICATION_DEFAULTS, name: '', homeUrl: '' })), [], undefined),
      );
    }),
  );

  router.post(
    '/admin/applications/new',
    visits.forAdministrator(async (person, req, res) => {
      const icon = pictureAfter(req, '');
      try {
        const application = await applications.add(readSettings(req, icon));
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
        await applications.change(application.id, readSettings(req, icon));
        res.redirect(303, `/admin/applications/${application.id}?notice=saved`);
      } catch (error) {
        const form = withError(person.frame.t, typed(req, icon, application.iconUrl), error, FIELDS);
        res.status(422).send(await render(person, form, fieldList(req, 'group'), application));
      }
    }, takeUpload),
  );

  return router;
}
