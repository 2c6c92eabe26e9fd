import { busyPage } from '../../views/journey/busy.tsx';
import { createProfilePage } from '../../views/journey/createProfile.tsx';
import { errorPage } from '../../views/journey/error.tsx';
import { expiredPage } from '../../views/journey/expired.tsx';
import { forgottenPage } from '../../views/journey/forgotten.tsx';
import { formPostPage } from '../../views/journey/formPost.tsx';
import { logoutPage } from '../../views/journey/logout.tsx';
import { noAccountPage } from '../../views/journey/noAccount.tsx';
import { notFoundPage } from '../../views/journey/notFound.tsx';
import { pickPage } from '../../views/journey/pick.tsx';
import { refusedPage } from '../../views/journey/refused.tsx';
import { signedOutPage } from '../../views/journey/signedOut.tsx';
import { signInPage } from '../../views/journey/signIn.tsx';
import { unavailablePage } from '../../views/journey/unavailable.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { messageFor } from '../../views/text.ts';
import { csrf, lake, sample, wrong, type Sample, work } from './sampling.ts';

const links = { forgotten: '/forgotten', noAccount: '/no-account' };
const receives = ({ t }: Frame) => [t('receives.name'), t('receives.address')];
const rule = ({ t }: Frame) => t('rule.text', { min: 3, max: 30, characters: t('rule.letters_digits_underscore') });
const hulotte = {
  id: 'p1',
  name: 'hulotte',
  note: 'Avec les voisines',
  lastUsedDay: '2026-11-18',
  preselected: true,
  selectable: true,
};
const noctua = { id: 'p2', name: 'noctua', preselected: false, selectable: true };
const duc = (frame: Frame) => ({
  id: 'p3',
  name: 'grand_duc',
  preselected: false,
  selectable: false,
  status: frame.t('status.blocked'),
});

const signIns: readonly Sample[] = [
  sample('sign-in', signInPage, () => ({
    action: '/sign-in',
    passkeyAction: '/passkey',
    csrf,
    form: blankForm,
    links,
  })),
  sample('sign-in-application', signInPage, () => ({
    action: '/journey/1',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: blankForm,
    application: lake,
    links,
  })),
  sample('sign-in-errors', signInPage, (frame) => ({
    action: '/journey/1',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: wrong(frame, { login: 'mathilde' }, { login: ['credentials_wrong', {}] }),
    application: lake,
    links,
  })),
  sample('sign-in-work', signInPage, () => ({
    action: '/journey/1',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: blankForm,
    links,
    work,
  })),
  sample('sign-in-work-wrong', signInPage, (frame) => ({
    action: '/journey/1',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: wrong(frame, { login: 'mathilde' }, { work: ['work_wrong', {}] }),
    links,
    work,
  })),
  sample('sign-in-later', signInPage, (frame) => ({
    action: '/journey/1',
    passkeyAction: '/journey/1/passkey',
    csrf,
    form: wrong(frame, { login: 'mathilde' }, { '': ['try_later', { seconds: 30 }] }),
    application: lake,
    links,
  })),
];

const picks: readonly Sample[] = [
  sample('pick-one', pickPage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    receives: receives(frame),
    profiles: [hulotte],
    canCreate: true,
    createUrl: '?new',
    otherAccountUrl: '/journey/1/other',
  })),
  sample('pick-several', pickPage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    receives: receives(frame),
    profiles: [hulotte, noctua, duc(frame)],
    canCreate: true,
    createUrl: '?new',
  })),
  sample('pick-errors', pickPage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    receives: receives(frame),
    profiles: [{ ...hulotte, preselected: false }, noctua],
    canCreate: false,
    createUrl: '?new',
    createReason: messageFor(frame.t, 'quota_full', { limit: 2 }),
    form: wrong(frame, {}, { profile: ['choice_required', {}] }),
  })),
  sample('pick-blocked', pickPage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    receives: [],
    profiles: [duc(frame)],
    canCreate: false,
    createUrl: '?new',
    createReason: messageFor(frame.t, 'quota_full', { limit: 1 }),
  })),
];

const creations: readonly Sample[] = [
  sample('create', createProfilePage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    form: blankForm,
    rule: rule(frame),
    suggestions: [],
    receives: receives(frame),
    back: '?',
  })),
  sample('create-errors', createProfilePage, (frame) => ({
    action: '/journey/1',
    csrf,
    application: lake,
    form: wrong(frame, { name: 'hulotte', note: 'Le jardin' }, { name: ['name_taken', {}] }),
    rule: rule(frame),
    suggestions: ['hulotte_lac', 'hulotte7', 'la_hulotte'],
    receives: receives(frame),
    back: '/',
  })),
];

const contact = 'https://example.org/contact';

const ends: readonly Sample[] = [
  sample('refused', refusedPage, ({ t }) => ({
    application: lake,
    message: messageFor(t, 'entry_refused'),
    backUrl: 'https://lac.example/auth/callback?error=access_denied',
  })),
  sample('refused-awaited', refusedPage, ({ t }) => ({
    application: lake,
    message: messageFor(t, 'names_awaited'),
    contact,
    backUrl: lake.homeUrl,
  })),
  sample('refused-bare', refusedPage, ({ t }) => ({ message: messageFor(t, 'application_unknown') })),
  sample('expired', expiredPage, () => ({ application: lake, homeUrl: lake.homeUrl })),
  sample('expired-bare', expiredPage, () => ({ homeUrl: '/' })),
  sample('error', errorPage, ({ t }) => ({
    reference: 'K7F3-WQ9D',
    status: 500,
    message: messageFor(t, 'internal'),
    homeUrl: '/',
  })),
  sample('error-theirs', errorPage, ({ t }) => ({
    status: 400,
    message: messageFor(t, 'csrf'),
    applicationUrl: lake.homeUrl,
    homeUrl: '/',
  })),
  sample('not-found', notFoundPage, () => ({})),
  sample('busy', busyPage, () => ({ retryAfter: 5 })),
  sample('unavailable', unavailablePage, () => ({})),
  sample('signed-out', signedOutPage, () => ({ application: lake })),
  sample('left', signedOutPage, () => ({ application: lake, left: true })),
  sample('left-unconfirmed', signedOutPage, () => ({ application: lake, left: false })),
  sample('signed-out-offers', signedOutPage, () => ({
    offers: {
      action: '/signed-out/leave',
      csrf: 'a-token',
      applications: [
        { id: 'lake', name: lake.name },
        { id: 'forum', name: 'Le forum des jardins partagés' },
      ],
    },
  })),
  sample('logout', logoutPage, () => ({
    action: '/logout',
    hidden: [{ name: 'xsrf', value: 'x1' }],
    application: lake,
  })),
  sample('logout-bare', logoutPage, () => ({ action: '/logout', hidden: [{ name: 'xsrf', value: 'x1' }] })),
  sample('forgotten', forgottenPage, () => ({ contact: 'entraide@example.org', backUrl: '/sign-in' })),
  sample('no-account', noAccountPage, () => ({ contact, backUrl: '/sign-in' })),
  sample('form-post', formPostPage, () => ({
    action: 'https://lac.example/callback',
    fields: [
      { name: 'code', value: 'abc' },
      { name: 'submit', value: 'still sends' },
    ],
    application: lake,
  })),
];

/** The pages of people on their way to an application or back. */
export const journeySamples: readonly Sample[] = [...signIns, ...picks, ...creations, ...ends];
