import { createProfilePage } from '../../views/journey/createProfile.tsx';
import { moderatorsSayPage } from '../../views/journey/moderatorsSay.tsx';
import { waitPage } from '../../views/journey/wait.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const ask = { action: '/journey/1/request', csrf, application: lake, rule: 'a–z, 0–9', receives: [] };

const warning = {
  id: 'w1',
  day: '2026-11-20',
  reason: 'Spam',
  words: 'Trois annonces pour la même boutique en un jour.\nMerci d’en rester là.',
};

/** Asking moderators for a profile on the way to an application, waiting, and what they say. */
export const askingSamples: readonly Sample[] = [
  sample('ask', createProfilePage, () => ({
    ...ask,
    form: blankForm,
    suggestions: [],
    request: { days: 2, mayBeUrgent: true, tellsOfOther: true },
  })),
  sample('ask-errors', createProfilePage, (frame) => ({
    ...ask,
    form: wrong(
      frame,
      { name: 'hulotte', urgent: 'on' },
      { name: ['name_taken', {}], words: ['words_too_many', { max: 1000 }] },
    ),
    suggestions: ['hulotte_lac', 'hulotte7'],
    request: { days: undefined, mayBeUrgent: true, tellsOfOther: false },
    back: '/journey/1/profiles',
  })),
  sample('create-account-name', createProfilePage, () => ({
    ...ask,
    form: blankForm,
    suggestions: [],
    accountName: 'alix',
  })),
  sample('wait', waitPage, () => ({
    action: '/journey/1/wait',
    csrf,
    application: lake,
    requests: [
      { name: 'hulotte', day: '2026-11-20', asked: false, url: '/profiles/1' },
      { name: 'la_hulotte', day: '2026-11-27', asked: true, url: '/profiles/2' },
    ],
    days: 0,
    furtherUrl: '/journey/1/new',
  })),
  sample('wait-bare', waitPage, () => ({
    action: '/journey/1/wait',
    csrf,
    application: lake,
    requests: [{ name: 'hulotte', day: '2026-11-20', asked: false, url: '/profiles/1' }],
    days: undefined,
    furtherUrl: undefined,
  })),
  sample('moderators-say', moderatorsSayPage, () => ({
    action: '/journey/1/notice',
    csrf,
    application: lake,
    name: 'hulotte',
    said: [warning, { ...warning, id: 'w2', words: undefined }],
    rule: undefined,
    suggestions: [],
    profileUrl: '/profiles/1',
    form: blankForm,
  })),
  sample('moderators-say-rename', moderatorsSayPage, (frame) => ({
    action: '/journey/1/notice',
    csrf,
    application: lake,
    name: 'maire_du_lac',
    said: [{ ...warning, reason: undefined }],
    rule: 'a–z, 0–9',
    suggestions: ['hulotte7'],
    profileUrl: '/profiles/1',
    form: wrong(frame, { name: 'hulotte' }, { name: ['name_taken', {}] }),
  })),
];
