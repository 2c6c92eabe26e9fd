import { expect, test } from 'vitest';
import { reportLines } from '../../src/commands/legacy/report.ts';
import { ROW_PROBLEMS, type Report } from '../../src/legacy/legacy.ts';
import { reportInWords } from '../../src/web/admin/old-accounts-words.ts';
import { translator } from '../../views/text.ts';

test('a check gives the same reasons in the same words by command and on the page', () => {
  const report: Report = {
    lines: 100,
    names: 60,
    present: 0,
    rejected: ROW_PROBLEMS.length,
    alike: 0,
    problems: Object.fromEntries(ROW_PROBLEMS.map((code) => [code, 1])),
    schemes: {},
    withoutPassword: 0,
    addresses: 0,
    unfitAddresses: 0,
    confirmed: 0,
    secondFactor: 0,
    blocked: 0,
    unknown: {},
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
