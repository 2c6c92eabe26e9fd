import { When } from './When.tsx';
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
const HEIGHT = 220;
const LEFT = 2;
const TOP = 4;
const BOTTOM = 2;
const DAY = 86_400_000;

const instantOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) || 0;

/**
 * How many there are by each day, drawn as steps that rise to the whole, over its first and its last day. The words stand
 * outside of the picture: in it they would shrink with it on a telephone.
 */
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
    <figure class="chart-of">
      <p class="chart-sum" aria-hidden="true">
        {t('chart.sum', { count: sum })}
      </p>
      <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        <line class="chart-top" x1={LEFT} y1={up(top)} x2={end} y2={up(top)} />
        <path class="chart-fill" d={`${path}V${floor}Z`} />
        <path class="chart-line" d={path} />
        <line class="chart-floor" x1={LEFT} y1={floor} x2={end} y2={floor} />
      </svg>
      <figcaption class="chart-days">
        <When language={language} at={first.day} />
        {last.day !== first.day && <When language={language} at={last.day} />}
      </figcaption>
    </figure>
  );
}
