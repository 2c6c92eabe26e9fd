import { oldAccountsPage } from '../../views/admin/oldAccounts.tsx';
import { batchPage } from '../../views/admin/oldAccountsBatch.tsx';
import { filePage, type FileData } from '../../views/admin/oldAccountsFile.tsx';
import { handPage } from '../../views/admin/oldAccountsHand.tsx';
import { noticesPage } from '../../views/admin/oldAccountsNotices.tsx';
import { tellPage } from '../../views/admin/oldAccountsTell.tsx';
import { uploadPage } from '../../views/admin/oldAccountsUpload.tsx';
import { stopNoticesPage } from '../../views/journey/stopNotices.tsx';
import type { Frame } from '../../views/layout.tsx';
import { blankForm } from '../../views/parts/form.ts';
import { rareImportSamples } from './samplesImportsRare.ts';
import { csrf, lake, sample, wrong, type Sample } from './sampling.ts';

const path = '/admin/applications/a1/old-accounts';
const application = { ...lake, url: '/admin/applications/a1', path };
const sources = [
  { value: 'mastodon', label: 'Mastodon' },
  { value: 'csv', label: 'CSV' },
];
const statement = `SELECT a.username AS name, u.encrypted_password AS hash, u.email AS address
FROM accounts a LEFT JOIN users u ON u.account_id = a.id
WHERE a.domain IS NULL AND a.id > 0;`;

const file = ({ t }: Frame): FileData => ({
  application,
  path: `${path}/files/f1`,
  facts: [
    [t('admin.old.file.name'), 'mastodon.csv.gz'],
    [t('admin.old.file.source'), 'Mastodon'],
  ],
  step: 'checked',
  follows: false,
  followUrl: `${path}/files/f1?follow=yes`,
  report: {
    facts: [
      [t('admin.old.report.count.names'), '12 480'],
      [t('admin.old.report.count.alike'), '7'],
    ],
    reasons: [[t('legacy.problem.twice'), '2']],
    schemes: [
      ['bcrypt', '12 000'],
      [t('admin.old.report.unknown', { kind: '$y$' }), '3'],
    ],
    problems: [
      { line: 17, reason: t('legacy.problem.twice') },
      { line: 4711, reason: t('legacy.problem.name_unfit') },
    ],
    more: 12,
  },
  rejected: 0,
  csrf,
});

const batch = ({ t }: Frame) => ({
  application,
  path: `${path}/batches/b1`,
  title: t('admin.old.batch.title', { day: '27 novembre 2026' }),
  state: t('admin.old.batch.done'),
  facts: [[t('admin.old.batch.source'), 'Mastodon'] as const],
  fileUrl: `${path}/files/f1`,
  free: 12_000,
  taken: 480,
  days: [
    { day: '2026-11-20', count: 120 },
    { day: '2026-11-21', count: 300 },
    { day: '2026-11-25', count: 60 },
  ],
  csrf,
});

/** Old accounts, as administrators and those who had them see them. */
export const importSamples: readonly Sample[] = [
  sample('old-accounts', oldAccountsPage, ({ t }) => ({
    application,
    files: [
      { url: `${path}/files/f1`, label: 'mastodon.csv', day: '2026-11-27', state: t('admin.old.file.checked') },
      { url: `${path}/files/f2`, label: 'rejects.csv', day: '2026-11-27', state: t('admin.old.file.importing') },
    ],
    batches: [{ url: `${path}/batches/b1`, label: 'Mastodon', day: '2026-11-27', state: t('admin.old.batch.done') }],
    hasNames: true,
    notice: t('notice.old_discarded'),
  })),
  sample('old-accounts-empty', oldAccountsPage, () => ({
    application,
    files: [],
    batches: [],
    hasNames: false,
  })),
  sample('old-accounts-upload', uploadPage, (frame) => ({
    application,
    sources,
    source: {
      id: 'mastodon',
      name: 'Mastodon',
      statementFile: 'mastodon-export.sql',
      exports: [
        {
          engine: 'PostgreSQL',
          statement,
          commands: [
            'sudo -u mastodon psql -X --csv mastodon_production < mastodon-export.sql > mastodon.csv',
            'docker compose exec -T db psql -X --csv -U postgres mastodon_production < mastodon-export.sql > mastodon.csv',
          ],
        },
        { engine: 'MySQL', statement, commands: ['mysql --batch mastodon < mastodon-export.sql > mastodon.jsonl'] },
      ],
      columns: ['name'],
      secrets: ['pepper' as const, 'salt' as const],
    },
    limit: '2 Go',
    form: wrong(frame, {}, { file: ['upload_empty', {}] }),
    csrf,
  })),
  sample('old-accounts-table', uploadPage, () => ({
    application,
    sources,
    source: { id: 'csv', name: 'CSV', statementFile: 'x.sql', exports: [], columns: ['name'], secrets: [] },
    limit: '2 Go',
    form: blankForm,
    csrf,
  })),
  sample('old-accounts-file', filePage, file),
  sample('old-accounts-file-importing', filePage, (frame) => ({
    ...file(frame),
    step: 'importing' as const,
    report: undefined,
    follows: true,
    progress: { part: 0.42, words: frame.t('admin.old.progress', { percent: '42', rate: 21_000, seconds: 30 }) },
    counts: [[frame.t('admin.old.report.count.imported'), '5 240'] as const],
    notice: frame.t('notice.old_import_asked'),
  })),
  sample('old-accounts-file-done', filePage, (frame) => ({
    ...file(frame),
    step: 'done' as const,
    report: undefined,
    rejected: 14,
    batchUrl: `${path}/batches/b1`,
  })),
  sample('old-accounts-file-failed', filePage, (frame) => ({
    ...file(frame),
    step: 'failed' as const,
    report: undefined,
    problem: frame.t('error.legacy_file_cut'),
  })),
  sample('old-accounts-batch', batchPage, (frame) => ({
    ...batch(frame),
    forgetDay: '2027-03-31',
    forgetForm: wrong(
      frame,
      { when: 'day', day: '2020-01-01' },
      { day: ['forget_day_invalid', {}], sure: ['sure_needed', {}] },
    ),
    undoReason: frame.t('admin.old.undo.taken'),
  })),
  sample('old-accounts-batch-new', batchPage, (frame) => ({
    ...batch(frame),
    taken: 0,
    days: [],
    forgetForm: { values: { when: 'day' }, errors: [] },
    undoForm: wrong(frame, {}, { reverseRun: ['legacy_reverse_first', {}] }),
  })),
  sample('old-accounts-notices', noticesPage, (frame) => ({
    application,
    path: `${path}/notices`,
    step: 'running' as const,
    progress: { part: 0.2, words: frame.t('admin.old.notice.seen', { seen: 2000, free: 10_000 }) },
    facts: [[frame.t('admin.old.notice.sent'), '1 900'] as const],
    held: frame.t('admin.old.notice.quiet'),
    form: { values: { size: '50', pause: '10', language: 'fr' }, errors: [] },
    letter: {
      subject: 'Votre ancien compte vous attend',
      text: 'Un compte…\n\nRécupérer mon ancien compte :\nhttps://…',
    },
    csrf,
  })),
  sample('old-accounts-notices-begin', noticesPage, (frame) => ({
    application,
    path: `${path}/notices`,
    step: 'stopped' as const,
    facts: [],
    form: wrong(frame, { size: '0', pause: 'x', language: 'en' }, { size: ['notices_number', { min: 1, max: 500 }] }),
    letter: { subject: 'Your old account waits', text: 'An account…' },
    csrf,
  })),
  sample('old-accounts-hand', handPage, () => ({
    application,
    path: `${path}/hand`,
    form: blankForm,
    link: { name: 'heron', address: `https://nid.example.org/old-account/${'x'.repeat(43)}`, hours: 72 },
    csrf,
  })),
  sample('old-accounts-hand-wrong', handPage, (frame) => ({
    application,
    path: `${path}/hand`,
    form: wrong(frame, { name: 'heron' }, { name: ['old_name_unknown', {}], sure: ['sure_needed', {}] }),
    csrf,
  })),
  sample('old-accounts-tell', tellPage, ({ t }) => ({
    application,
    path: `${path}/tell`,
    source: 'Mastodon',
    files: [
      {
        kind: 'link' as const,
        engines: [
          { value: 'postgres', label: 'PostgreSQL' },
          { value: 'mysql', label: 'MySQL' },
        ],
        protocols: [
          { value: 'oidc', label: 'OpenID Connect' },
          { value: 'saml', label: 'SAML' },
        ],
        uids: [
          { value: 'subject', label: t('admin.old.tell.uid_subject') },
          { value: 'name', label: t('admin.old.tell.uid_name') },
        ],
        asks: [
          { name: 'provider', label: t('admin.old.tell.ask.provider') },
          {
            name: 'match',
            label: t('admin.old.tell.ask.match'),
            options: [
              { value: 'identifier', label: t('admin.old.tell.answer.identifier') },
              { value: 'address', label: t('admin.old.tell.answer.address') },
            ],
          },
        ],
        form: {
          values: { engine: 'postgres', protocol: 'oidc', uid: 'name', provider: 'saml', match: 'address' },
          errors: [],
        },
        runs: ['sudo -u mastodon psql -X DATABASE < link.sql'],
        database: t('admin.old.tell.database', { word: 'DATABASE', usual: 'mastodon_production' }),
        writes: ['aluco legacy link --application a1 --file link.sql --reverse unlink.sql'],
      },
      {
        kind: 'move' as const,
        engines: [],
        protocols: [],
        uids: [],
        asks: [],
        form: blankForm,
        runs: ['sudo -u mastodon psql -X DATABASE < move.sql'],
        database: t('admin.old.tell.database', { word: 'DATABASE', usual: 'mastodon_production' }),
        writes: ['aluco legacy move --application a1 --file move.sql --reverse unmove.sql'],
      },
    ],
  })),
  sample('old-accounts-tell-none', tellPage, () => ({ application, path: `${path}/tell`, source: 'CSV', files: [] })),
  sample('stop-notices', stopNoticesPage, () => ({
    application: lake.name,
    action: '/old-account/unsubscribe/x',
    isDone: false,
  })),
  sample('stop-notices-done', stopNoticesPage, () => ({
    application: lake.name,
    action: '/old-account/unsubscribe/x',
    isDone: true,
  })),
  ...rareImportSamples,
];
