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

function problemLines({ rejected, problems }: Tally): string[] {
  if (rejected === 0) return [];
  const t = translator('en');
  const known = ROW_PROBLEMS.toSorted((a, b) => (problems[b] ?? 0) - (problems[a] ?? 0));
  return [
    `${count(rejected)} lines would not be imported:`,
    ...counted(known.map((code) => [t(`legacy.problem.${code}`).toLowerCase(), problems[code] ?? 0] as const)),
  ];
}

/** What is in a file, for an administrator to read. */
export function reportLines(report: Report): string[] {
  const t = translator('en');
  const unknown = Object.entries(report.unknown).map(([kind, number]) => {
    const how = /^\d+$/u.test(kind) ? `of ${kind} characters` : `that begin with ${kind}`;
    return [`unknown hashes ${how}`, number] as const;
  });
  const bad = report.bad.map(
    ({ line, code, column }) =>
      `  line ${line}: ${t(`legacy.problem.${code}`).toLowerCase()}${column === undefined ? '' : ` (${column})`}`,
  );
  const more = report.rejected - report.bad.length;
  return [
    `${count(report.names)} names can be imported, of ${count(report.lines)} lines`,
    ...tallyLines(report),
    ...counted([['names that look like another', report.alike]]),
    ...problemLines(report),
    ...counted(unknown),
    ...bad,
    ...(more > 0 ? [`  and ${count(more)} lines more`] : []),
  ];
}

/** What an import did. */
export function batchLines({ id, status, lines, tally }: Batch): string[] {
  return [
    `${id}: ${status}, ${count(tally.names)} names imported, up to line ${count(lines)}`,
    ...tallyLines(tally),
    ...problemLines(tally).map((line) => line.replace('would not be', 'were not')),
  ];
}
