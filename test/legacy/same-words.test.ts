import { expect, test } from 'vitest';
import { reportLines } from '../../src/commands/legacy/report.ts';
import { ROW_PROBLEMS, type Report } from '../../src/legacy/legacy.ts';
import { reportInWords } from '../../src/web/admin/old-accounts-words.ts';
import { translator } from '../../views/text.ts';

const NOTHING: Report = {
  lines: 0,
  names: 0,
  present: 0,
  rejected: 0,
  alike: 0,
  problems: {},
  schemes: {},
  withoutPassword: 0,
  addresses: 0,
  unfitAddresses: 0,
  confirmed: 0,
  secondFactor: 0,
  blocked: 0,
  unknown: {},
  bad: [],
};

test('a check says by command and on the page whatever it counted', () => {
  const counts = Object.entries(NOTHING).flatMap(([key, value]) => (value === 0 ? [key] : []));
  for (const [index, key] of counts.entries()) {
    const report = { ...NOTHING, [key]: 1000 + index };
    const count = (1000 + index).toLocaleString('en');
    expect(reportLines(report).join('\n')).toContain(count);
    const facts = reportInWords(translator('en'), 'en', { ...report, problems: {}, bad: [] }).facts;
    expect(facts.map(([, number]) => number)).toEqual([count]);
  }
});

test('a check gives the same reasons in the same words by command and on the page', () => {
  const report: Report = {
    ...NOTHING,
    lines: 100,
    names: 60,
    rejected: ROW_PROBLEMS.length,
    problems: Object.fromEntries(ROW_PROBLEMS.map((code) => [code, 1])),
    bad: ROW_PROBLEMS.map((code, index) => ({ line: index + 2, code, column: undefined })),
  };
  const said = reportLines(report);
  const bad = report.bad.map(({ line, code }) => ({ line, code }));
  const shown = reportInWords(translator('en'), 'en', { ...report, bad });
  expect(shown.reasons).toHaveLength(ROW_PROBLEMS.length);
  for (const [words, count] of shown.reasons) expect(said).toContain(`  ${words.toLowerCase()} ${count}`);
  for (const { line, reason } of shown.problems) expect(said).toContain(`  line ${line}: ${reason.toLowerCase()}`);
  expect(new Set(shown.reasons.map(([words]) => words)).size).toBe(ROW_PROBLEMS.length);
});
