import { digestPage } from '../../views/moderation/digest.tsx';
import { overviewPage } from '../../views/moderation/overview.tsx';
import { moderationRequestPage } from '../../views/moderation/request.tsx';
import { moderationRequestsPage, type ShownRequest } from '../../views/moderation/requests.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { homePage } from '../../views/portal/home.tsx';
import { profilePage } from '../../views/portal/profile.tsx';
import type { OwnRequest } from '../../views/portal/request.tsx';
import { applications, csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const application = { id: 'a1', name: lake.name };
const reasons = [
  { id: 'spam', text: 'Publicité ou pourriel' },
  { id: 'name', text: 'Nom qui ne convient pas' },
];
const heron: ShownRequest = {
  profileId: 'p1',
  name: 'heron',
  day: '2026-11-20',
  urgent: true,
  status: 'waiting',
  words: 'On me poursuit là-bas.\nJe voudrais recommencer.',
};
const asked: ShownRequest = {
  ...heron,
  profileId: 'p2',
  name: 'aigrette',
  urgent: false,
  status: 'asked',
  question: 'Quels filets ?',
};
const given: ShownRequest = { ...heron, profileId: 'p3', name: 'butor', status: 'review', words: '' };
const queue = { waiting: 3, urgent: 1, asked: 1, review: 1, appeals: 2, oldestDays: 9, isOverdue: true };
const nothing = { waiting: 0, urgent: 0, asked: 0, review: 0, appeals: 0, isOverdue: false };

/** What moderators see of requests for profiles. */
export const moderationSamples: readonly Sample[] = [
  sample('moderation', overviewPage, ({ t }) => ({
    queues: [
      { id: 'a1', name: lake.name, ...queue },
      { id: 'a2', name: 'Wiki', ...nothing },
    ],
    notice: t('notice.saved'),
  })),
  sample('moderation-nowhere', overviewPage, () => ({ queues: [] })),
  sample('moderation-requests', moderationRequestsPage, ({ t }) => ({
    application,
    requests: [heron, asked, given].map((request) => ({ ...request, checked: request.urgent })),
    total: 103,
    days: 2,
    reasons,
    containing: 'filets',
    page: 2,
    form: blankForm,
    csrf,
    previousUrl: '/moderation/a1?page=1',
    nextUrl: '/moderation/a1?page=3',
    notice: t('moderation.gone', { names: t('moderation.gone_one', { name: 'butor', became: 'approved' }) }),
  })),
  sample('moderation-requests-none', moderationRequestsPage, () => ({
    application,
    requests: [],
    total: 0,
    days: undefined,
    reasons,
    containing: '',
    page: 1,
    form: blankForm,
    csrf,
  })),
  sample('moderation-requests-errors', moderationRequestsPage, (frame) => ({
    application,
    requests: [{ ...heron, checked: false }],
    total: 1,
    days: 0,
    reasons,
    containing: '',
    page: 1,
    form: wrong(
      frame,
      { words: 'Non.' },
      { request: ['choice_required', {}], reason: ['reason_unknown', {}], words: ['words_too_many', { max: 500 }] },
    ),
    csrf,
  })),
  sample('moderation-request', moderationRequestPage, (frame) => ({
    application,
    request: { ...asked, status: 'waiting' as const, answer: 'Ceux du hareng.' },
    reasons,
    decideForm: blankForm,
    questionForm: wrong(frame, {}, { question: ['words_too_few', { min: 1 }] }),
    csrf,
  })),
  sample('moderation-request-review', moderationRequestPage, (frame) => ({
    application,
    request: given,
    reasons,
    decideForm: wrong(frame, {}, { request: ['own_profile', {}] }),
    questionForm: blankForm,
    csrf,
  })),
  sample('moderation-digest', digestPage, ({ t }) => ({
    application,
    form: { values: { digest: 'daily' }, errors: [] },
    csrf,
    notice: t('notice.saved'),
  })),
  sample('moderation-digest-errors', digestPage, (frame) => ({
    application,
    form: wrong(frame, {}, { digest: ['choice_required', {}] }),
    csrf,
  })),
  sample('moderation-digest-administrator', digestPage, () => ({ application, form: undefined, csrf })),
];

const waiting: OwnRequest = {
  status: 'waiting',
  day: '2026-11-20',
  urgent: true,
  words: heron.words,
  question: 'Quels filets ?',
  answered: 'Ceux du hareng.',
  days: 2,
  form: blankForm,
};
const profile = { id: 'p1', name: 'heron', status: 'requested' as const, createdDay: '2026-11-20' };
const page = {
  profile,
  application: lake,
  receives: [{ label: 'Nom', value: 'heron' }],
  form: blankForm,
  noteAction: '/profiles/p1/note',
  groups: [],
  groupsAction: '/profiles/p1/groups',
  csrf,
};

/** What people see of their own requests. */
export const ownRequestSamples: readonly Sample[] = [
  sample('profile-requested', profilePage, () => ({ ...page, request: waiting })),
  sample('profile-asked', profilePage, (frame) => ({
    ...page,
    request: {
      ...waiting,
      status: 'asked' as const,
      answered: undefined,
      form: wrong(frame, { answer: '' }, { answer: ['words_too_few', { min: 1 }] }),
    },
  })),
  sample('profile-given', profilePage, () => ({
    ...page,
    profile: { ...profile, status: 'active' as const },
    request: { ...waiting, status: 'review' as const, days: undefined, question: undefined, answered: undefined },
  })),
  sample('profile-ready', profilePage, () => ({
    ...page,
    profile: { ...profile, status: 'active' as const },
    isReady: true,
  })),
  sample('home-refused', homePage, () => ({
    applications: applications(),
    refused: [
      { profile: 'heron', application: lake.name, reason: 'Nom qui ne convient pas', words: 'Choisissez un oiseau.' },
      { profile: 'butor', application: 'Wiki', reason: 'Publicité ou pourriel', words: '' },
    ],
  })),
];
