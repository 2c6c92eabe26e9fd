import { allowSenderPage } from '../../views/admin/allowSender.tsx';
import { mailSendersPage } from '../../views/admin/mailSenders.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { messageFor } from '../../views/text.ts';
import { csrf, dot, lake, sample, wrong, type Sample } from './sampling.ts';

const at = Date.UTC(2026, 10, 20, 19);
const path = '/admin/applications/a1/mail';
const longest = `${'tres-long.'.repeat(20)}lac.example`;

const application = { name: lake.name, iconUrl: dot, url: '/admin/applications/a1' };

const submission = {
  place: { host: 'compte.example.org', port: '587' },
  user: 'q2VtYmxlIHF1ZSBsYSBu',
  credentials: [{ id: 'c1', createdDay: '2026-11-20' }],
  addAction: `${path}/credentials`,
  removeAction: `${path}/credentials/remove`,
};

const refusals = ({ t }: Frame) => [
  {
    domain: 'lettres.example',
    count: 12,
    at,
    text: t('admin.senders.reason.unregistered_domain', { domain: 'lettres.example' }),
    advice: t('admin.senders.advice.unregistered_domain'),
    allowUrl: `${path}/allow?domain=lettres.example`,
  },
  {
    domain: longest,
    network: '172.18.0.5',
    count: 1,
    at,
    text: t('admin.senders.reason.unsigned', { domain: longest }),
    advice: t('admin.senders.advice.unsigned', { domain: longest }),
    allowUrl: `${path}/allow?domain=${longest}`,
  },
  {
    count: 2,
    at,
    text: t('admin.senders.reason.from_unreadable'),
    advice: t('admin.senders.advice.from_unreadable'),
  },
];

const page = {
  application,
  action: path,
  csrf,
  form: { ...blankForm, values: { senderDomains: 'lac.example\nmail.lac.example', senderNetworks: '172.18.0.0/16' } },
  warnings: [],
  submission,
  refusals: [],
};

export const mailSenderSamples: readonly Sample[] = [
  sample('admin-senders', mailSendersPage, (frame) => ({
    ...page,
    refusals: refusals(frame),
    notice: frame.t('admin.senders.notice_allowed'),
  })),
  sample('admin-senders-empty', mailSendersPage, () => ({
    ...page,
    form: blankForm,
    submission: { ...submission, place: undefined, credentials: [] },
  })),
  sample('admin-senders-made', mailSendersPage, ({ t }) => ({
    ...page,
    submission: {
      ...submission,
      credentials: [...submission.credentials, { id: 'c2', createdDay: '2026-11-27' }],
      addAction: undefined,
      secret: 'q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJlcXVlbGFudWl0',
    },
    notice: t('admin.senders.notice_made'),
  })),
  sample('admin-senders-wrong', mailSendersPage, (frame) => ({
    ...page,
    form: wrong(
      frame,
      { senderDomains: 'lac.example\nle lac', senderNetworks: '0.0.0.0/0' },
      {
        senderDomains: ['domain_invalid', { domain: 'le lac' }],
        senderNetworks: ['network_invalid', { network: '0.0.0.0/0' }],
      },
    ),
    warnings: [messageFor(frame.t, 'sender_anybody', { domain: 'gmail.com' })],
  })),
  sample('admin-senders-allow', allowSenderPage, () => ({
    application: lake,
    domain: longest,
    action: `${path}/allow`,
    csrf,
    backUrl: path,
  })),
  sample('admin-senders-allow-not', allowSenderPage, ({ t }) => ({
    application: lake,
    domain: 'gmail.com',
    problem: messageFor(t, 'sender_anybody', { domain: 'gmail.com' }),
    action: `${path}/allow`,
    csrf,
    backUrl: path,
  })),
];
