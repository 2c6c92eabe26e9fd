import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';

/** Posts to /account/password: current, password. */
export type PasswordData = {
  readonly loginName: string;
  readonly form: Form;
  readonly csrf: string;
  readonly passwordMinimum: number;
  readonly hasMail: boolean;
};

/** Another password, by whoever knows the present one. */
export function passwordPage(frame: Frame, data: PasswordData): string {
  const { t } = frame;
  const { loginName, form, csrf, passwordMinimum, hasMail } = data;
  const title = t('account.password_save');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{hasMail ? t('account.password_what') : t('account.password_what_no_mail')}</p>
      <PostForm action="/account/password" csrf={csrf}>
        {/* For password managers: whose password this is. */}
        <input type="text" autocomplete="username" value={loginName} readonly hidden />
        <Field
          t={t}
          form={form}
          name="current"
          label={t('account.password_current')}
          type="password"
          autocomplete="current-password"
          required
        />
        <Field
          t={t}
          form={form}
          name="password"
          label={t('account.password_new')}
          hint={t('account.password_hint', { min: passwordMinimum })}
          type="password"
          autocomplete="new-password"
          required
        />
        <Button full>{t('account.password_save')}</Button>
        <ButtonLink href="/account" look="quiet" full>
          {t('back.back')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
