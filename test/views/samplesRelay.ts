import { queuePage } from '../../views/admin/relay.tsx';
import { mailboxPage } from '../../views/portal/mailbox.tsx';
import { mailPage } from '../../views/portal/relay.tsx';
import { correspondentsPage } from '../../views/portal/relayCorrespondents.tsx';
import { messagePage } from '../../views/portal/relayMessage.tsx';
import { profileMailPage } from '../../views/portal/relayProfile.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const at = Date.UTC(2026, 10, 20, 19, 42);
const address = 'k7f3wq9d2m5x8r1t@relais.example.org';
const path = '/profiles/p1/mail/m1';
const message = {
  path,
  backUrl: '/profiles/p1/mail',
  profile: 'hulotte',
  application: lake,
  way: 'in' as const,
  at,
  domain: 'lac.example',
  isStranger: false,
  mayBeTwice: false,
  csrf,
};
const notifications = {
  name: 'Mastodon du Lac',
  address: 'notifications@lac.example',
  isBlocked: false,
  isKnown: true,
};

/** What people see of the mail to their profiles. */
export const relaySamples: readonly Sample[] = [
  sample('mail', mailPage, ({ t }) => ({
    isForwarded: true,
    trouble: { kind: 'paused' as const, since: '2026-11-18', isGone: true },
    rows: [
      {
        id: 'p1',
        name: 'hulotte',
        application: lake.name,
        address,
        mode: 'held' as const,
        counts: [t('relay.count_held', { count: 3 }), t('relay.count_failed', { count: 1 })],
        isMarked: true,
      },
      {
        id: 'p2',
        name: 'noctua',
        application: 'Pixelfed des Cimes',
        address: 'zx81h0p4aa77c0d9@relais.example.org',
        mode: 'on' as const,
        counts: [t('relay.count_waiting', { count: 1 })],
        isMarked: false,
      },
      {
        id: 'p3',
        name: 'grand_duc',
        application: lake.name,
        address: 'aa11bb22cc33dd44@relais.example.org',
        mode: 'muted' as const,
        counts: [],
        isMarked: false,
      },
    ],
    paging: { nextUrl: '/mail?page=2' },
    csrf,
  })),
  sample('mail-empty', mailPage, () => ({
    isForwarded: true,
    trouble: { kind: 'unproven' as const },
    rows: [],
    paging: {},
    csrf,
  })),
  sample('mail-off', mailPage, () => ({
    isForwarded: false,
    rows: [
      { id: 'p1', name: 'hulotte', application: lake.name, address, mode: 'on' as const, counts: [], isMarked: false },
    ],
    paging: {},
    csrf,
  })),
  sample('mail-profile', profileMailPage, ({ t }) => ({
    path: '/profiles/p1/mail',
    profile: { id: 'p1', name: 'hulotte' },
    application: lake.name,
    address,
    attention: [
      {
        id: 'm1',
        at,
        title: t('relay.in_held_stranger', { application: lake.name }),
        detail: t('relay.from_where', { domain: 'reclame.example' }),
        url: path,
      },
      {
        id: 'm2',
        at,
        title: t('relay.in_failed'),
        detail: t('relay.from_where', { domain: 'lac.example' }),
        url: path,
      },
    ],
    log: [
      {
        id: 'm3',
        at,
        title: t('relay.in_delivered'),
        detail: t('relay.from_where', { domain: 'lac.example' }),
        url: path,
      },
      { id: 'm4', at, title: t('relay.in_muted'), detail: t('relay.from_where', { domain: 'lac.example' }) },
      {
        id: 'm5',
        at,
        title: t('relay.out_delivered'),
        detail: t('relay.to_where', { domain: 'lac.example' }),
        url: path,
      },
    ],
    paging: { previousUrl: '/profiles/p1/mail', nextUrl: '/profiles/p1/mail?page=3' },
    form: { values: { mode: 'on', strangers: 'hold' }, errors: [] },
    csrf,
    notice: t('notice.mail_answered'),
  })),
  sample('mail-profile-errors', profileMailPage, (frame) => ({
    path: '/profiles/p1/mail',
    profile: { id: 'p1', name: 'hulotte' },
    application: lake.name,
    address,
    attention: [],
    log: [],
    paging: {},
    form: wrong(frame, { mode: 'on', strangers: 'refuse' }, { mode: ['choice_required', {}] }),
    csrf,
  })),
  sample('mail-profile-off', profileMailPage, () => ({
    path: '/profiles/p1/mail',
    profile: { id: 'p1', name: 'hulotte' },
    application: lake.name,
    address,
    attention: [],
    log: [],
    paging: {},
    csrf,
  })),
  sample('mail-stranger', messagePage, ({ t }) => ({
    ...message,
    title: t('relay.in_held_stranger', { application: lake.name }),
    domain: 'reclame.example',
    correspondent: { name: 'Gagnez vite', address: 'offre@reclame.example', isBlocked: false, isKnown: false },
    isStranger: true,
    kept: { until: '2026-12-04', sendAs: 'through' as const },
  })),
  sample('mail-failed', messagePage, ({ t }) => ({
    ...message,
    title: t('relay.in_failed'),
    correspondent: notifications,
    mayBeTwice: true,
    trouble: { reason: t('relay.reason_full'), said: '552 5.2.2 <océane@maison.example>: mailbox full' },
    kept: { until: '2026-12-04', sendAs: 'again' as const },
    answer: { form: blankForm, address },
  })),
  sample('mail-answer-errors', messagePage, (frame) => ({
    ...message,
    title: frame.t('relay.in_delivered'),
    correspondent: notifications,
    answer: {
      form: wrong(
        frame,
        { subject: 'Bonjour', text: 'Écrivez-moi à océane@maison.example' },
        { confirmed: ['mail_tells_address', {}] },
      ),
      address,
    },
  })),
  sample('mail-answered', messagePage, ({ t }) => ({
    ...message,
    way: 'out' as const,
    title: t('relay.out_failed'),
    correspondent: notifications,
    trouble: { reason: t('relay.reason_away'), said: '' },
    kept: { until: '2026-12-04', sendAs: 'again' as const },
  })),
  sample('mail-correspondents', correspondentsPage, ({ t }) => ({
    path: '/profiles/p1/mail/correspondents',
    backUrl: '/profiles/p1/mail',
    profile: 'hulotte',
    people: [
      { id: 'c1', ...notifications },
      { id: 'c2', name: '', address: 'quelquun-avec-une-adresse-longue@courrier.lac.example', isBlocked: true },
    ],
    paging: { nextUrl: '/profiles/p1/mail/correspondents?page=2' },
    csrf,
    notice: t('notice.correspondent_blocked'),
  })),
  sample('mail-correspondents-empty', correspondentsPage, () => ({
    path: '/profiles/p1/mail/correspondents',
    backUrl: '/profiles/p1/mail',
    profile: 'hulotte',
    people: [],
    paging: {},
    csrf,
  })),
  sample('mailbox-paused', mailboxPage, () => ({
    which: 'first' as const,
    path: '/account/mailbox',
    mailbox: 'océane@maison.example',
    verified: true,
    hasMail: true,
    trouble: { kind: 'second' as const, since: '2026-11-18', isGone: false },
    form: blankForm,
    csrf,
  })),
];

/** What administrators see of it. */
export const queueSamples: readonly Sample[] = [
  sample('admin-queue', queuePage, ({ t }) => ({
    queue: {
      isListening: true,
      isPaused: false,
      waiting: 1204,
      held: 31,
      failed: 2,
      oldest: at,
      destinations: {
        shared: [
          {
            name: 'grandcourrier.example',
            accounts: 12,
            waiting: 1100,
            trouble: { since: at, due: at, code: '450' },
          },
          { name: 'maison.example', accounts: 5, waiting: 5 },
        ],
        others: 99,
      },
    },
    csrf,
    notice: t('admin.queue.said_going'),
  })),
  sample('admin-queue-paused', queuePage, () => ({
    queue: {
      isListening: false,
      isPaused: true,
      waiting: 0,
      held: 0,
      failed: 0,
      destinations: { shared: [], others: 0 },
    },
    csrf,
  })),
  sample('admin-queue-off', queuePage, () => ({ csrf })),
];
