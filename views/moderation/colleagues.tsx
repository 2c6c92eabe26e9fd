import { page, type Frame } from '../layout.tsx';
import { Places, type Moderated } from './places.tsx';

export type ColleaguesData = {
  readonly application: Moderated;
  readonly moderators: readonly { readonly loginName: string; readonly isActive: boolean }[];
};

/** Who looks after an application's profiles, for those who do. */
export function colleaguesPage(frame: Frame, { application, moderators }: ColleaguesData): string {
  const { t } = frame;
  const title = t('moderation.colleagues.title', { application: application.name });
  const body = (
    <>
      <Places frame={frame} application={application} here="/moderators" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.colleagues.lead')}</p>
      {moderators.length === 0 ? (
        <p>{t('admin.moderators.nobody')}</p>
      ) : (
        <ul class="rows">
          {moderators.map(({ loginName, isActive }) => (
            <li key={loginName} class="row">
              <span class="row-main">
                {loginName}
                {!isActive && <> ({t('admin.moderators.inactive')})</>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
