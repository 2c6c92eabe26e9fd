import { rulesConfirmPage, rulesPage } from '../../views/moderation/rules.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const application = { ...lake, id: 'a1' };

/** Who may create profiles, as moderators say it. */
export const ruleSamples: readonly Sample[] = [
  sample('moderation-rules', rulesPage, (frame) => ({
    application,
    csrf,
    form: wrong(
      frame,
      { policy: 'further-approved', quota: '101', reserved: 'heron\nwren' },
      { quota: ['quota_invalid', {}], policy: ['rules_changed', {}] },
    ),
    mark: 'mark',
    notice: frame.t('notice.saved'),
  })),
  sample('moderation-rules-locked', rulesPage, (frame) => ({
    application,
    csrf,
    form: blankForm,
    mark: 'mark',
    locked: [frame.t('moderation.rules.says_quota', { quota: 3 }), frame.t('policy.what.open')],
  })),
  sample('moderation-rules-confirm', rulesConfirmPage, ({ t }) => ({
    application,
    csrf,
    meanings: [
      t('moderation.rules.sees.further-approved'),
      t('moderation.rules.tells_another'),
      t('moderation.rules.waiting', { count: 3 }),
      t('moderation.rules.kept'),
    ],
    fields: [{ name: 'policy', value: 'further-approved' }],
  })),
];
