import { moderatorsPage } from '../../views/admin/moderators.tsx';
import { appointmentPage } from '../../views/journey/appointment.tsx';
import { colleaguesPage } from '../../views/moderation/colleagues.tsx';
import { profileInvitationsPage } from '../../views/moderation/invitations.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { delegatedGroupPage, delegatedGroupsPage } from '../../views/portal/delegated.tsx';
import { readyPage } from '../../views/portal/ready.tsx';
import { csrf, groups, lake, sample, wrong, type Sample } from './sampling.ts';

const application = { ...lake, id: 'a1' };

const link = (label: string) => ({
  address: 'https://compte.example.org/invited/q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJl',
  label,
  uses: 12,
  days: 30,
});

/** Who looks after what, on the pages of those who do and of those who say so. */
export const roleSamples: readonly Sample[] = [
  sample('admin-moderators', moderatorsPage, (frame) => ({
    application,
    moderators: [
      { accountId: 'm1', loginName: 'maud', isActive: true },
      { accountId: 'm2', loginName: 'noé', isActive: false },
    ],
    links: [
      { id: 'l1', hours: 167, isBacked: true },
      { id: 'l2', hours: 1, isBacked: false },
    ],
    form: wrong(frame, { login: 'olive' }, { login: ['account_unknown', {}] }),
    link: link(frame.t('admin.moderators.link_label', { application: application.name })),
    csrf,
  })),
  sample('admin-moderators-none', moderatorsPage, ({ t }) => ({
    application,
    moderators: [],
    links: [],
    form: blankForm,
    csrf,
    notice: t('notice.moderator_removed'),
  })),
  sample('moderation-moderators', colleaguesPage, () => ({
    application,
    moderators: [
      { loginName: 'maud', isActive: true },
      { loginName: 'noé', isActive: false },
    ],
  })),
  sample('moderation-moderators-none', colleaguesPage, () => ({ application, moderators: [] })),
  sample('moderation-invitations', profileInvitationsPage, (frame) => ({
    application,
    invitations: [
      { id: 'i1', note: 'Pour la chorale', uses: 12, hours: 700, by: 'maud', isBacked: true },
      { id: 'i2', note: '', uses: 1, hours: 1, isBacked: false },
    ],
    form: wrong(
      frame,
      { uses: '0', days: '91', note: 'x' },
      {
        uses: ['invitation_uses_invalid', { max: 100 }],
        days: ['invitation_days_invalid', { max: 90 }],
        note: ['note_too_long', { max: 200 }],
      },
    ),
    isClosed: true,
    link: link(frame.t('moderation.invitations.label', { application: application.name })),
    csrf,
  })),
  sample('moderation-invitations-none', profileInvitationsPage, ({ t }) => ({
    application,
    invitations: [],
    form: { values: { uses: '1', days: '7' }, errors: [] },
    isClosed: false,
    csrf,
    notice: t('notice.link_void'),
  })),
  sample('groups', delegatedGroupsPage, () => ({ groups: groups() })),
  sample('groups-none', delegatedGroupsPage, () => ({ groups: [] })),
  sample('groups-one', delegatedGroupPage, (frame) => ({
    group: { id: 'g1', name: 'Atelier vélo' },
    members: ['mathilde', 'oumar'],
    form: wrong(frame, { login: 'olive' }, { login: ['member_unknown', {}] }),
    csrf,
  })),
  sample('groups-one-empty', delegatedGroupPage, ({ t }) => ({
    group: { id: 'g1', name: 'Radio' },
    members: [],
    form: blankForm,
    csrf,
    notice: t('notice.saved'),
  })),
  sample('ready', readyPage, () => ({ application: lake, profile: { id: 'p1', name: 'hulotte' } })),
];

/** The page that a link to look after an application opens. */
export const appointmentSamples: readonly Sample[] = [
  sample('appointment', appointmentPage, () => ({
    action: '/link/q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJl',
    csrf,
    loginName: 'mathilde',
    application: lake,
    isAlready: false,
  })),
  sample('appointment-already', appointmentPage, () => ({
    action: '/link/q2VtYmxlIHF1ZSBsYSBudWl0IHRvbWJl',
    csrf,
    loginName: 'mathilde',
    application: lake,
    isAlready: true,
  })),
];
