import { page, type Frame } from '../layout.tsx';
import { When, type Moment } from '../parts/When.tsx';

export type ActivityData = {
  /** Newest first; `text` translated, see the keys `event.*`. */
  readonly events: readonly { readonly when: Moment; readonly text: string }[];
};

/** What happened lately with the account, so that anything strange is noticed. */
export function activityPage(frame: Frame, { events }: ActivityData): string {
  const { t, language } = frame;
  const title = t('activity.title');
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{t('activity.lead')}</p>
      {events.length === 0 ? (
        <p>{t('activity.empty')}</p>
      ) : (
        <ol class="timeline">
          {events.map(({ when, text }, index) => (
            <li key={index}>
              <p class="row-detail">
                <When language={language} at={when} />
              </p>
              <p>{text}</p>
            </li>
          ))}
        </ol>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
