import { momentText } from './When.tsx';
import type { Language, Translate } from '../text.ts';

/** How many on one day; ISO dates, the earliest first. */
export type DayCount = { readonly day: string; readonly count: number };

type Props = {
  t: Translate;
  language: Language;
  /** What the chart says in one sentence, for those who do not see it. */
  label: string;
  days: readonly DayCount[];
  /** What the line may reach. */
  total: number;
};

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 8;
const TOP = 26;
const BOTTOM = 28;
const DAY = 86_400_000;

const instantOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) || 0;

/** How many there are by each day, drawn as steps that rise to the whole. Nothing in it needs a script or a style. */
export function DayChart({ t, language, label, days, total }: Props) {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return null;
  const start = instantOf(first.day);
  const span = Math.max(1, (instantOf(last.day) - start) / DAY + 1);
  const across = (day: string): number => LEFT + ((instantOf(day) - start) / DAY / span) * (WIDTH - 2 * LEFT);
  const end = WIDTH - LEFT;
  const floor = HEIGHT - BOTTOM;
  const sum = days.reduce((all, { count }) => all + count, 0);
  const top = Math.max(total, sum, 1);
  const up = (count: number): number => floor - (count / top) * (floor - TOP);
  const steps: string[] = [];
  let reached = 0;
  for (const { day, count } of days) {
    reached += count;
    steps.push(`H${across(day).toFixed(1)}V${up(reached).toFixed(1)}`);
  }
  const path = `M${LEFT} ${floor}${steps.join('')}H${end}`;
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <line class="chart-top" x1={LEFT} y1={up(top)} x2={end} y2={up(top)} />
      <path class="chart-fill" d={`${path}V${floor}Z`} />
      <path class="chart-line" d={path} />
      <line class="chart-floor" x1={LEFT} y1={floor} x2={end} y2={floor} />
      <text x={LEFT} y={HEIGHT - 8}>
        {momentText(language, first.day)}
      </text>
      {last.day !== first.day && (
        <text x={end} y={HEIGHT - 8} text-anchor="end">
          {momentText(language, last.day)}
        </text>
      )}
      <text x={end} y={up(sum) - 9} text-anchor="end">
        {t('chart.sum', { count: sum })}
      </text>
    </svg>
  );
}
