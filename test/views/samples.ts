import type { Frame } from '../../views/layout.tsx';
import { activityPage } from '../../views/portal/activity.tsx';
import { homePage } from '../../views/portal/home.tsx';
import { profilePage } from '../../views/portal/profile.tsx';
import { retirePage } from '../../views/portal/retire.tsx';
import { sessionsPage } from '../../views/portal/sessions.tsx';
import { languages, messageFor, translator, type Language } from '../../views/text.ts';
import { accountSamples, arrivalSamples } from './samplesAccounts.ts';
import { recoverySamples } from './samplesRecovery.ts';
import { journeySamples } from './samplesJourney.ts';
import { adminSamples } from './samplesAdmin.ts';
import { queueSamples, relaySamples } from './samplesRelay.ts';
import { factorSamples } from './samplesFactors.ts';
import { passkeySamples } from './samplesPasskeys.ts';
import { leavingSamples, ownSamples } from './samplesLeaving.ts';
import { mailSenderSamples } from './samplesMailSenders.ts';
import { oldAccountSamples, ownOldAccountSamples } from './samplesOldAccounts.ts';
import { moderationSamples, ownRequestSamples } from './samplesRequests.ts';
import { appointmentSamples, roleSamples } from './samplesRoles.ts';
import { ruleSamples } from './samplesRules.ts';
import { samlSamples } from './samplesSaml.ts';
import { askingSamples } from './samplesAsking.ts';
import { termsSamples } from './samplesTerms.ts';
import { decisionSamples, ownDecisionSamples } from './samplesDecisions.ts';
import { importSamples } from './samplesImports.ts';
import { registerSamples } from './samplesRegister.ts';
import { requestSamples, signUpSamples } from './samplesSignUp.ts';
import { applications, csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const instant = Date.UTC(2026, 10, 20, 19, 42);

const homes: readonly Sample[] = [
  sample('home', homePage, ({ t }) => ({
    applications: applications(),
    notice: t('notice.profile_created', { name: 'noctua' }),
  })),
  sample('home-empty', homePage, ({ t }) => ({
    applications: applications().map((application) => ({
      ...application,
      profiles: [],
      createUrl: undefined,
      createReason: messageFor(t, 'names_awaited'),
    })),
  })),
];

const profiles: readonly Sample[] = [
  sample('profile', profilePage, ({ t }) => ({
    profile: {
      id: 'p1',
      name: 'hulotte',
      status: 'active' as const,
      createdDay: '2026-03-02',
      lastUsedDay: '2026-11-18',
    },
    application: lake,
    receives: [
      { label: t('fact.name'), value: 'hulotte' },
      { label: t('fact.address'), value: 'k7f3wq9d2m@relais.example.org' },
      { label: t('fact.identifier'), value: '8f14e45fceea167a5a36dedd4bea2543' },
    ],
    form: { values: { note: 'Avec les voisines' }, errors: [] },
    noteAction: '/profiles/p1/note',
    groups: [
      { id: 'g1', name: 'Atelier vélo', shown: false },
      { id: 'g2', name: 'Radio', shown: true },
    ],
    groupsAction: '/profiles/p1/groups',
    csrf,
    mail: { url: '/profiles/p1/mail', text: t('relay.panel_on', { application: lake.name }) },
    switchAction: '/profiles/p1/switch',
    retireUrl: '/profiles/p1/retire',
    notice: t('notice.groups_saved'),
  })),
  sample('profile-retired', profilePage, (frame) => ({
    profile: { id: 'p2', name: 'noctua', status: 'retired' as const, createdDay: '2026-03-02' },
    application: lake,
    receives: [{ label: frame.t('fact.name'), value: 'noctua' }],
    form: wrong(frame, { note: 'x' }, { note: ['note_too_long', { max: 200 }] }),
    noteAction: '/profiles/p2/note',
    groups: [],
    groupsAction: '/profiles/p2/groups',
    csrf,
    undo: { until: '2026-12-20', action: '/profiles/p2/undo' },
  })),
  sample('retire', retirePage, () => ({
    profile: { id: 'p1', name: 'hulotte' },
    application: lake,
    action: '/profiles/p1/retire',
    csrf,
  })),
];

const own: readonly Sample[] = [
  sample('sessions', sessionsPage, () => ({
    sessions: [
      { id: 's1', current: true, device: 'Firefox, Linux', startedAt: instant, lastUsedAt: '2026-11-20' },
      { id: 's2', current: false, device: 'Safari, iPhone', startedAt: '2026-11-02' },
    ],
    csrf,
  })),
  sample('activity', activityPage, ({ t }) => ({
    events: [
      { when: instant, text: t('event.sign_in', { device: 'Firefox, Linux' }) },
      { when: '2026-11-18', text: t('event.profile_created', { profile: 'noctua', application: lake.name }) },
      { when: '2026-11', text: t('event.password_changed') },
    ],
  })),
  sample('activity-empty', activityPage, () => ({ events: [] })),
];

/** Every page there is, in its telling states. */
export const samples: readonly Sample[] = [
  ...journeySamples,
  ...askingSamples,
  ...termsSamples,
  ...arrivalSamples,
  ...signUpSamples,
  ...recoverySamples,
  ...homes,
  ...profiles,
  ...own,
  ...adminSamples,
  ...mailSenderSamples,
  ...samlSamples,
  ...factorSamples,
  ...passkeySamples,
  ...ownSamples,
  ...leavingSamples,
  ...relaySamples,
  ...queueSamples,
  ...roleSamples,
  ...decisionSamples,
  ...ownDecisionSamples,
  ...ruleSamples,
  ...appointmentSamples,
  ...accountSamples,
  ...requestSamples,
  ...registerSamples,
  ...importSamples,
  ...moderationSamples,
  ...ownRequestSamples,
  ...oldAccountSamples,
  ...ownOldAccountSamples,
];

/** The frame a sample is shown in. */
export function frameOf(language: Language, name: string): Frame {
  const t = translator(language);
  const inside =
    name.startsWith('security') ||
    [
      ...homes,
      ...profiles,
      ...own,
      ...adminSamples,
      ...mailSenderSamples,
      ...samlSamples,
      ...accountSamples,
      ...requestSamples,
      ...registerSamples,
      ...importSamples.filter(({ name }) => !name.startsWith('stop-')),
      ...moderationSamples,
      ...ownRequestSamples,
      ...ownOldAccountSamples,
      ...ownSamples,
      ...relaySamples,
      ...queueSamples,
      ...roleSamples,
      ...decisionSamples,
      ...ownDecisionSamples,
      ...ruleSamples,
    ].some((known) => known.name === name);
  return {
    t,
    language,
    instance: {
      name: 'La Hulotte',
      languages,
      contact: 'chouette@hulotte.example',
      rulesUrl: 'https://hulotte.example/regles',
      privacyUrl: 'https://hulotte.example/confidentialite',
    },
    path: pathOf(name),
    back: pathOf(name),
    viewer: inside ? viewerOf(name) : undefined,
    csrf: inside ? csrf : undefined,
  };
}

function viewerOf(name: string): NonNullable<Frame['viewer']> {
  return {
    loginName: 'mathilde',
    administrator: name.startsWith('admin') || name.startsWith('old-accounts'),
    requests: 2,
    ...(name.startsWith('moderation') ? { moderation: { waiting: 3 } } : {}),
    delegate: name.startsWith('groups'),
  };
}

function pathOf(name: string): string {
  if (name.startsWith('moderation')) return '/moderation/a1';
  if (name.startsWith('groups')) return '/groups';
  if (name.startsWith('admin-house')) return '/admin/house';
  if (name === 'admin-saml' || name.startsWith('admin-saml-')) return '/admin/saml';
  if (name.startsWith('admin-group')) return '/admin/groups';
  if (name.startsWith('admin-request')) return '/admin/requests';
  if (name.startsWith('admin-queue')) return '/admin/mail';
  if (name.startsWith('admin-account')) return '/admin/accounts';
  if (name.startsWith('admin') || name.startsWith('old-accounts')) return '/admin/applications';
  if (name === 'moderation') return '/moderation';
  if (name.startsWith('moderation-')) return '/moderation/a1';
  if (name === 'mailbox-paused') return '/account/mailbox';
  if (name.startsWith('mail-')) return '/profiles/p1/mail';
  if (name.startsWith('security')) return '/account/security';
  return name.startsWith('home') ? '/' : `/${name}`;
}

/** The message a code has in a language, for tests that look for it. */
export function sentence(language: Language, code: string, params = {}): string {
  return messageFor(translator(language), code, params);
}
