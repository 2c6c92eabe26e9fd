import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Places, type Moderated } from './places.tsx';

/** Posts to its own address: for each line fr-<number> and en-<number>; `usual` brings the usual ones back. */
export type ReasonsData = {
  readonly application: Moderated;
  /** How many lines there are, some of them empty. */
  readonly lines: number;
  /** Whether the application has a list of its own. */
  readonly isOwn: boolean;
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** The reasons that moderators choose from, in both languages. */
export function reasonsPage(frame: Frame, { application, lines, isOwn, form, csrf, notice }: ReasonsData): string {
  const { t } = frame;
  const title = t('moderation.reasons_title', { application: application.name });
  const url = `/moderation/${application.id}/reasons`;
  const body = (
    <>
      <Notice text={notice} />
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="/rules" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.reasons_lead')}</p>
      <PostForm action={url} csrf={csrf} class="stack">
        {Array.from({ length: lines }, (_, index) => (
          <fieldset key={index} class="panel">
            <legend>{t('moderation.reason_line', { number: index + 1 })}</legend>
            <Field t={t} form={form} name={`fr-${index}`} label={t('moderation.reason_fr')} />
            <Field t={t} form={form} name={`en-${index}`} label={t('moderation.reason_en')} />
          </fieldset>
        ))}
        <Button>{t('moderation.reasons_save')}</Button>
      </PostForm>
      {isOwn && (
        <PostForm action={url} csrf={csrf} class="after">
          <Button look="secondary" name="usual" value="yes">
            {t('moderation.reasons_usual')}
          </Button>
        </PostForm>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
