import { translator } from '../../../views/text.ts';
import { ROW_PROBLEMS, type Batch, type Report, type Tally } from '../../legacy/importing.ts';

const count = (number: number): string => number.toLocaleString('en');

/** Each on a line of its own, those there are none of left out. */
function counted(lines: readonly (readonly [string, number])[]): string[] {
  return lines.filter(([, number]) => number > 0).map(([words, number]) => `  ${words} ${count(number)}`);
}

function tallyLines(tally: Tally): string[] {
  const schemes = Object.entries(tally.schemes).toSorted(([, a], [, b]) => b - a);
  return counted([
    ['there already', tally.present],
    ...schemes.map(([id, number]) => [`password by ${id}`, number] as const),
    ['without a password', tally.withoutPassword],
    ['with an address', tally.addresses],
    ['address confirmed', tally.confirmed],
    ['address left out, for it cannot be one', tally.unfitAddresses],
    ['with a second factor', tally.secondFactor],
    ['disabled or suspended', tally.blocked],
  ]);
}

function problemLines({ rejected, problems }: Tally, said: 'would_not' | 'were_not'): string[] {
  if (rejected === 0) return [];
  const t = translator('en');
  const known = ROW_PROBLEMS.toSorted((a, b) => (problems[b] ?? 0) - (problems[a] ?? 0));
  return [
    t(`legacy.said.${said}`, { count: rejected }),
    ...counted(known.map((code) => [t(`legacy.problem.${code}`).toLowerCase(), problems[code] ?? 0] as const)),
  ];
}

/** What is in a file, for an administrator to read. */
export function reportLines(report: Report): string[] {
  const t = translator('en');
  const unknown = Object.entries(report.unknown).map(([kind, number]) => {
    const how = /^\d+$/u.test(kind) ? t('legacy.said.characters', { count: Number(kind) }) : `that begin with ${kind}`;
    return [`unknown hashes ${how}`, number] as const;
  });
  const bad = report.bad.map(
    ({ line, code, column }) =>
      `  line ${line}: ${t(`legacy.problem.${code}`).toLowerCase()}${column === undefined ? '' : ` (${column})`}`,
  );
  const more = report.rejected - report.bad.length;
  return [
    t('legacy.said.can', { count: report.names, lines: report.lines }),
    ...tallyLines(report),
    ...counted([['names that look like another', report.alike]]),
    ...problemLines(report, 'would_not'),
    ...counted(unknown),
    ...bad,
    ...(more > 0 ? [`  ${t('legacy.said.more', { count: more })}`] : []),
  ];
}

/** What an import did. */
export function batchLines({ id, status, lines, tally }: Batch): string[] {
  const t = translator('en');
  return [
    `${id}: ${status}, ${t('legacy.said.imported', { count: tally.names, lines })}`,
    ...tallyLines(tally),
    ...problemLines(tally, 'were_not'),
  ];
}
