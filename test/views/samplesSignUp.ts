import { requestPage } from '../../views/admin/request.tsx';
import { requestsPage } from '../../views/admin/requests.tsx';
import { applicantPage, withdrawnPage } from '../../views/journey/applicant.tsx';
import {
  accountMadePage,
  lookInMailPage,
  newAccountPage,
  requestSentPage,
  signUpClosedPage,
  signUpPage,
} from '../../views/journey/signUp.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample, work } from './sampling.ts';

const reason = 'Je tiens le rucher du lac.\nLes voisines m’ont parlé de vous.';
const applicant = { loginName: 'mathilde', reason };

/** The way of somebody without an account. */
export const signUpSamples: readonly Sample[] = [
  sample('sign-up', signUpPage, () => ({
    action: '/journey/1/sign-up',
    csrf,
    form: blankForm,
    application: lake,
    isApproved: false,
    asked: work,
    signInUrl: '/journey/1/other',
  })),
  sample('sign-up-errors', signUpPage, (frame) => ({
    action: '/journey/1/sign-up',
    csrf,
    form: wrong(frame, { mailbox: 'mathilde' }, { mailbox: ['mailbox_invalid', {}] }),
    isApproved: true,
    asked: work,
    signInUrl: '/journey/1/other',
  })),
  sample('sign-up-sent', lookInMailPage, () => ({ againUrl: '/journey/1/sign-up', signInUrl: '/journey/1/other' })),
  sample('sign-up-new', newAccountPage, () => ({
    action: '/link/1',
    form: blankForm,
    mailbox: 'mathilde@courriel.example',
    application: lake,
    passwordMinimum: 8,
    terms: { version: '1er décembre 2026', rulesUrl: 'https://hulotte.example/regles' },
  })),
  sample('sign-up-new-errors', newAccountPage, (frame) => ({
    action: '/link/1',
    form: wrong(
      frame,
      { loginName: 'mathilde', reason: 'Bonjour' },
      { loginName: ['login_name_taken', {}], reason: ['words_too_few', { min: 10 }], terms: ['terms_required', {}] },
    ),
    mailbox: 'mathilde@courriel.example',
    passwordMinimum: 8,
    approval: { days: 2 },
    terms: { version: '1er décembre 2026' },
  })),
  sample('sign-up-made', accountMadePage, () => ({ application: lake, loginName: 'mathilde' })),
  sample('sign-up-made-bare', accountMadePage, () => ({ loginName: 'mathilde' })),
  sample('sign-up-request', requestSentPage, () => ({})),
  sample('sign-up-closed', signUpClosedPage, () => ({ contact: 'chouette@hulotte.example' })),
  sample('applicant', applicantPage, () => ({
    action: '/journey/1/applicant',
    csrf,
    form: blankForm,
    applicant,
    days: 0,
    application: lake,
    signInUrl: '/journey/1/other',
  })),
  sample('applicant-asked-errors', applicantPage, (frame) => ({
    action: '/link/1',
    form: wrong(frame, { answer: '' }, { answer: ['words_too_few', { min: 1 }] }),
    applicant: { ...applicant, question: 'Quelles abeilles ?', answer: 'Des noires.' },
    days: undefined,
    notice: frame.t('notice.answer_sent'),
  })),
  sample('applicant-withdrawn', withdrawnPage, () => ({ homeUrl: '/' })),
];

const request = {
  id: 'a1',
  loginName: 'mathilde',
  day: '2026-11-18',
  language: 'fr',
  application: lake.name,
  reason,
  question: 'Quelles abeilles ?',
  answer: 'Des noires.',
} as const;
const groups = [
  { id: 'g1', name: 'Atelier vélo', checked: false },
  { id: 'g2', name: 'Radio', checked: true },
];

/** The queue of requests, for administrators. */
export const requestSamples: readonly Sample[] = [
  sample('admin-requests', requestsPage, ({ t }) => ({
    requests: [
      { ...request, checked: true },
      {
        id: 'a2',
        loginName: 'bruno',
        day: '2026-11-20',
        language: 'en' as const,
        reason: 'For the radio.',
        checked: false,
      },
    ],
    total: 23,
    days: 2,
    groups,
    form: blankForm,
    csrf,
    nextUrl: '/admin/requests?page=2',
    notice: t('notice.requests_partly_gone'),
  })),
  sample('admin-requests-errors', requestsPage, (frame) => ({
    requests: [{ ...request, checked: false }],
    total: 1,
    days: undefined,
    groups: [],
    form: wrong(frame, { reason: 'x' }, { request: ['choice_required', {}], reason: ['words_too_many', { max: 500 }] }),
    csrf,
    previousUrl: '/admin/requests?page=1',
  })),
  sample('admin-requests-none', requestsPage, () => ({
    requests: [],
    total: 0,
    days: undefined,
    groups,
    form: blankForm,
    csrf,
  })),
  sample('admin-request', requestPage, ({ t }) => ({
    request,
    groups,
    decideForm: blankForm,
    questionForm: blankForm,
    csrf,
    notice: t('notice.question_sent'),
  })),
  sample('admin-request-errors', requestPage, (frame) => ({
    request,
    groups: [],
    decideForm: blankForm,
    questionForm: wrong(frame, { question: '' }, { question: ['words_too_few', { min: 1 }] }),
    csrf,
  })),
];
