import { adminAccountPage, type AdminAccountData } from '../../views/admin/account.tsx';
import { accountsPage } from '../../views/admin/accounts.tsx';
import { firstRunCodePage, firstRunDonePage, firstRunPage } from '../../views/journey/firstRun.tsx';
import {
  invitationClosedPage,
  invitationPage,
  linkGonePage,
  newPasswordPage,
  otherAccountPage,
  passwordDonePage,
} from '../../views/journey/link.tsx';
import { noAdministratorPage } from '../../views/journey/noAdministrator.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, groups, sample, wrong, type Sample } from './sampling.ts';

const link = { address: 'https://compte.example.org/link/q2VtYmxlIHF1ZSBsYQ', label: 'Mathilde, du potager' };
const choices = () => groups().map(({ id, name }) => ({ id, name, checked: id === 'g1' }));

/** The pages before there is an administrator, and those that one-time links lead to. */
export const arrivalSamples: readonly Sample[] = [
  sample('no-administrator', noAdministratorPage, () => ({
    command: 'aluco account add NAME --administrator',
    firstRunUrl: '/first-run',
    signInUrl: '/account',
  })),
  sample('first-run-code', firstRunCodePage, () => ({ action: '/first-run', form: blankForm })),
  sample('first-run-code-errors', firstRunCodePage, (frame) => ({
    action: '/first-run',
    form: wrong(frame, {}, { code: ['code_wrong', {}] }),
  })),
  sample('first-run', firstRunPage, ({ language }) => ({
    action: '/first-run',
    code: '34AC-79DE',
    form: { values: { url: 'https://compte.example.org', name: 'Aluco', language }, errors: [] },
    asked: ['url', 'name', 'contact', 'language'] as const,
    given: [],
    passwordMinimum: 8,
  })),
  sample('first-run-errors', firstRunPage, (frame) => ({
    action: '/first-run',
    code: '34AC-79DE',
    form: wrong(
      frame,
      { url: 'compte.example.org', loginName: 'm', mailbox: 'mathilde' },
      {
        url: ['setting_invalid_url', {}],
        contact: ['setting_invalid_contact', {}],
        loginName: ['login_name_too_short', { min: 2 }],
        password: ['password_common', {}],
        mailbox: ['mailbox_invalid', {}],
      },
    ),
    asked: ['url', 'contact'] as const,
    given: [
      { label: frame.t('first_run.name'), value: 'La Hulotte' },
      { label: frame.t('first_run.language'), value: 'fr' },
    ],
    passwordMinimum: 8,
  })),
  sample('first-run-done', firstRunDonePage, () => ({ address: 'https://compte.example.org' })),
  sample('invitation', invitationPage, () => ({ action: '/link/t1', form: blankForm, passwordMinimum: 8 })),
  sample('invitation-errors', invitationPage, (frame) => ({
    action: '/link/t1',
    form: wrong(
      frame,
      { loginName: 'mathilde', mailbox: 'mathilde@' },
      {
        loginName: ['login_name_taken', {}],
        password: ['password_too_short', { min: 8 }],
        mailbox: ['mailbox_invalid', {}],
      },
    ),
    passwordMinimum: 8,
  })),
  sample('invitation-rules', invitationPage, (frame) => ({
    action: '/link/t1',
    form: wrong(frame, { loginName: 'mathilde' }, { terms: ['terms_required', {}] }),
    passwordMinimum: 8,
    terms: { version: '1er décembre 2026', rulesUrl: 'https://hulotte.example/regles' },
  })),
  sample('invitation-closed', invitationClosedPage, () => ({ contact: 'entraide@example.org' })),
  sample('new-password', newPasswordPage, () => ({
    action: '/link/t1',
    form: blankForm,
    loginName: 'mathilde',
    passwordMinimum: 8,
  })),
  sample('new-password-errors', newPasswordPage, (frame) => ({
    action: '/link/t1',
    form: wrong(frame, {}, { password: ['password_context', {}] }),
    loginName: 'mathilde',
    passwordMinimum: 8,
  })),
  sample('password-done', passwordDonePage, () => ({ signInUrl: '/' })),
  sample('link-other', otherAccountPage, () => ({ loginName: 'mathilde', csrf })),
  sample('link-gone', linkGonePage, () => ({ contact: 'entraide@example.org' })),
];

const someone: AdminAccountData = {
  id: 'a1',
  loginName: 'bruno',
  status: 'active',
  createdMonth: '2026-03',
  address: 'unverified',
  isOwn: false,
  groups: choices(),
  linkWait: 24,
  secondFactor: true,
  forms: { role: { values: { role: 'person' }, errors: [] }, groups: blankForm, suspend: blankForm, link: blankForm },
  csrf,
};

/** Administrators' pages of accounts. */
export const accountSamples: readonly Sample[] = [
  sample('admin-accounts', accountsPage, () => ({
    searchForm: { values: { who: 'mathilde@courriel.example' }, errors: [] },
    found: [
      { id: 'a1', loginName: 'mathilde', match: 'verified' as const, status: 'active' as const },
      { id: 'a2', loginName: 'bruno', match: 'unverified' as const, status: 'suspended' as const },
    ],
    inviteForm: { values: { role: 'person', uses: '1', days: '1' }, errors: [] },
    groups: choices(),
    invitations: [
      { id: 'i1', label: 'Mathilde, du potager', administrator: false, uses: 30, hours: 700, isBacked: true },
      { id: 'i2', label: 'Bruno', administrator: true, uses: 1, hours: 1, isBacked: true },
      { id: 'i3', label: 'Le fils de Bruno', administrator: false, uses: 1, hours: 5, isBacked: false },
    ],
    link: { ...link, uses: 30, days: 90 },
    csrf,
  })),
  sample('admin-accounts-closed', accountsPage, () => ({
    searchForm: blankForm,
    inviteForm: undefined,
    groups: choices(),
    invitations: [],
    csrf,
  })),
  sample('admin-accounts-errors', accountsPage, (frame) => ({
    searchForm: wrong(frame, { who: 'mathild' }, { who: ['account_not_found', {}] }),
    inviteForm: wrong(
      frame,
      { role: 'administrator', uses: '2', days: '91' },
      {
        label: ['label_invalid', { max: 80 }],
        uses: ['invitation_single', {}],
        days: ['invitation_days_invalid', { max: 90 }],
        group: ['groups_too_many', { max: 20 }],
      },
    ),
    groups: choices(),
    invitations: [],
    csrf,
  })),
  sample('admin-account', adminAccountPage, ({ t }) => ({
    ...someone,
    address: 'verified' as const,
    openLink: { hours: 48, opensAt: Date.UTC(2026, 10, 22, 9, 30), resetsFactors: true },
    link: { ...link, label: 'bruno' },
    notice: t('notice.account_reinstated'),
  })),
  sample('admin-account-suspended', adminAccountPage, () => ({
    ...someone,
    status: 'suspended' as const,
    suspendedUntil: '2026-12-24',
    linkWait: 0,
    secondFactor: false,
    openLink: { hours: 3, resetsFactors: false },
    groups: [],
  })),
  sample('admin-account-errors', adminAccountPage, (frame) => ({
    ...someone,
    isOwn: true,
    forms: {
      role: wrong(frame, { role: 'person' }, { role: ['last_administrator', {}], sure: ['confirm_required', {}] }),
      groups: wrong(frame, {}, { group: ['group_unknown', {}] }),
      suspend: wrong(
        frame,
        { until: '2020-01-01' },
        { until: ['suspension_day_invalid', {}], sure: ['confirm_required', {}] },
      ),
      link: blankForm,
    },
  })),
];
