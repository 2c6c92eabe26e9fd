import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PASSKEY_SCRIPT, PasskeyForm } from '../parts/PasskeyForm.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Work, type WorkAsked } from '../parts/Work.tsx';

/** Fields: login, password. */
export type SignInData = {
  readonly action: string;
  /** Where a passkey answers. */
  readonly passkeyAction: string;
  readonly csrf: string;
  readonly form: Form;
  readonly application?: ApplicationLabel | undefined;
  /** After failed attempts. */
  readonly work?: WorkAsked | undefined;
  readonly links: { readonly forgotten: string; readonly noAccount: string };
};

/** Who are you? Asked of everyone without a session, whether an application sent them or not. */
export function signInPage(frame: Frame, data: SignInData): string {
  const { t } = frame;
  const { action, passkeyAction, csrf, form, application, links, work } = data;
  const instance = frame.instance.name;
  const title = application
    ? t('sign_in.title_for', { application: application.name })
    : t('sign_in.title', { instance });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      {application && <p class="lead">{t('sign_in.which', { instance, application: application.name })}</p>}
      <PostForm action={action} csrf={csrf}>
        <Field t={t} form={form} name="login" label={t('sign_in.login')} autocomplete="username webauthn" required />
        <Field
          t={t}
          form={form}
          name="password"
          label={t('sign_in.password')}
          type="password"
          autocomplete="current-password"
          required
        />
        {work && <Work t={t} form={form} asked={work} />}
        <Button full>{t('sign_in.submit')}</Button>
      </PostForm>
      <PasskeyForm t={t} use="get" action={passkeyAction} csrf={csrf} offer>
        <Button look="secondary" full>
          {t('passkey.sign_in')}
        </Button>
      </PasskeyForm>
      <ul class="ways">
        <li>
          <a href={links.forgotten}>{t('sign_in.forgotten')}</a>
        </li>
        <li>
          <a href={links.noAccount}>{t('sign_in.no_account')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, script: PASSKEY_SCRIPT, body });
}
