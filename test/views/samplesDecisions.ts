import { inWords } from '../../views/admin/instructionsText.ts';
import { appealPage, appealsPage } from '../../views/moderation/appeals.tsx';
import { decisionPage, type DecisionData } from '../../views/moderation/decision.tsx';
import { exceptionsPage } from '../../views/moderation/exceptions.tsx';
import { moderationLogPage } from '../../views/moderation/log.tsx';
import { moderatedProfilePage } from '../../views/moderation/profile.tsx';
import { moderationProfilesPage } from '../../views/moderation/profiles.tsx';
import { reasonsPage } from '../../views/moderation/reasons.tsx';
import { renamePage, writeAppealPage } from '../../views/portal/appeal.tsx';
import { profilePage } from '../../views/portal/profile.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { endingsOf } from '../../src/applications/applications.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const application = { id: 'a1', name: lake.name };
const profile = {
  id: 'p1',
  name: 'hulotte',
  status: 'blocked' as const,
  source: 'requested' as const,
  createdDay: '2026-03-02',
};
const reason = { fr: 'Publicité ou pourriel', en: 'Advertising or spam' };
const suspendedBefore = {
  fr: 'Suspendu dans l’application avant d’arriver ici',
  en: 'Suspended at the application before it came here',
};
const warned = {
  id: 'd1',
  kind: 'warned',
  day: '2026-11-18',
  by: 'maud',
  reason,
  words: 'Quarante messages en une heure.',
};
const blocked = { id: 'd2', kind: 'blocked', day: '2026-11-19', by: 'maud', reason, detail: { until: '2026-11-26' } };
const barred = {
  id: 'd3',
  kind: 'barred',
  day: '2026-11-20',
  by: 'noe',
  reason,
  detail: { noNew: 'yes', others: 'yes' },
};
const renamed = {
  id: 'd4',
  kind: 'renamed',
  day: '2026-11-20',
  by: 'noe',
  detail: { before: 'hibou', after: 'hulotte' },
};
const excepted = { id: 'd5', kind: 'excepted', day: '2026-11-20', by: 'noe', detail: { quota: '9' } };
const history = [warned, blocked, barred, renamed, excepted];
const appeal = {
  id: 'd2',
  profileId: 'p1',
  name: 'hulotte',
  day: '2026-11-20',
  words: 'C’était ma sœur, sur mon téléphone.',
  decision: blocked,
  isOwnDecision: false,
};

const ACTIONS: readonly DecisionData['action'][] = [
  'note',
  'warn',
  'block',
  'unblock',
  'rename',
  'delete',
  'bar',
  'lift',
  'except',
  'refer',
];
const template = { id: 'mastodon', answers: { address: 'https://lac.example' } };

const decision = (action: DecisionData['action']): Sample =>
  sample(`moderation-${action}`, decisionPage, (frame) => ({
    application,
    profile,
    action,
    url: `/moderation/a1/profiles/p1/${action}`,
    reasons: [{ id: 'spam', text: reason[frame.language] }],
    endings: action === 'block' ? inWords(frame.t, endingsOf({ template, homeUrl: lake.homeUrl }, 'hulotte')) : [],
    isKnownByName: action === 'rename',
    form:
      action === 'block'
        ? wrong(frame, { days: '0' }, { reason: ['reason_unknown', {}], days: ['days_invalid', { min: 1, max: 365 }] })
        : blankForm,
    csrf,
  }));

/** What moderators see of profiles and decide about them. */
export const decisionSamples: readonly Sample[] = [
  sample('moderation-profiles', moderationProfilesPage, () => ({
    application,
    profiles: [
      profile,
      { ...profile, id: 'p2', name: 'noctua', status: 'active' as const, source: 'created' as const },
    ],
    form: blankForm,
    nextUrl: '/moderation/a1/profiles?after=noctua',
  })),
  sample('moderation-profiles-none', moderationProfilesPage, () => ({
    application,
    profiles: [],
    form: { values: { text: 'chou', status: 'blocked' }, errors: [] },
  })),
  sample('moderation-profile', moderatedProfilePage, () => ({
    application,
    profile,
    blockedUntil: '2026-11-26',
    warnings: 1,
    isRenameAsked: true,
    history,
    bars: ['d3'],
    exceptions: 2,
    appealUrl: '/moderation/a1/appeals/d2',
    cases: [
      { day: '2026-11-20', isOpen: true },
      { day: '2026-11-21', isOpen: false, outcome: 'Plainte transmise.' },
    ],
    actions: ['note', 'warn', 'rename', 'block', 'unblock', 'delete', 'bar', 'except', 'refer'] as const,
  })),
  sample('moderation-profile-imported', moderatedProfilePage, () => ({
    application,
    profile: { ...profile, source: 'imported' as const },
    warnings: 0,
    isRenameAsked: false,
    history: [
      { id: 'd6', kind: 'imported', day: '2026-11-20' },
      { id: 'd7', kind: 'blocked', day: '2026-11-20', reason: suspendedBefore },
    ],
    bars: [],
    exceptions: 0,
    cases: [],
    actions: ['note', 'unblock', 'delete'] as const,
  })),
  ...ACTIONS.map(decision),
  sample('moderation-log', moderationLogPage, () => ({
    application,
    entries: history.map((entry, index) => ({
      ...entry,
      profileId: 'p1',
      name: index === 0 ? undefined : 'hulotte',
    })),
    nextUrl: '/moderation/a1/log?after=2026-11-18.d1',
  })),
  sample('moderation-log-none', moderationLogPage, () => ({ application, entries: [] })),
  sample('moderation-appeals', appealsPage, () => ({
    application,
    appeals: [appeal, { ...appeal, id: 'd1', name: 'noctua', decision: warned, isOwnDecision: true }],
  })),
  sample('moderation-appeals-none', appealsPage, () => ({ application, appeals: [] })),
  sample('moderation-appeal', appealPage, (frame) => ({
    application,
    appeal,
    form: wrong(frame, {}, { outcome: ['choice_required', {}] }),
    csrf,
  })),
  sample('moderation-exceptions', exceptionsPage, () => ({
    application,
    exceptions: [
      { id: 'e1', profileId: 'p1', name: 'hulotte', quota: 9, day: '2026-11-20', by: 'maud' },
      { id: 'e2', profileId: 'p2', name: 'noctua', quota: 3, day: '2026-11-20' },
    ],
    csrf,
  })),
  sample('moderation-exceptions-none', exceptionsPage, () => ({ application, exceptions: [], csrf })),
  sample('moderation-reasons', reasonsPage, (frame) => ({
    application,
    lines: 2,
    isOwn: true,
    form: wrong(frame, { 'fr-0': reason.fr, 'en-0': '' }, { 'en-0': ['reasons_invalid', {}] }),
    csrf,
  })),
];

const ownWarned = { ...warned, by: undefined };
const ownBlocked = { ...blocked, by: undefined };
const own = [
  { ...ownWarned, isUndone: false, appealUrl: '/profiles/p1/appeal/d1' },
  {
    ...ownBlocked,
    isUndone: true,
    appeal: {
      day: '2026-11-20',
      words: appeal.words,
      outcome: { granted: true, words: 'Relu.', day: '2026-11-21' },
    },
  },
];
const shown = {
  profile: { id: 'p1', name: 'hulotte', status: 'blocked' as const, createdDay: '2026-03-02' },
  application: lake,
  receives: [],
  form: blankForm,
  noteAction: '/profiles/p1/note',
  groups: [],
  groupsAction: '/profiles/p1/groups',
  csrf,
};

/** What owners read of it. */
export const ownDecisionSamples: readonly Sample[] = [
  sample('profile-decided', profilePage, () => ({
    ...shown,
    decisions: {
      refused: { kind: 'blocked' as const, until: '2026-11-26' },
      warnings: own.slice(0, 1),
      renameUrl: '/profiles/p1/rename',
      history: own,
    },
  })),
  sample('profile-refused', profilePage, () => ({
    ...shown,
    decisions: {
      refused: { kind: 'because' as const, name: 'noctua', url: '/profiles/p2' },
      warnings: [],
      history: [],
    },
  })),
  sample('profile-deleted', profilePage, () => ({
    ...shown,
    decisions: { refused: { kind: 'deleted' as const }, warnings: [], history: own },
  })),
  sample('write-appeal', writeAppealPage, (frame) => ({
    profile: { id: 'p1', name: 'hulotte' },
    decision: { ...ownWarned, isUndone: false },
    url: '/profiles/p1/appeal/d1',
    form: wrong(frame, { words: 'Non.' }, { words: ['words_too_few', { min: 10 }] }),
    csrf,
  })),
  sample('rename-asked', renamePage, (frame) => ({
    profile: { id: 'p1', name: 'hulotte' },
    application: lake,
    form: wrong(frame, { name: 'noctua' }, { name: ['name_taken', {}] }),
    csrf,
  })),
];
