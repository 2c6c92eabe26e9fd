import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { When } from '../parts/When.tsx';
import { Contact } from './contact.tsx';
import { AccountFields } from './firstRun.tsx';
import { Stop, WayOut } from './stop.tsx';
import { TermsField, type TermsToAccept } from './termsField.tsx';

/** Fields: loginName, password, mailbox; terms and version where there are rules to accept. */
export type InvitationData = {
  readonly action: string;
  readonly form: Form;
  readonly passwordMinimum: number;
  readonly terms?: TermsToAccept | undefined;
};

/** Somebody who was invited makes their account. */
export function invitationPage(frame: Frame, { action, form, passwordMinimum, terms }: InvitationData): string {
  const { t } = frame;
  const title = t('link.account_title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('link.account_lead', { instance: frame.instance.name })}</p>
      <PostForm action={action}>
        <AccountFields frame={frame} form={form} passwordMinimum={passwordMinimum} />
        {terms !== undefined && <TermsField frame={frame} form={form} terms={terms} />}
        <Button full>{t('link.account_submit')}</Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** Somebody who was invited comes at a time when no new accounts are made. */
export function invitationClosedPage(frame: Frame, { contact }: { readonly contact?: string | undefined }): string {
  const { t } = frame;
  const title = t('link.closed_title');
  const body = (
    <Stop title={title} message={t('link.closed', { instance: frame.instance.name })}>
      <Contact t={t} contact={contact} />
      <WayOut href="/">{t('back.home')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Field: password. */
export type NewPasswordData = {
  readonly action: string;
  readonly form: Form;
  readonly loginName: string;
  readonly passwordMinimum: number;
};

/** Somebody who could no longer sign in chooses a new password. */
export function newPasswordPage(frame: Frame, data: NewPasswordData): string {
  const { t } = frame;
  const { action, form, loginName } = data;
  const title = t('link.password_title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('link.password_lead', { login: loginName, instance: frame.instance.name })}</p>
      <PostForm action={action}>
        {/* For password managers: whose password this is. */}
        <input type="text" autocomplete="username" value={loginName} readonly hidden />
        <Field
          t={t}
          form={form}
          name="password"
          label={t('account.password_new')}
          hint={t('account.password_hint', { min: data.passwordMinimum })}
          type="password"
          autocomplete="new-password"
          required
        />
        <Button full>{t('link.password_submit')}</Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** The link was made, its owner was told, and it opens later. `opensAt` in milliseconds. */
export type PasswordWaitsData = { readonly opensAt: number; readonly loginName: string };

/** A link for a new password that does not open yet. */
export function passwordWaitsPage(frame: Frame, { opensAt, loginName }: PasswordWaitsData): string {
  const { t, language } = frame;
  const title = t('link.waits_title');
  const body = (
    <Stop title={title} message={t('link.waits', { login: loginName })}>
      <p>
        {t('link.waits_until')} <When language={language} at={opensAt} />
      </p>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** The new password holds. */
export function passwordDonePage(frame: Frame, { signInUrl }: { readonly signInUrl: string }): string {
  const { t } = frame;
  const title = t('link.done_title');
  const body = (
    <Stop title={title} message={t('link.done')}>
      <WayOut href={signInUrl}>{t('link.done_sign_in')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Posts to /sign-out. */
export type OtherAccountData = { readonly loginName: string; readonly csrf: string };

/** A link for somebody else, opened where one is signed in already. */
export function otherAccountPage(frame: Frame, { loginName, csrf }: OtherAccountData): string {
  const { t } = frame;
  const title = t('link.other_title', { login: loginName });
  const body = (
    <Stop title={title} message={t('link.other')}>
      <PostForm action="/sign-out" csrf={csrf}>
        <Button full>{t('link.other_sign_out')}</Button>
      </PostForm>
      <WayOut href="/" primary={false}>
        {t('back.home')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** A link that opens nothing: used, withdrawn, replaced, too old, or never made. */
export function linkGonePage(frame: Frame, { contact }: { readonly contact?: string | undefined }): string {
  const { t } = frame;
  const title = t('expired.title');
  const body = (
    <Stop title={title} message={t('error.link_gone')}>
      <Contact t={t} contact={contact} />
      <WayOut href="/">{t('back.home')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
