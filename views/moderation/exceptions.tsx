import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';
import { Places, type Moderated } from './places.tsx';

/** Posts to its own address: id, to withdraw one. */
export type ExceptionsData = {
  readonly application: Moderated;
  readonly exceptions: readonly {
    readonly id: string;
    readonly profileId: string;
    readonly name: string;
    readonly quota: number;
    readonly day: string;
    readonly by?: string | undefined;
  }[];
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** More profiles, granted blind: on what, how many, by whom. */
export function exceptionsPage(frame: Frame, { application, exceptions, csrf, notice }: ExceptionsData): string {
  const { t, language } = frame;
  const title = t('moderation.exceptions_title', { application: application.name });
  const here = `/moderation/${application.id}`;
  const body = (
    <>
      <Notice text={notice} />
      <Places frame={frame} application={application} here="/exceptions" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.exceptions_lead')}</p>
      {exceptions.length === 0 ? (
        <p>{t('moderation.exceptions_none')}</p>
      ) : (
        <ul class="rows">
          {exceptions.map(({ id, profileId, name, quota, day, by }) => (
            <li key={id} class="row">
              <div class="row-main">
                <p class="row-title">
                  <a href={`${here}/profiles/${profileId}`}>{name}</a>
                </p>
                <p class="hint">
                  {t('moderation.exception_facts', { quota, day: momentText(language, day) })}
                  {by !== undefined && ` · ${t('happened.by', { login: by })}`}
                </p>
              </div>
              <PostForm action={`${here}/exceptions`} csrf={csrf}>
                <Hidden fields={[{ name: 'id', value: id }]} />
                <Button look="quiet">{t('moderation.exception_withdraw', { name })}</Button>
              </PostForm>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
