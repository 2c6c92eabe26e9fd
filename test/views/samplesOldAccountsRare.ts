import { createProfilePage } from '../../views/journey/createProfile.tsx';
import {
  oldAccountPage,
  oldAddressPage,
  oldCodePage,
  oldLinkPage,
  oldSuspendedPage,
} from '../../views/journey/oldAccount.tsx';
import { offerPage } from '../../views/journey/reclaim.tsx';
import { refusedPage } from '../../views/journey/refused.tsx';
import { waitPage } from '../../views/journey/wait.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { homePage } from '../../views/portal/home.tsx';
import { profilePage } from '../../views/portal/profile.tsx';
import { messageFor } from '../../views/text.ts';
import { applications, csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const way = { csrf, application: lake };
const base = '/journey/1/old-account';
const action = '/journey/1/take-back';
/** Names that applications had: without a place to break, from the right to the left, and of pictures. */
const long = 'h'.repeat(64);
const arabic = 'بومة_الليل';
const owls = '🦉🦉🌙';

/** Names, mistakes and places that are rarer, on the way to an application. */
export const rareOldAccountSamples: readonly Sample[] = [
  sample('old-offer-long', offerPage, () => ({
    ...way,
    action,
    laterAction: action,
    offer: { name: long, needsPassword: false },
    form: blankForm,
    otherUrl: base,
  })),
  sample('old-offer-gone', offerPage, (frame) => ({
    ...way,
    action,
    laterAction: action,
    offer: { name: arabic, needsPassword: false },
    form: wrong(frame, {}, { '': ['old_offer_gone', {}] }),
    otherUrl: base,
  })),
  sample('old-account-missing', oldAccountPage, (frame) => ({
    ...way,
    base,
    offers: [],
    form: wrong(frame, { oldName: '' }, { oldName: ['answer_required', {}] }),
    back: '/',
  })),
  sample('old-account-later', oldAccountPage, (frame) => ({
    ...way,
    base,
    offers: [
      { name: long, needsPassword: true },
      { name: arabic, needsPassword: false },
      { name: owls, needsPassword: false },
    ],
    form: wrong(frame, { oldName: owls }, { '': ['try_later', { seconds: 3600 }] }),
    back: undefined,
  })),
  sample('old-code-both', oldCodePage, (frame) => ({
    ...way,
    base,
    name: arabic,
    form: wrong(frame, { code: '12345678' }, { oldPassword: ['old_password_missing', {}] }),
  })),
  sample('old-code-password', oldCodePage, (frame) => ({
    ...way,
    base,
    name: owls,
    form: wrong(frame, { code: '12345678' }, { code: ['old_code_or_password_wrong', {}] }),
  })),
  sample('old-address-long', oldAddressPage, () => ({ ...way, action: '/journey/1/taken-back', name: long })),
  sample('old-suspended-long', oldSuspendedPage, () => ({
    application: lake,
    name: long,
    profileUrl: '/profiles/p1',
    backUrl: undefined,
  })),
  sample('old-link-long', oldLinkPage, () => ({ ...way, action: '/old-account/abc', name: long, loginName: 'alix' })),
  sample('old-link-own', refusedPage, ({ t, instance }) => ({
    message: messageFor(t, 'old_link_own'),
    contact: instance.contact,
  })),
  sample('old-request-kept', createProfilePage, (frame) => ({
    ...way,
    action: '/journey/1/create',
    rule: 'a–z, 0–9',
    receives: [],
    oldAccountUrl: base,
    form: wrong(frame, { name: long, words: 'Bonjour !' }, { name: ['name_taken', {}] }),
    suggestions: [],
    keptName: long,
    request: { days: 2, mayBeUrgent: true, tellsOfOther: false },
  })),
  sample('old-wait', waitPage, () => ({
    ...way,
    action: '/journey/1/wait',
    requests: [{ name: 'hulotte', day: '2026-11-20', asked: false, url: '/profiles/1' }],
    days: 2,
    furtherUrl: undefined,
    oldAccountUrl: base,
  })),
];

/** The same on one's own pages. */
export const rareOwnOldAccountSamples: readonly Sample[] = [
  sample('home-old-accounts-rare', homePage, () => ({
    applications: applications().map((application) => ({
      ...application,
      profiles: [],
      offers: [arabic, owls, long],
      oldAccountUrl: `/applications/${application.id}/old-account`,
    })),
  })),
  sample('profile-taken-back-blocked', profilePage, ({ t }) => ({
    profile: { id: 'p1', name: arabic, status: 'blocked' as const, createdDay: '2026-11-20', takenBack: true },
    application: lake,
    receives: [{ label: t('fact.name'), value: arabic }],
    form: blankForm,
    noteAction: '/profiles/p1/note',
    groups: [],
    groupsAction: '/profiles/p1/groups',
    csrf,
    retireUrl: '/profiles/p1/retire',
    notice: t('notice.name_taken_back', { name: arabic }),
  })),
];
