import { page, type Frame } from '../layout.tsx';
import { Notice } from '../parts/Notice.tsx';

/** What waits at an application. */
export type ShownQueue = {
  readonly id: string;
  readonly name: string;
  readonly waiting: number;
  readonly urgent: number;
  readonly asked: number;
  readonly review: number;
  readonly appeals: number;
  /** How many days the oldest has waited; left out where none waits. */
  readonly oldestDays?: number | undefined;
  readonly isOverdue: boolean;
};

export type OverviewData = {
  readonly queues: readonly ShownQueue[];
  readonly notice?: string | undefined;
};

/** The applications that somebody looks after, and what waits at each. */
export function overviewPage(frame: Frame, { queues, notice }: OverviewData): string {
  const { t } = frame;
  const title = t('moderation.title');
  const body = (
    <>
      <Notice text={notice} />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.lead')}</p>
      {queues.length === 0 ? (
        <p>{t('moderation.nowhere')}</p>
      ) : (
        <ul class="rows">
          {queues.map((queue) => (
            <Queue key={queue.id} frame={frame} queue={queue} />
          ))}
        </ul>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Queue({ frame: { t }, queue }: { frame: Frame; queue: ShownQueue }) {
  const { id, name, waiting, urgent, asked, review, appeals, oldestDays, isOverdue } = queue;
  const counts = [
    t('moderation.waiting', { count: waiting }),
    urgent > 0 ? t('moderation.urgent', { count: urgent }) : [],
    asked > 0 ? t('moderation.asked', { count: asked }) : [],
    review > 0 ? t('moderation.review', { count: review }) : [],
    appeals > 0 ? t('moderation.appeals', { count: appeals }) : [],
    oldestDays === undefined ? [] : t('moderation.oldest', { days: oldestDays }),
  ].flat();
  return (
    <li class="row">
      <div class="row-main">
        <p class="row-title">
          <a class="cover" href={`/moderation/${id}`}>
            {name}
          </a>
          {isOverdue && <span class="status blocked">{t('moderation.overdue')}</span>}
        </p>
        <p class="row-detail">{counts.join(' · ')}</p>
      </div>
    </li>
  );
}
