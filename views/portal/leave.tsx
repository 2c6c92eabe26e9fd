import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';

/** Posts `confirm` (the login name) to /account/leave. */
export type LeaveData = {
  readonly loginName: string;
  /** Until when the account may be kept (YYYY-MM-DD); undefined where that is not offered. */
  readonly until?: string | undefined;
  readonly csrf: string;
  readonly form: Form;
};

/** Asks before the account is deleted, and says what that means. */
export function leavePage(frame: Frame, { loginName, until, csrf, form }: LeaveData): string {
  const { t, language } = frame;
  const title = t('deletion.title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <ul class="steps">
        <li>{t('deletion.now')}</li>
        <li>
          {until === undefined ? t('deletion.at_once') : t('deletion.until', { day: momentText(language, until) })}
        </li>
        <li>{t('deletion.profiles')}</li>
        <li>{t('deletion.names')}</li>
        <li>{t('deletion.theirs')}</li>
      </ul>
      <p>
        <a href="/account/data">{t('deletion.data_first')}</a>
      </p>
      <PostForm action="/account/leave" csrf={csrf}>
        <Field
          t={t}
          form={form}
          name="confirm"
          label={t('deletion.confirm', { login_name: loginName })}
          autocomplete="off"
          required
        />
        <Button look="danger" full>
          {t('deletion.submit')}
        </Button>
        <ButtonLink href="/account" look="quiet" full>
          {t('deletion.stay')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** What is said once, after the account was left. */
export function leftPage(frame: Frame, { until }: Pick<LeaveData, 'until'>): string {
  const { t, language } = frame;
  const title = t('left.title');
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      <p>{t('left.what')}</p>
      {until !== undefined && <p>{t('left.until', { day: momentText(language, until) })}</p>}
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
