import { applicationPage } from '../../views/admin/application.tsx';
import { applicationsPage } from '../../views/admin/applications.tsx';
import { clientPage } from '../../views/admin/client.tsx';
import { groupPage } from '../../views/admin/group.tsx';
import { groupsPage } from '../../views/admin/groups.tsx';
import { housePage } from '../../views/admin/house.tsx';
import { houseMovedPage } from '../../views/admin/houseMoved.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { applications, csrf, dot, groups, lake, sample, wrong, type Sample } from './sampling.ts';

const presets = ({ t }: Frame) => [
  { value: 'mastodon', label: t('rule.letters_digits_underscore') },
  { value: 'own', label: t('admin.application.rule_own') },
];

const applicationValues = {
  name: lake.name,
  homeUrl: lake.homeUrl,
  policy: 'open',
  quota: '3',
  rulePreset: 'mastodon',
  entry: 'groups',
  subject: 'random',
  email: 'alias',
  senderDomains: 'lac.example',
};

const houseValues = {
  url: 'https://compte.example.org',
  alias_domain: 'relais.example.org',
  trusted_proxies: '127.0.0.1 ::1',
  name: 'La Hulotte',
  colour: '#7a3e12',
  contact: 'chouette@hulotte.example',
  language: 'fr',
  connection_months: '0',
};

/** The pages of administrators. */
export const adminSamples: readonly Sample[] = [
  sample('admin-applications', applicationsPage, ({ t }) => ({
    applications: applications().map(({ id, name, homeUrl }, index) => ({
      id,
      name,
      homeUrl,
      clients: index,
      entry: t('admin.application.entry_everyone'),
    })),
    createUrl: '/admin/applications/new',
  })),
  sample('admin-applications-empty', applicationsPage, () => ({
    applications: [],
    createUrl: '/admin/applications/new',
  })),
  sample('admin-application', applicationPage, (frame) => ({
    mode: 'edit' as const,
    action: '/admin/applications/a1',
    csrf,
    form: { values: applicationValues, errors: [] },
    rulePresets: presets(frame),
    groups: groups().map(({ id, name }) => ({ id, name, checked: id === 'g1' })),
    clients: [{ id: 'c1', label: 'Web', url: '/admin/clients/c1' }],
    addClientUrl: '/admin/applications/a1/clients/new',
    notice: frame.t('notice.saved'),
  })),
  sample('admin-application-errors', applicationPage, (frame) => ({
    mode: 'create' as const,
    action: '/admin/applications',
    csrf,
    form: wrong(frame, applicationValues, {
      name: ['application_name_required', {}],
      homeUrl: ['url_invalid', {}],
      entry: ['choice_required', {}],
      group: ['choice_required', {}],
      policy: ['policy_not_offered', {}],
      quota: ['quota_invalid', {}],
      rulePattern: ['pattern_invalid', {}],
      senderDomains: ['domain_invalid', { domain: 'lac..example' }],
    }),
    rulePresets: presets(frame),
    groups: groups().map(({ id, name }) => ({ id, name, checked: false })),
  })),
  sample('admin-client', clientPage, ({ t }) => ({
    mode: 'edit' as const,
    action: '/admin/clients/c1',
    csrf,
    form: {
      values: {
        label: 'Web',
        redirectUris: 'https://lac.example/auth/callback',
        authMethod: 'client_secret_basic',
        pkce: 'required',
        idTokenAlg: 'RS256',
        refreshTokens: 'on',
      },
      errors: [],
    },
    application: { name: lake.name, url: '/admin/applications/a1' },
    connection: {
      clientId: 'b1946ac92492d2347c6235b4d2611184',
      issuer: 'https://compte.example.org',
      endpoints: [{ label: 'Discovery', value: 'https://compte.example.org/.well-known/openid-configuration' }],
    },
    secret: 'q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJl',
    newSecretAction: '/admin/clients/c1/secret',
    notice: t('admin.client.notice_created'),
  })),
  sample('admin-client-errors', clientPage, (frame) => ({
    mode: 'create' as const,
    action: '/admin/applications/a1/clients',
    csrf,
    form: wrong(
      frame,
      { redirectUris: 'ftp://lac.example', authMethod: 'private_key_jwt' },
      {
        redirectUris: ['redirect_uri_invalid', { uri: 'ftp://lac.example' }],
        authMethod: ['choice_required', {}],
        jwksUri: ['jwks_required', {}],
        jwks: ['jwks_invalid', {}],
        refreshTokens: ['choice_required', {}],
      },
    ),
    application: { name: lake.name, url: '/admin/applications/a1' },
  })),
  sample('admin-house', housePage, ({ t }) => ({
    form: { values: houseValues, errors: [] },
    csrf,
    given: ['url', 'logo', 'contact'],
    shown: { logo: '' },
    offered: ['fr', 'en'],
    arrival: {
      peer: '127.0.0.1',
      forwarded: '203.0.113.9',
      address: '203.0.113.9',
      verdict: t('admin.house.verdict_good'),
    },
    notice: t('notice.saved'),
  })),
  sample('admin-house-errors', housePage, (frame) => ({
    form: wrong(
      frame,
      { ...houseValues, keptPicture: dot },
      {
        name: ['setting_invalid_name', {}],
        picture: ['setting_invalid_logo', {}],
        colour: ['setting_invalid_colour', {}],
        contact: ['setting_invalid_contact', {}],
        rules_url: ['setting_invalid_rules_url', {}],
        languages: ['setting_invalid_languages', {}],
        language: ['setting_language_not_offered', {}],
        url: ['setting_invalid_url', {}],
        confirm: ['setting_unconfirmed', {}],
        trusted_proxies: ['setting_invalid_trusted_proxies', {}],
        connection_months: ['setting_invalid_connection_months', {}],
      },
    ),
    csrf,
    given: [],
    shown: {},
    offered: ['fr'],
    breaks: { address: true, domain: true, applications: [lake.name, 'Pixelfed des Cimes'] },
    arrival: {
      peer: '10.0.0.3',
      forwarded: '203.0.113.9, 10.0.0.2',
      address: '10.0.0.3',
      verdict: frame.t('admin.house.verdict_ignored', { peer: '10.0.0.3' }),
    },
  })),
  sample('admin-house-moved', houseMovedPage, () => ({
    address: 'https://compte.example.org',
    nextUrl: 'https://compte.example.org/admin/house?notice=saved',
    command: 'aluco house set url http://localhost:8080',
  })),
  sample('admin-groups', groupsPage, (frame) => ({
    groups: groups(),
    form: wrong(frame, { name: 'Radio' }, { name: ['group_name_taken', {}] }),
    csrf,
  })),
  sample('admin-group', groupPage, (frame) => ({
    group: { id: 'g1', name: 'Atelier vélo' },
    members: [{ loginName: 'mathilde' }, { loginName: 'oumar' }],
    form: wrong(frame, { login: 'olive' }, { login: ['account_unknown', {}] }),
    renameForm: wrong(frame, { name: '' }, { name: ['group_name_invalid', {}] }),
    csrf,
  })),
  sample('admin-group-empty', groupPage, ({ t }) => ({
    group: { id: 'g1', name: 'Radio' },
    members: [],
    form: blankForm,
    csrf,
    notice: t('notice.member_removed', { login: 'oumar' }),
  })),
];
