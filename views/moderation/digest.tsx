import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Places, type Moderated } from './places.tsx';

/** Posts to /moderation/<application>/digest: digest (at-once, daily, off). No form: administrators who do not moderate there. */
export type DigestData = {
  readonly application: Moderated;
  readonly form: Form | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** How often a moderator gets a letter about what waits. */
export function digestPage(frame: Frame, { application, form, csrf, notice }: DigestData): string {
  const { t } = frame;
  const title = t('moderation.digest_title');
  const body = (
    <>
      <Notice text={notice} />
      {form && <ErrorSummary t={t} form={form} />}
      <Places frame={frame} application={application} here="/digest" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.digest_lead', { application: application.name })}</p>
      {form === undefined ? (
        <p>{t('moderation.digest_administrators')}</p>
      ) : (
        <PostForm action={`/moderation/${application.id}/digest`} csrf={csrf} class="stack">
          <Radios
            t={t}
            form={form}
            name="digest"
            legend={t('moderation.digest_when')}
            options={[
              { value: 'at-once', label: t('moderation.digest_at_once'), hint: t('moderation.digest_at_once_hint') },
              { value: 'daily', label: t('moderation.digest_daily'), hint: t('moderation.digest_daily_hint') },
              { value: 'off', label: t('moderation.digest_off') },
            ]}
          />
          <Button>{t('moderation.digest_save')}</Button>
        </PostForm>
      )}
    </>
  );
  return page(frame, { title, hasErrors: (form?.errors.length ?? 0) > 0, body });
}
