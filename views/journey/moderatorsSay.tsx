import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { momentText } from '../parts/When.tsx';

/** Sends `seen` (ids, several) and, where another name is asked for, `name`; or `cancel`=1. */
export type ModeratorsSayData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  /** The name of the profile. */
  readonly name: string;
  /** What they say, the oldest first. `day` is YYYY-MM-DD; the reason is in the language of the page. */
  readonly said: readonly {
    readonly id: string;
    readonly day: string;
    readonly reason: string | undefined;
    readonly words: string | undefined;
  }[];
  /** Where another name is asked for: which names are possible, translated. */
  readonly rule: string | undefined;
  readonly suggestions: readonly string[];
  /** Where the person can object. */
  readonly profileUrl: string;
  readonly form: Form;
};

/** What the moderators of an application say about a profile, to be read before it is used. */
export function moderatorsSayPage(frame: Frame, data: ModeratorsSayData): string {
  const { t, language } = frame;
  const { application, form, name, said, rule, suggestions } = data;
  const title = t('say.title', { application: application.name });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('say.lead', { name })}</p>
      {said.map(({ id, day, reason, words }) => (
        <section key={id} class="panel">
          <p>{t('say.day', { day: momentText(language, day) })}</p>
          {reason !== undefined && (
            <p>
              <strong>{reason}</strong>
            </p>
          )}
          {words !== undefined && <Said label={t('say.words')} words={words} />}
        </section>
      ))}
      <PostForm action={data.action} csrf={data.csrf}>
        {/* The return key takes the first button: it must be this one and not a suggestion. */}
        <button class="unseen" type="submit" tabIndex={-1} aria-hidden="true" />
        <Hidden fields={said.map(({ id }) => ({ name: 'seen', value: id }))} />
        {rule !== undefined && (
          <Field t={t} form={form} name="name" label={t('say.name')} hint={rule} autocomplete="off" required />
        )}
        {rule !== undefined && suggestions.length > 0 && (
          <div class="suggestions" role="group" aria-label={t('create.suggestions')}>
            <p class="hint">{t('create.suggestions')}</p>
            {suggestions.map((suggestion) => (
              <button key={suggestion} class="pill" type="submit" name="suggestion" value={suggestion}>
                {suggestion}
              </button>
            ))}
          </div>
        )}
        <Button full>{rule === undefined ? t('say.read') : t('say.rename')}</Button>
        <Button look="quiet" name="cancel" value="1" full>
          {t('back.to', { application: application.name })}
        </Button>
      </PostForm>
      <ul class="ways">
        <li>
          <a href={data.profileUrl}>{t('say.object')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
