import { page, type Frame } from '../layout.tsx';
import { Entry, type ShownEntry } from './history.tsx';
import { Places, type Moderated } from './places.tsx';

export type LogData = {
  readonly application: Moderated;
  /** The latest day first. `name`: of the profile, where it has one. */
  readonly entries: readonly (ShownEntry & { readonly profileId: string; readonly name: string | undefined })[];
  readonly nextUrl?: string | undefined;
};

/** What happened to the profiles of an application, for its moderators. */
export function moderationLogPage(frame: Frame, { application, entries, nextUrl }: LogData): string {
  const { t } = frame;
  const title = t('moderation.log_title', { application: application.name });
  const body = (
    <>
      <Places frame={frame} application={application} here="/log" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.log_lead')}</p>
      {entries.length === 0 ? (
        <p>{t('moderation.history_none')}</p>
      ) : (
        <ul class="rows">
          {entries.map((entry) => (
            <li key={entry.id} class="row tall">
              <div class="row-main">
                <p>
                  {entry.name === undefined ? (
                    t('moderation.profile_gone')
                  ) : (
                    <a href={`/moderation/${application.id}/profiles/${entry.profileId}`}>{entry.name}</a>
                  )}
                </p>
                <Entry frame={frame} entry={entry} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {nextUrl !== undefined && (
        <nav class="pages" aria-label={t('moderation.log_pages')}>
          <a href={nextUrl}>{t('moderation.next')}</a>
        </nav>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
