import { oldAccountsPage } from '../../views/admin/oldAccounts.tsx';
import { batchPage } from '../../views/admin/oldAccountsBatch.tsx';
import { filePage, type FileData } from '../../views/admin/oldAccountsFile.tsx';
import { handPage } from '../../views/admin/oldAccountsHand.tsx';
import { noticesPage } from '../../views/admin/oldAccountsNotices.tsx';
import { tellPage } from '../../views/admin/oldAccountsTell.tsx';
import { uploadPage } from '../../views/admin/oldAccountsUpload.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const path = '/admin/applications/a1/old-accounts';
const application = {
  ...lake,
  name: 'Donaudampfschifffahrtsgesellschaftskapitänsverein',
  url: '/admin/applications/a1',
  path,
};
const MILLION = 1_000_000;
const endless = `${'export_de_toutes_les_personnes_'.repeat(4)}.csv.gz`;
const DAY = 86_400_000;

/** Some of the names on every day of three years. */
const years = Array.from({ length: 1096 }, (_, at) => ({
  day: new Date(Date.UTC(2023, 10, 27) + at * DAY).toISOString().slice(0, 10),
  count: 3 + ((at * 7919) % 1500),
}));
const takenInYears = years.reduce((sum, { count }) => sum + count, 0);

const file = ({ t }: Frame): FileData => ({
  application,
  path: `${path}/files/f1`,
  facts: [
    [t('admin.old.file.name'), endless],
    [t('admin.old.file.source'), 'Mastodon'],
    [t('admin.old.file.size'), t('admin.old.size', { value: '1,9', unit: 'gb' })],
  ],
  step: 'checked',
  follows: false,
  followUrl: `${path}/files/f1?follow=yes`,
  rejected: 0,
  csrf,
});

const batch = ({ t, language }: Frame) => ({
  application,
  path: `${path}/batches/b1`,
  title: t('admin.old.batch.title', { day: language === 'fr' ? '1er septembre 2026' : '1 September 2026' }),
  state: t('admin.old.batch.done'),
  facts: [[t('admin.old.batch.source'), 'Mastodon'] as const],
  free: MILLION,
  taken: 0,
  days: [],
  csrf,
});

const letter = { subject: 'Votre ancien compte vous attend', text: 'Un compte…' };

/** Old accounts in numbers, states and lengths that administrators seldom see. */
export const rareImportSamples: readonly Sample[] = [
  sample('old-accounts-million', oldAccountsPage, ({ t }) => ({
    application,
    files: (['waiting', 'checking', 'stopped', 'failed', 'done'] as const).map((step) => ({
      url: `${path}/files/${step}`,
      label: t('admin.old.file_label', { name: endless, source: 'Mastodon' }),
      day: '2026-09-01',
      state: t(`admin.old.file.${step}`),
    })),
    batches: (['working', 'stopped', 'undone', 'done'] as const).map((status, at) => ({
      url: `${path}/batches/${status}`,
      label: t('admin.old.batch_label', { source: 'Mastodon', count: at === 0 ? 1 : MILLION }),
      day: '2026-09-01',
      state: t('admin.old.batch_state', { status: t(`admin.old.batch.${status}`), taken: at * 333_333 }),
    })),
    hasNames: true,
  })),
  sample('old-accounts-file-waiting', filePage, (frame) => ({ ...file(frame), step: 'waiting' as const })),
  sample('old-accounts-file-checking', filePage, (frame) => ({
    ...file(frame),
    step: 'checking' as const,
    progress: { part: 0, words: frame.t('admin.old.progress_begins', { percent: '0' }) },
  })),
  sample('old-accounts-file-left', filePage, (frame) => ({ ...file(frame), step: 'checking' as const, isLeft: true })),
  sample('old-accounts-file-million', filePage, (frame) => ({
    ...file(frame),
    report: {
      facts: [
        [frame.t('admin.old.report.count.names'), new Intl.NumberFormat(frame.language).format(MILLION)] as const,
      ],
      reasons: [[frame.t('legacy.problem.not_utf8'), '64'] as const],
      schemes: [[frame.t('admin.old.report.unknown', { kind: '$'.repeat(64) }), '1'] as const],
      problems: Array.from({ length: 50 }, (_, at) => ({
        line: MILLION + at * 1001,
        reason: frame.t('admin.old.report.reason_column', {
          reason: frame.t('legacy.problem.value_unfit'),
          column: 'c'.repeat(64),
        }),
      })),
      more: 14,
    },
  })),
  sample('old-accounts-file-alone', filePage, (frame) => ({
    ...file(frame),
    report: {
      facts: [],
      reasons: [[frame.t('legacy.problem.held'), '1'] as const],
      schemes: [],
      problems: [],
      more: 1,
    },
  })),
  sample('old-accounts-file-stopped', filePage, (frame) => ({
    ...file(frame),
    step: 'stopped' as const,
    counts: [[frame.t('admin.old.report.count.imported'), '1'] as const],
    rejected: 1,
    batchUrl: `${path}/batches/b1`,
    notice: frame.t('notice.old_stopped'),
  })),
  sample('old-accounts-batch-years', batchPage, (frame) => ({
    ...batch(frame),
    free: 2 * MILLION - takenInYears,
    taken: takenInYears,
    days: years,
    forgetForm: { values: { when: 'now' }, errors: [] },
    undoReason: frame.t('admin.old.undo.taken'),
  })),
  sample('old-accounts-batch-day', batchPage, (frame) => ({
    ...batch(frame),
    free: 1,
    taken: 1,
    days: [{ day: '2026-11-01', count: 1 }],
    forgetForm: { values: { when: 'day' }, errors: [] },
    undoReason: frame.t('admin.old.undo.taken'),
    notice: frame.t('notice.old_forget_unset'),
  })),
  sample('old-accounts-batch-forgotten', batchPage, (frame) => ({
    ...batch(frame),
    facts: [[frame.t('admin.old.batch.forgotten'), '2026'] as const],
    undoForm: blankForm,
    notice: frame.t('notice.old_forgotten'),
  })),
  sample('old-accounts-batch-stopped', batchPage, (frame) => ({
    ...batch(frame),
    state: frame.t('admin.old.batch.stopped'),
    closeForm: wrong(frame, {}, { close: ['legacy_busy', {}] }),
    undoForm: blankForm,
  })),
  sample('old-accounts-batch-undone', batchPage, (frame) => ({
    ...batch(frame),
    state: frame.t('admin.old.batch.undone'),
    free: 0,
    notice: frame.t('notice.old_undone'),
  })),
  sample('old-accounts-notices-none', noticesPage, (frame) => ({
    application,
    path: `${path}/notices`,
    step: 'none' as const,
    facts: [],
    held: frame.t('admin.old.notice.no_mail'),
    form: wrong(frame, { size: '50', pause: '10', language: 'fr' }, { size: ['notices_no_mail', {}] }),
    letter,
    csrf,
  })),
  sample('old-accounts-notices-done', noticesPage, ({ t }) => ({
    application,
    path: `${path}/notices`,
    step: 'done' as const,
    facts: [[t('admin.old.notice.round'), '2'] as const, [t('admin.old.notice.unsubscribed'), '1'] as const],
    form: { values: { size: '50', pause: '10', language: 'fr' }, errors: [] },
    letter: { subject: letter.subject, text: `Un compte…\n\n${'x'.repeat(200)}` },
    csrf,
  })),
  sample('old-accounts-hand-long', handPage, () => ({
    application,
    path: `${path}/hand`,
    form: blankForm,
    link: { name: 'h'.repeat(64), address: `https://nid.example.org/old-account/${'x'.repeat(43)}`, hours: 1 },
    csrf,
  })),
  sample('old-accounts-upload-wrong', uploadPage, (frame) => ({
    application,
    sources: [{ value: 'csv', label: 'CSV' }],
    source: { id: 'csv', name: 'CSV', statementFile: 'x.sql', exports: [], columns: ['name'], secrets: [] },
    limit: '2 Go',
    form: wrong(frame, {}, { file: ['legacy_columns_missing', { columns: 'name, hash' }] }),
    csrf,
  })),
  sample('old-accounts-tell-note', tellPage, ({ t }) => ({
    application,
    path: `${path}/tell`,
    source: 'Synapse',
    note: t('legacy.link_note.by_address'),
    files: [
      {
        kind: 'link' as const,
        engines: [{ value: 'api', label: 'API' }],
        protocols: [],
        uids: [],
        asks: [],
        form: blankForm,
        runs: [],
        writes: ['aluco legacy link --application a1 --file link.sql --reverse unlink.sql'],
      },
    ],
  })),
];
