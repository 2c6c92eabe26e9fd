import type { ApplicationLabel } from '../parts/Application.tsx';
import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { Work, type WorkAsked } from '../parts/Work.tsx';
import { Contact } from './contact.tsx';
import { Stop, WayOut } from './stop.tsx';

/** Field: identifier; and what `Work` asks for. */
export type RecoveryData = {
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly contact?: string | undefined;
  readonly backUrl: string;
  readonly asked: WorkAsked;
};

/** What was lost, the password or the login name, comes back by mail. */
export function recoveryPage(frame: Frame, data: RecoveryData): string {
  const { t } = frame;
  const { action, csrf, form, contact, backUrl, asked } = data;
  const title = t('forgotten.title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('recovery.lead')}</p>
      <PostForm action={action} csrf={csrf}>
        <Field
          t={t}
          form={form}
          name="identifier"
          label={t('sign_in.login')}
          hint={t('recovery.hint')}
          autocomplete="username"
          required
        />
        <Work t={t} form={form} asked={asked} />
        <Button full>{t('recovery.submit')}</Button>
      </PostForm>
      <h2>{t('recovery.no_address')}</h2>
      <p>{t('forgotten.message', { instance: frame.instance.name })}</p>
      <Contact t={t} contact={contact} />
      <WayOut href={backUrl} primary={false}>
        {t('back.sign_in')}
      </WayOut>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

export type LetterSentData = {
  readonly contact?: string | undefined;
  readonly againUrl: string;
  readonly backUrl: string;
};

/** The same for everybody, whether there was anybody to write to or not. */
export function letterSentPage(frame: Frame, { contact, againUrl, backUrl }: LetterSentData): string {
  const { t } = frame;
  const title = t('recovery.sent_title');
  const body = (
    <Stop title={title} message={t('recovery.sent')}>
      <ul class="steps">
        <li>{t('recovery.sent_minutes')}</li>
        <li>{t('recovery.sent_browser')}</li>
        <li>{t('recovery.sent_nothing')}</li>
      </ul>
      <Contact t={t} contact={contact} />
      <WayOut href={backUrl}>{t('back.sign_in')}</WayOut>
      <WayOut href={againUrl} primary={false}>
        {t('recovery.again')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

export type RecoveredData = { readonly loginName: string; readonly onwardUrl: string };

/** The new password holds; one signs in with it. */
export function recoveredPage(frame: Frame, { loginName, onwardUrl }: RecoveredData): string {
  const { t } = frame;
  const title = t('link.done_title');
  const body = (
    <Stop title={title} message={t('recovery.done', { login: loginName })}>
      <WayOut href={onwardUrl}>{t('link.done_sign_in')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

export type OnwardData = { readonly application: ApplicationLabel };

/** In another browser than the one the sign-in began in: it begins anew where the person came from. */
export function onwardPage(frame: Frame, { application }: OnwardData): string {
  const { t } = frame;
  const title = t('recovery.onward_title', { application: application.name });
  const body = (
    <Stop application={application} title={title} message={t('recovery.onward', { application: application.name })}>
      <WayOut href={application.homeUrl}>{t('recovery.onward_go', { application: application.name })}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
