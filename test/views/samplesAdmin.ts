import { applicationPage } from '../../views/admin/application.tsx';
import { applicationsPage } from '../../views/admin/applications.tsx';
import { tryPage } from '../../views/admin/try.tsx';
import { chooseTemplatePage } from '../../views/admin/chooseTemplate.tsx';
import { clientPage } from '../../views/admin/client.tsx';
import { groupPage } from '../../views/admin/group.tsx';
import { groupsPage } from '../../views/admin/groups.tsx';
import { instructionsPage } from '../../views/admin/instructions.tsx';
import { templateQuestionsPage } from '../../views/admin/templateQuestions.tsx';
import { housePage } from '../../views/admin/house.tsx';
import { houseMovedPage } from '../../views/admin/houseMoved.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { samlAnswer } from './samplesSaml.ts';
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
  people: 'awaited',
  secondFactor: 'on',
};

const questions = ({ t }: Frame) => [
  {
    name: 'address',
    label: t('admin.template.ask_address'),
    hint: t('admin.template.ask_address_hint'),
    address: true,
    optional: false,
  },
  { name: 'button', label: t('admin.template.ask_button'), address: false, optional: true },
  {
    name: 'only',
    label: t('admin.template.mastodon.ask_only'),
    hint: t('admin.template.mastodon.ask_only_hint'),
    address: false,
    optional: false,
    options: [
      { value: 'yes', label: t('admin.template.yes') },
      { value: 'no', label: t('admin.template.no') },
    ],
  },
];

const instructions = ({ t }: Frame) => ({
  application: { name: lake.name, url: '/admin/applications/a1' },
  blocks: [
    {
      title: t('admin.template.mastodon.file'),
      unverified: false,
      code: `OIDC_ENABLED=true\nOIDC_DISPLAY_NAME='La Hulotte, une chouette qui a un nom vraiment long'\nOIDC_CLIENT_SECRET=q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJlcXVlbGFudWl0`,
    },
    {
      title: t('admin.template.then'),
      unverified: false,
      steps: [
        { text: t('admin.template.mastodon.restart'), unverified: false },
        { text: t('admin.template.mastodon.container'), unverified: true },
      ],
    },
    {
      title: t('admin.template.peertube.fields_newer'),
      unverified: true,
      fields: [{ label: 'Discover URL', value: 'https://compte.example.org/.well-known/openid-configuration' }],
    },
  ],
  csrf,
  textAction: '/admin/applications/a1/instructions',
  newSecretAction: '/admin/applications/a1/instructions/secret',
});

const houseValues = {
  url: 'https://compte.example.org',
  alias_domain: 'relais.example.org',
  trusted_proxies: '127.0.0.1 ::1',
  name: 'La Hulotte',
  colour: '#7a3e12',
  contact: 'chouette@hulotte.example',
  language: 'fr',
  sign_up: 'approval',
  terms_version: '1er décembre 2026',
  second_factor: 'administrators',
  session_idle_days: '14',
  session_days: '30',
  recovery_wait_hours: '24',
  leave_days: '14',
  connection_months: '0',
};

/** The pages of administrators. */
export const adminSamples: readonly Sample[] = [
  sample('admin-template-choice', chooseTemplatePage, ({ t }) => ({
    choices: [
      {
        name: 'Mastodon',
        url: '/admin/applications/new/mastodon',
        other: {
          name: t('admin.template.name_saml', { application: 'Mastodon' }),
          url: '/admin/applications/new/mastodon-saml',
        },
      },
      {
        name: t('admin.template.choose_generic'),
        hint: t('admin.template.choose_generic_hint'),
        url: '/admin/applications/new/generic',
      },
    ],
  })),
  sample('admin-template-errors', templateQuestionsPage, (frame) => ({
    application: 'Mastodon',
    action: '/admin/applications/new/mastodon',
    csrf,
    form: wrong(
      frame,
      { name: lake.name, address: 'https://lac.example/social', only: 'no' },
      {
        address: ['address_with_path', {}],
        button: ['answer_unwritable', { application: 'Mastodon' }],
        only: ['choice_required', {}],
        people: ['choice_required', {}],
      },
    ),
    questions: questions(frame),
    once: 'b1946ac92492d2347c6235',
    example: 'Mastodon La Hulotte',
  })),
  sample('admin-instructions', instructionsPage, (frame) => ({
    ...instructions(frame),
    secret: 'q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJlcXVlbGFudWl0',
    notice: frame.t('admin.template.created', { application: lake.name }),
  })),
  sample('admin-instructions-later', instructionsPage, (frame) => instructions(frame)),
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
    providers: [{ id: 's1', label: 'Nuage', url: '/admin/service-providers/s1' }],
    addProviderUrl: '/admin/applications/a1/service-providers/new',
    mailUrl: '/admin/applications/a1/mail',
    tryUrl: '/admin/applications/a1/try',
    oldAccountsUrl: '/admin/applications/a1/old-accounts',
    awaited: true,
    instructionsUrl: '/admin/applications/a1/instructions',
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
      peopleConfirmed: ['people_unconfirmed', {}],
      group: ['choice_required', {}],
      policy: ['policy_not_offered', {}],
      quota: ['quota_invalid', {}],
      rulePattern: ['pattern_invalid', {}],
      senderDomains: ['domain_invalid', { domain: 'lac..example' }],
    }),
    rulePresets: presets(frame),
    groups: groups().map(({ id, name }) => ({ id, name, checked: false })),
  })),
  sample('admin-try', tryPage, ({ t }) => ({
    application: { ...lake, url: '/admin/applications/a1' },
    asksFactor: true,
    problems: [
      {
        text: t('admin.try.problem_groups', { groups: 'Atelier vélo, Radio' }),
        link: { url: '/admin/groups', label: t('admin.groups.title') },
      },
      { text: t('admin.try.problem_domain', { domain: 'relay.localhost' }) },
    ],
    profile: { name: 'hulotte', subject: 'mPz0c6SPQpC2dhE4BtZ9sw' },
    profiles: [
      { name: 'hulotte', url: '/admin/applications/a1/try?profile=p1', current: true },
      { name: 'chevêche', url: '/admin/applications/a1/try?profile=p2', current: false },
    ],
    createUrl: undefined,
    clients: [
      {
        id: 'c1',
        label: 'Web',
        url: '/admin/clients/c1',
        facts: [
          { label: t('admin.client.method'), value: 'client_secret_basic' },
          { label: t('admin.try.life_id_token'), value: t('admin.try.minutes', { minutes: 60 }) },
        ],
        claims: [
          {
            name: 'iss',
            value: 'https://compte.example.org',
            by: t('admin.try.always'),
            idToken: true,
            userinfo: false,
          },
          { name: 'sub', value: 'mPz0c6SPQpC2dhE4BtZ9sw', by: 'openid', idToken: true, userinfo: true },
          { name: 'preferred_username', value: 'hulotte', by: 'profile', idToken: true, userinfo: true },
          { name: 'email', value: '3k2j5h6g7f8d9s0a@relay.example', by: 'email', idToken: true, userinfo: true },
          { name: 'acr', value: 'urn:aluco:acr:password', by: t('admin.try.by_name'), idToken: true, userinfo: false },
        ],
      },
    ],
    recent: [
      {
        at: Date.UTC(2026, 10, 20, 19, 42),
        count: 1,
        client: 'Web',
        good: true,
        text: t('admin.signin.succeeded'),
        remarks: [t('admin.signin.userinfo_fetched'), t('admin.signin.algorithm', { algorithm: 'ES256' })],
        details: [],
      },
      {
        at: Date.UTC(2026, 10, 20, 19, 12),
        count: 57,
        client: 'Web',
        good: false,
        text: t('admin.signin.redirect_unknown'),
        remarks: [],
        details: [
          { label: t('admin.signin.detail_asked'), value: 'http://lac.example/auth/callback' },
          { label: t('admin.signin.detail_nearest'), value: 'https://lac.example/auth/callback' },
        ],
      },
    ],
    providers: [{ id: 's1', label: 'Nuage', url: '/admin/service-providers/s1', answer: samlAnswer }],
    csrf,
  })),
  sample('admin-try-empty', tryPage, () => ({
    application: { ...lake, url: '/admin/applications/a1' },
    asksFactor: false,
    problems: [],
    profile: undefined,
    profiles: [],
    createUrl: '/applications/a1/new',
    clients: [],
    providers: [{ id: 's1', label: 'Nuage', url: '/admin/service-providers/s1', answer: undefined }],
    csrf,
    recent: [],
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
    mails: true,
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
        terms_version: ['setting_invalid_terms_version', {}],
        sign_up: ['setting_invalid_sign_up', {}],
        second_factor: ['setting_invalid_second_factor', {}],
        session_idle_days: ['setting_invalid_session_idle_days', {}],
        session_days: ['setting_invalid_session_days', {}],
        recovery_wait_hours: ['setting_invalid_recovery_wait_hours', {}],
        leave_days: ['setting_invalid_leave_days', {}],
        connection_months: ['setting_invalid_connection_months', {}],
      },
    ),
    csrf,
    given: [],
    shown: {},
    offered: ['fr'],
    mails: false,
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
    group: { id: 'g1', name: 'Atelier vélo', secondFactor: true },
    members: [{ loginName: 'mathilde' }, { loginName: 'oumar' }],
    delegates: [{ accountId: 'a1', loginName: 'mathilde' }],
    delegateForm: wrong(frame, { login: 'olive' }, { login: ['account_unknown', {}] }),
    form: wrong(frame, { login: 'olive' }, { login: ['account_unknown', {}] }),
    renameForm: wrong(frame, { name: '' }, { name: ['group_name_invalid', {}] }),
    csrf,
  })),
  sample('admin-group-empty', groupPage, ({ t }) => ({
    group: { id: 'g1', name: 'Radio', secondFactor: false },
    members: [],
    delegates: [],
    form: blankForm,
    csrf,
    notice: t('notice.member_removed', { login: 'oumar' }),
  })),
];
