import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { Receives } from './receives.tsx';

/** Fields: name, note. A suggestion is sent as `suggestion`, together with both fields. */
export type CreateProfileData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  readonly form: Form;
  /** Which names are possible here, translated. */
  readonly rule: string;
  readonly suggestions: readonly string[];
  readonly receives: readonly string[];
  readonly back?: string | undefined;
};

/** A new profile: on the way to an application, and from the person's own pages. */
export function createProfilePage(frame: Frame, data: CreateProfileData): string {
  const { t, language } = frame;
  const { application, form, suggestions } = data;
  const title = t('create.title', { application: application.name });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('create.lead', { application: application.name })}</p>
      <PostForm action={data.action} csrf={data.csrf}>
        {/* The return key takes the first button: it must be this one and not a suggestion. */}
        <button class="unseen" type="submit" tabIndex={-1} aria-hidden="true" />
        <Field t={t} form={form} name="name" label={t('create.name')} hint={data.rule} autocomplete="off" required />
        {suggestions.length > 0 && (
          <div class="suggestions" role="group" aria-label={t('create.suggestions')}>
            <p class="hint">{t('create.suggestions')}</p>
            {suggestions.map((suggestion) => (
              <button key={suggestion} class="pill" type="submit" name="suggestion" value={suggestion}>
                {suggestion}
              </button>
            ))}
          </div>
        )}
        <p class="caution">{t('create.for_ever')}</p>
        <Field
          t={t}
          form={form}
          name="note"
          label={t('note.label')}
          hint={t('note.hint', { application: application.name })}
        />
        <Receives t={t} language={language} application={application} receives={data.receives} />
        <Button full>{t('create.submit')}</Button>
        {data.back !== undefined && (
          <ButtonLink href={data.back} look="quiet" full>
            {t('back.back')}
          </ButtonLink>
        )}
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
