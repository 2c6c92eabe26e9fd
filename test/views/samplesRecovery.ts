import { passwordWaitsPage } from '../../views/journey/link.tsx';
import {
  confirmMailboxPage,
  mailboxConfirmedPage,
  mailboxElsewherePage,
  mailboxUndonePage,
  undoMailboxPage,
} from '../../views/journey/linkMailbox.tsx';
import { linkStoppedPage, stopLinkPage } from '../../views/journey/linkStop.tsx';
import { letterSentPage, onwardPage, recoveredPage, recoveryPage } from '../../views/journey/recovery.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { accountPage, type AccountData } from '../../views/portal/account.tsx';
import { mailboxPage, type MailboxData } from '../../views/portal/mailbox.tsx';
import { passwordPage } from '../../views/portal/password.tsx';
import { csrf, lake, sample, work, wrong, type Sample } from './sampling.ts';

const opensAt = Date.UTC(2026, 10, 22, 9, 30);
const contact = 'entraide@example.org';
const mailbox = 'mathilde@courriel.example';

const recovery = {
  action: '/journey/j1/forgotten',
  csrf,
  form: blankForm,
  contact,
  backUrl: '/journey/j1',
  asked: work,
};

const account: AccountData = {
  loginName: 'mathilde',
  mailbox,
  mailboxVerified: true,
  second: {},
  hasMail: true,
  form: blankForm,
  csrf,
};

const first: MailboxData = {
  which: 'first' as const,
  path: '/account/mailbox',
  mailbox,
  verified: true,
  hasMail: true,
  form: blankForm,
  csrf,
};

/** Finding back to one's account, its mailboxes, and its password. */
export const recoverySamples: readonly Sample[] = [
  sample('recovery', recoveryPage, () => recovery),
  sample('recovery-errors', recoveryPage, (frame) => ({
    ...recovery,
    form: wrong(
      frame,
      { identifier: 'mathilde@' },
      { identifier: ['mailbox_invalid', {}], work: ['work_missing', {}] },
    ),
  })),
  sample('letter-sent', letterSentPage, () => ({
    contact,
    againUrl: '/journey/j1/forgotten',
    backUrl: '/journey/j1',
  })),
  sample('recovered', recoveredPage, () => ({ loginName: 'mathilde', onwardUrl: '/journey/j1/onward' })),
  sample('onward', onwardPage, () => ({ application: lake })),
  sample('password-waits', passwordWaitsPage, () => ({ opensAt, loginName: 'mathilde' })),
  sample('mailbox-confirm', confirmMailboxPage, () => ({
    action: '/link/t1',
    loginName: 'mathilde',
    mailbox,
    second: false,
  })),
  sample('mailbox-confirm-second', confirmMailboxPage, () => ({
    action: '/link/t1',
    loginName: 'mathilde',
    mailbox,
    second: true,
  })),
  sample('mailbox-confirmed', mailboxConfirmedPage, () => ({ mailbox, second: false })),
  sample('mailbox-elsewhere', mailboxElsewherePage, () => ({ code: 'mailbox_elsewhere' })),
  sample('mailbox-undo', undoMailboxPage, () => ({ action: '/link/t1', loginName: 'mathilde', mailbox })),
  sample('mailbox-undone', mailboxUndonePage, () => ({ mailbox })),
  sample('link-stop', stopLinkPage, () => ({ action: '/link/t1', loginName: 'mathilde' })),
  sample('link-stopped', linkStoppedPage, () => ({ signInUrl: '/' })),
  sample('account', accountPage, ({ t, language }) => ({
    ...account,
    form: { values: { language }, errors: [] },
    notice: t('notice.password_changed'),
  })),
  sample('account-waiting', accountPage, ({ language }) => ({
    ...account,
    mailboxVerified: false,
    pending: 'm.leroux@autre.example',
    second: { mailbox: 'tante.odette@autre.example', pending: 'mathilde@association.example' },
    link: { opensAt, resetsFactors: true },
    form: { values: { language }, errors: [] },
  })),
  sample('account-without-mail', accountPage, ({ language }) => ({
    ...account,
    mailbox: undefined,
    mailboxVerified: false,
    second: undefined,
    hasMail: false,
    form: { values: { language }, errors: [] },
  })),
  sample('account-mailbox', mailboxPage, () => first),
  sample('account-mailbox-waiting', mailboxPage, (frame) => ({
    ...first,
    verified: false,
    pending: 'm.leroux@autre.example',
    form: wrong(frame, { mailbox: 'mathilde' }, { mailbox: ['mailbox_invalid', {}] }),
  })),
  sample('account-mailbox-unproven', mailboxPage, () => ({ ...first, verified: false })),
  sample('account-second-mailbox', mailboxPage, () => ({
    ...first,
    which: 'second' as const,
    path: '/account/second-mailbox',
  })),
  sample('account-password', passwordPage, (frame) => ({
    loginName: 'mathilde',
    form: wrong(frame, {}, { current: ['password_wrong', {}], password: ['password_too_short', { min: 12 }] }),
    csrf,
    passwordMinimum: 12,
    hasMail: true,
  })),
];
