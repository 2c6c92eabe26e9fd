import { createProfilePage } from '../../views/journey/createProfile.tsx';
import {
  oldAccountPage,
  oldAddressPage,
  oldCodePage,
  oldLinkPage,
  oldSuspendedPage,
} from '../../views/journey/oldAccount.tsx';
import { pickPage } from '../../views/journey/pick.tsx';
import { offerPage } from '../../views/journey/reclaim.tsx';
import { refusedPage } from '../../views/journey/refused.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { homePage } from '../../views/portal/home.tsx';
import { profilePage } from '../../views/portal/profile.tsx';
import { messageFor } from '../../views/text.ts';
import { rareOldAccountSamples, rareOwnOldAccountSamples } from './samplesOldAccountsRare.ts';
import { applications, csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const way = { csrf, application: lake };
const base = '/journey/1/old-account';
const action = '/journey/1/take-back';
const hulotte = { name: 'Hulotte.du.Lac', needsPassword: false };
const strict = { name: 'noctua', needsPassword: true };

const creating = {
  ...way,
  action: '/journey/1/create',
  rule: 'a–z, 0–9',
  receives: [],
  oldAccountUrl: base,
};

/** An account from before, on the way to its application. */
export const oldAccountSamples: readonly Sample[] = [
  sample('old-offer', offerPage, () => ({
    ...way,
    action,
    laterAction: action,
    offer: hulotte,
    form: blankForm,
    otherUrl: base,
  })),
  sample('old-offer-password', offerPage, (frame) => ({
    ...way,
    action,
    laterAction: action,
    offer: strict,
    form: wrong(frame, {}, { oldPassword: ['old_password_wrong', {}] }),
    otherUrl: base,
  })),
  sample('old-account', oldAccountPage, () => ({ ...way, base, offers: [], form: blankForm, back: '/journey/1' })),
  sample('old-account-errors', oldAccountPage, (frame) => ({
    ...way,
    base,
    offers: [],
    form: wrong(frame, { oldName: 'hulotte' }, { oldName: ['old_name_wrong', {}] }),
    back: '/journey/1',
  })),
  sample('old-account-factor', oldAccountPage, (frame) => ({
    ...way,
    base,
    offers: [],
    form: wrong(frame, { oldName: 'hulotte' }, { '': ['old_name_second_factor', {}] }),
    back: '/journey/1',
  })),
  sample('old-account-offers', oldAccountPage, (frame) => ({
    ...way,
    base,
    offers: [hulotte, strict],
    form: blankForm,
    offerForm: { name: strict.name, form: wrong(frame, {}, { oldPassword: ['old_password_wrong', {}] }) },
    back: '/',
  })),
  sample('old-code', oldCodePage, () => ({ ...way, base, name: 'hulotte', form: blankForm })),
  sample('old-code-errors', oldCodePage, (frame) => ({
    ...way,
    base,
    name: 'h'.repeat(255),
    form: wrong(frame, { code: '1234 5678' }, { code: ['old_code_wrong', {}] }),
  })),
  sample('old-address', oldAddressPage, () => ({ ...way, action: '/journey/1/taken-back', name: 'hulotte' })),
  sample('old-suspended', oldSuspendedPage, () => ({
    application: lake,
    name: 'hulotte',
    profileUrl: '/profiles/p1',
    backUrl: lake.homeUrl,
  })),
  sample('old-link', oldLinkPage, () => ({ ...way, action: '/old-account/abc', name: 'hulotte', loginName: 'alix' })),
  sample('old-create', createProfilePage, () => ({ ...creating, form: blankForm, suggestions: [] })),
  sample('old-create-kept', createProfilePage, (frame) => ({
    ...creating,
    form: wrong(frame, { name: 'hulotte' }, { name: ['name_taken', {}] }),
    suggestions: ['hulotte_lac', 'hulotte7'],
    keptName: 'hulotte',
  })),
  sample('old-pick', pickPage, () => ({
    ...way,
    action: '/journey/1/profile',
    receives: [],
    profiles: [{ id: 'p2', name: 'noctua', preselected: true, selectable: true }],
    canCreate: true,
    createUrl: '?new',
    otherAccountUrl: '/journey/1/other',
    oldAccountUrl: base,
  })),
  sample('old-refused', refusedPage, ({ t }) => ({
    application: lake,
    message: messageFor(t, 'policy_closed'),
    backUrl: lake.homeUrl,
    oldAccountUrl: base,
  })),
  ...rareOldAccountSamples,
];

/** The same on one's own pages. */
export const ownOldAccountSamples: readonly Sample[] = [
  sample('home-old-accounts', homePage, ({ t }) => ({
    applications: applications().map((application, index) => ({
      ...application,
      offers: index === 0 ? [hulotte.name, 'h'.repeat(60)] : [],
      oldAccountUrl: `/applications/${application.id}/old-account`,
    })),
    notice: t('notice.name_taken_back', { name: 'noctua' }),
  })),
  sample('profile-taken-back', profilePage, ({ t }) => ({
    profile: { id: 'p1', name: hulotte.name, status: 'active' as const, createdDay: '2026-11-20', takenBack: true },
    application: lake,
    receives: [{ label: t('fact.name'), value: hulotte.name }],
    form: blankForm,
    noteAction: '/profiles/p1/note',
    groups: [],
    groupsAction: '/profiles/p1/groups',
    csrf,
    oldAddressUrl: '/profiles/p1/old-address',
    retireUrl: '/profiles/p1/retire',
  })),
  ...rareOwnOldAccountSamples,
];
