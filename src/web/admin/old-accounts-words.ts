import type { Batch, Upload, UploadReport } from '../../legacy/legacy.ts';
import type { Progress, Said, ShownReport } from '../../../views/admin/oldAccountsFile.tsx';
import { sentenceOf, type Language, type TextKey, type Translate } from '../../../views/text.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** So many of the wrong lines are shown. */
const LINES = 50;

const UNITS = [
  ['gb', 1024 ** 3],
  ['mb', 1024 ** 2],
  ['kb', 1024],
] as const;

/** A number of bytes as people say it. */
export function sizeInWords(t: Translate, language: Language, bytes: number): string {
  const [unit, size] = UNITS.find(([, least]) => bytes >= least) ?? (['b', 1] as const);
  const value = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / size);
  return t('admin.old.size', { value, unit });
}

const number = (language: Language, value: number): string => new Intl.NumberFormat(language).format(value);

/** Counts in words, without those that are nothing. */
function countsOf(t: Translate, language: Language, counts: readonly (readonly [TextKey, number])[]): Said[] {
  return counts.filter(([, count]) => count > 0).map(([key, count]) => [t(key), number(language, count)]);
}

const reasonOf = (t: Translate, code: string): string => sentenceOf(t, `legacy.problem.${code}`);

/** What a check found, in words. */
export function reportInWords(t: Translate, language: Language, report: UploadReport): ShownReport {
  const { problems, schemes, unknown, bad, rejected } = report;
  const names = [
    ['admin.old.report.count.lines', report.lines],
    ['admin.old.report.count.names', report.names],
    ['admin.old.report.count.present', report.present],
    ['admin.old.report.count.rejected', rejected],
    ['admin.old.report.count.twice', problems['twice'] ?? 0],
    ['admin.old.report.count.held', problems['held'] ?? 0],
    ['admin.old.report.count.alike', report.alike],
    ['admin.old.report.count.addresses', report.addresses],
    ['admin.old.report.count.confirmed', report.confirmed],
    ['admin.old.report.count.unfitAddresses', report.unfitAddresses],
    ['admin.old.report.count.withoutPassword', report.withoutPassword],
    ['admin.old.report.count.blocked', report.blocked],
    ['admin.old.report.count.secondFactor', report.secondFactor],
  ] as const;
  const byCount = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  const lines = bad.slice(0, LINES);
  return {
    facts: countsOf(t, language, names),
    reasons: byCount(problems).map(([code, count]) => [reasonOf(t, code), number(language, count)]),
    schemes: [
      ...byCount(schemes).map(([scheme, count]): Said => [scheme, number(language, count)]),
      ...byCount(unknown).map(([kind, count]): Said => [
        // How it begins or, where that is no mark of a kind, how long it is.
        /^\d+$/u.test(kind)
          ? t('admin.old.report.unknown_long', { count: Number(kind) })
          : t('admin.old.report.unknown', { kind }),
        number(language, count),
      ]),
    ],
    problems: lines.map(({ line, code, column }) => ({
      line,
      reason:
        column === undefined
          ? reasonOf(t, code)
          : t('admin.old.report.reason_column', { reason: reasonOf(t, code), column }),
    })),
    more: Math.max(0, rejected - lines.length),
  };
}

/** What was counted while a file or a batch was imported. */
export function doneInWords(
  t: Translate,
  language: Language,
  done: Pick<Batch['tally'], 'names' | 'present' | 'rejected'>,
): Said[] {
  return countsOf(t, language, [
    ['admin.old.report.count.imported', done.names],
    ['admin.old.report.count.present', done.present],
    ['admin.old.report.count.rejected', done.rejected],
  ]);
}

/** How far the running pass over a file is, how fast, and how long it still takes. */
export function progressInWords(
  t: Translate,
  language: Language,
  { pass, size, step }: Pick<Upload, 'pass' | 'size' | 'step'>,
  now: number,
): Progress | undefined {
  if (pass === undefined || (step !== 'checking' && step !== 'importing')) return undefined;
  const part = Math.min(1, pass.bytes / Math.max(1, size));
  const percent = new Intl.NumberFormat(language).format(Math.floor(part * 100));
  const spent = now - pass.since;
  if (part === 0 || spent < SECOND) return { part, words: t('admin.old.progress_begins', { percent }) };
  const rate = Math.round((pass.lines * SECOND) / spent);
  const left = (spent / part) * (1 - part);
  if (left < 2 * MINUTE)
    return { part, words: t('admin.old.progress', { percent, rate, seconds: Math.round(left / SECOND) }) };
  return { part, words: t('admin.old.progress_minutes', { percent, rate, minutes: Math.round(left / MINUTE) }) };
}
