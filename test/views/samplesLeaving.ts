import { dataPage } from '../../views/portal/data.tsx';
import { leavePage, leftPage } from '../../views/portal/leave.tsx';
import { leavingPage } from '../../views/journey/leaving.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { messageFor } from '../../views/text.ts';
import { csrf, sample, wrong, type Sample } from './sampling.ts';

const loginName = 'océane';
const until = '2026-12-11';

/** What somebody who is signed in sees on the way out. */
export const ownSamples: readonly Sample[] = [
  sample('account-data', dataPage, () => ({ csrf })),
  sample('account-data-often', dataPage, ({ t }) => ({
    csrf,
    problem: messageFor(t, 'data_taken_lately', { max: 5 }),
  })),
  sample('account-leave', leavePage, () => ({ loginName, until, csrf, form: blankForm })),
  sample('account-leave-errors', leavePage, (frame) => ({
    loginName,
    until: undefined,
    csrf,
    form: wrong(frame, { confirm: 'oceane' }, { confirm: ['name_not_typed', {}] }),
  })),
];

/** What they see once they went. */
export const leavingSamples: readonly Sample[] = [
  sample('left', leftPage, () => ({ until })),
  sample('leaving', leavingPage, () => ({ loginName, day: until, action: '/journey/j1/keep', csrf })),
];
