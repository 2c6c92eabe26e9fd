import { accountLogPage } from '../../views/admin/accountLog.tsx';
import { askUnsealingPage } from '../../views/admin/askUnsealing.tsx';
import { casePage } from '../../views/admin/case.tsx';
import { casesPage } from '../../views/admin/cases.tsx';
import { registerEntryPage, registerPage, type ShownRegisterEntry } from '../../views/admin/register.tsx';
import { unsealingPage } from '../../views/admin/unsealing.tsx';
import { unsealingsPage } from '../../views/admin/unsealings.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const instant = Date.UTC(2026, 10, 20, 19, 42);
const profile = 'hulotte';
const application = lake.name;
const reason = 'Menaces contre une voisine.\nLe juge a signé.';

const referred = { kind: 'referred', by: 'maud', day: '2026-11-18', reason: 'Harcèlement', words: reason } as const;

const aCase = {
  id: 'c1',
  profileId: 'p1',
  profile,
  application,
  profileUrl: '/moderation/a1/profiles/p1',
  day: '2026-11-18',
  entries: [referred, { kind: 'noted' as const, by: '', day: '2026-11-19', words: 'Vu.' }],
  csrf,
};

const facts = [
  { label: 'Profil', value: 'hulotte' },
  { label: 'Référence', value: 'Art. 99-4' },
];

const unsealing = { id: 'u1', request: 7, facts, reason, form: blankForm, csrf };

const entry: ShownRegisterEntry = {
  number: 7,
  at: instant,
  title: 'Levée demandée',
  facts,
  hash: 'a'.repeat(64),
  isRequest: false,
};
const year = {
  year: '2026',
  asked: 3,
  confirmed: 2,
  declined: 1,
  lapsed: 0,
  told: 1,
  requests: 4,
  answers: 3,
  given: 1,
};
const answers = [
  { value: 'given', label: 'Remis' },
  { value: 'refused', label: 'Refusé' },
];

/** Cases, unsealing, the register, the log of an account. */
export const registerSamples: readonly Sample[] = [
  sample('cases', casesPage, ({ t }) => ({
    status: 'open' as const,
    cases: [{ id: 'c1', profile, application, day: '2026-11-18', entries: 2 }],
    total: 51,
    nextUrl: '/admin/cases?status=open&page=2',
    notice: t('notice.case_closed'),
  })),
  sample('cases-none', casesPage, () => ({ status: 'closed' as const, cases: [], total: 0 })),
  sample('case', casePage, () => ({
    ...aCase,
    status: 'open' as const,
    noteForm: blankForm,
    closeForm: blankForm,
  })),
  sample('case-errors', casePage, (frame) => ({
    ...aCase,
    status: 'open' as const,
    noteForm: wrong(frame, { words: '' }, { words: ['words_too_few', { min: 1 }] }),
    closeForm: wrong(frame, { outcome: 'x' }, { outcome: ['words_too_many', { max: 500 }] }),
  })),
  sample('case-closed', casePage, () => ({
    ...aCase,
    status: 'closed' as const,
    outcome: { kind: 'noted' as const, by: 'odile', day: '2026-11-20', words: 'Rien à faire.' },
    noteForm: blankForm,
    closeForm: blankForm,
  })),
  sample('case-gone', casePage, () => ({
    ...aCase,
    gone: { became: 'withdrawn' as const, day: '2026-11-19' },
    status: 'open' as const,
    noteForm: blankForm,
    closeForm: blankForm,
  })),
  sample('unsealings', unsealingsPage, ({ t }) => ({
    unsealings: [
      { id: 'u1', request: 7, profile, application, askedBy: 'odile', status: 'asked' as const, until: instant },
      { id: 'u2', request: 9, profile, application, askedBy: 'odile', status: 'confirmed' as const, until: instant },
    ],
    applications: [{ id: 'a1', name: application }],
    form: { values: { application: 'a1', name: 'hul' }, errors: [] },
    found: [{ id: 'p1', name: profile }],
    notice: t('notice.unsealing_ended'),
  })),
  sample('unsealings-none', unsealingsPage, () => ({
    unsealings: [],
    applications: [{ id: 'a1', name: application }],
    form: blankForm,
    found: [],
  })),
  sample('unsealing-ask', askUnsealingPage, () => ({
    profileId: 'p1',
    profile,
    application,
    wanted: ['login'],
    hasConnections: true,
    noticeDays: 30,
    form: { values: { telling: 'usual' }, errors: [] },
    csrf,
  })),
  sample('unsealing-ask-errors', askUnsealingPage, (frame) => ({
    profileId: 'p1',
    profile,
    application,
    wanted: [],
    hasConnections: true,
    noticeDays: 1,
    form: wrong(
      frame,
      { reference: 'x', telling: 'later' },
      {
        wanted: ['choice_required', {}],
        from: ['day_invalid', {}],
        to: ['days_turned', {}],
        reference: ['words_too_few', { min: 3 }],
        reason: ['words_too_few', { min: 10 }],
        tellDay: ['tell_day_invalid', {}],
      },
    ),
    csrf,
  })),
  sample('unsealing-asker', unsealingPage, ({ t }) => ({
    ...unsealing,
    viewer: 'asker' as const,
    status: 'asked' as const,
    notice: t('notice.unsealing_asked'),
  })),
  sample('unsealing-other-errors', unsealingPage, (frame) => ({
    ...unsealing,
    viewer: 'other' as const,
    status: 'asked' as const,
    form: wrong(frame, { words: '' }, { words: ['words_too_few', { min: 1 }] }),
  })),
  sample('unsealing-not-theirs', unsealingPage, () => ({
    ...unsealing,
    viewer: 'other' as const,
    status: 'confirmed' as const,
  })),
  sample('unsealing-open', unsealingPage, () => ({
    ...unsealing,
    viewer: 'confirmer' as const,
    status: 'confirmed' as const,
  })),
  sample('unsealing-shown', unsealingPage, () => ({
    ...unsealing,
    viewer: 'asker' as const,
    status: 'confirmed' as const,
    shown: {
      login: 'alix',
      mailbox: { address: 'alix@courriel.example', verified: true },
      here: [],
      everywhere: [{ application, name: profile, state: 'Actif' }],
      connections: [{ at: instant, address: '192.0.2.17' }],
    },
  })),
  sample('unsealing-shown-nothing', unsealingPage, () => ({
    ...unsealing,
    viewer: 'asker' as const,
    status: 'confirmed' as const,
    shown: { mailbox: { address: '', verified: false }, connections: [] },
  })),
  sample('register', registerPage, ({ t }) => ({
    entries: [
      { ...entry, number: 9, title: 'Demande', isRequest: true, state: 'overdue' as const },
      { ...entry, number: 8, title: 'Demande', isRequest: true, state: 'waits' as const },
      entry,
    ],
    years: [year],
    overdue: 1,
    head: `9:${'b'.repeat(64)}`,
    form: blankForm,
    csrf,
    nextUrl: '/admin/register?before=7',
    notice: t('notice.register_added'),
  })),
  sample('register-errors', registerPage, (frame) => ({
    entries: [],
    years: [],
    overdue: 0,
    head: '',
    form: wrong(
      frame,
      { authority: 'x' },
      {
        authority: ['words_too_few', { min: 2 }],
        basis: ['words_too_few', { min: 2 }],
        asked: ['words_too_few', { min: 2 }],
        received: ['day_invalid', {}],
        deadline: ['days_turned', {}],
      },
    ),
    csrf,
  })),
  sample('register-entry', registerEntryPage, () => ({
    entry: { ...entry, isRequest: true },
    answers,
    form: blankForm,
    csrf,
  })),
  sample('register-entry-errors', registerEntryPage, (frame) => ({
    entry: { ...entry, isRequest: true },
    answers,
    form: wrong(
      frame,
      { words: '' },
      {
        answer: ['choice_required', {}],
        words: ['words_too_few', { min: 1 }],
        answered: ['day_invalid', {}],
      },
    ),
    csrf,
  })),
  sample('account-log', accountLogPage, ({ t }) => ({
    id: 'alix',
    loginName: 'alix',
    entries: [{ hour: instant, text: t('account_log.kind.suspended'), by: 'odile' }],
    days: 180,
  })),
  sample('account-log-none', accountLogPage, () => ({ id: 'alix', loginName: 'alix', entries: [], days: 1 })),
];
