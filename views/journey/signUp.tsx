import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Work } from '../parts/Work.tsx';
import { Contact } from './contact.tsx';
import { Stop, WayOut } from './stop.tsx';
import { TermsField, type TermsToAccept } from './termsField.tsx';
import { NameAndPassword } from './firstRun.tsx';

/** Field: mailbox; and what the proof of work adds. */
export type SignUpData = {
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly application?: ApplicationLabel | undefined;
  /** Whether an administrator decides afterwards. */
  readonly isApproved: boolean;
  readonly asked: Parameters<typeof Work>[0]['asked'];
  readonly signInUrl: string;
};

/** Somebody without an account says where a letter reaches them. */
export function signUpPage(frame: Frame, data: SignUpData): string {
  const { t } = frame;
  const { form } = data;
  const instance = frame.instance.name;
  const title = t('sign_up.title', { instance });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={data.application} />
      <h1>{title}</h1>
      <p class="lead">{t('sign_up.lead', { instance })}</p>
      {data.isApproved && <p>{t('sign_up.approved', { instance })}</p>}
      <PostForm action={data.action} csrf={data.csrf}>
        <Field
          t={t}
          form={form}
          name="mailbox"
          label={t('link.address')}
          hint={t('sign_up.address_hint')}
          type="email"
          inputMode="email"
          autocomplete="email"
          required
        />
        <Work t={t} form={form} asked={data.asked} />
        <Button full>{t('sign_up.submit')}</Button>
      </PostForm>
      <ul class="ways">
        <li>
          <a href={data.signInUrl}>{t('sign_up.sign_in')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** A letter is on its way: the same page whatever the address (A44). */
export function lookInMailPage(
  frame: Frame,
  { againUrl, signInUrl }: { readonly againUrl: string; readonly signInUrl: string },
): string {
  const { t } = frame;
  const title = t('sign_up.sent_title');
  const body = (
    <Stop title={title} message={t('sign_up.sent', { instance: frame.instance.name })}>
      <p>{t('sign_up.sent_here')}</p>
      <p>{t('sign_up.sent_nothing')}</p>
      <WayOut href={againUrl} primary={false}>
        {t('sign_up.again')}
      </WayOut>
      <WayOut href={signInUrl} primary={false}>
        {t('sign_up.sign_in')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Fields: loginName, password, reason (where somebody decides), terms and version (where there are rules). */
export type NewAccountData = {
  readonly action: string;
  readonly form: Form;
  /** The address that the link proved. */
  readonly mailbox: string;
  readonly application?: ApplicationLabel | undefined;
  readonly passwordMinimum: number;
  /** Somebody decides afterwards; how many days that usually takes, where it is known. */
  readonly approval?: { readonly days: number | undefined } | undefined;
  /** There are rules to accept. */
  readonly terms?: TermsToAccept | undefined;
};

/** The address is proven: a login name, a password, and what the house asks besides. */
export function newAccountPage(frame: Frame, data: NewAccountData): string {
  const { t } = frame;
  const { form, mailbox, approval, terms } = data;
  const instance = frame.instance.name;
  const title = t('link.account_title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={data.application} />
      <h1>{title}</h1>
      <p class="lead">{t('sign_up.new_lead', { instance, address: mailbox })}</p>
      {approval && <p>{t('sign_up.approved', { instance })}</p>}
      {approval?.days !== undefined && <p>{t('sign_up.usual_wait', { days: approval.days })}</p>}
      <PostForm action={data.action}>
        <NameAndPassword frame={frame} form={form} passwordMinimum={data.passwordMinimum} />
        {approval && (
          <TextArea
            t={t}
            form={form}
            name="reason"
            label={t('sign_up.reason')}
            hint={t('sign_up.reason_hint')}
            required
          />
        )}
        {terms && <TermsField frame={frame} form={form} terms={terms} />}
        <Button full>{t(approval ? 'sign_up.ask' : 'link.account_submit')}</Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** The account is there, on a device where no sign-in waits: on from where the person came from. */
export function accountMadePage(
  frame: Frame,
  { application, loginName }: { readonly application?: ApplicationLabel | undefined; readonly loginName: string },
): string {
  const { t } = frame;
  const title = t('sign_up.made_title');
  const instance = frame.instance.name;
  const message =
    application === undefined
      ? t('sign_up.made', { login: loginName, instance })
      : t('sign_up.made_for', { login: loginName, application: application.name });
  const home = application?.homeUrl ?? '';
  const body = (
    <Stop application={application} title={title} message={message}>
      {application !== undefined && home !== '' ? (
        <WayOut href={home}>{t('back.to', { application: application.name })}</WayOut>
      ) : (
        <WayOut href="/">{t('sign_up.home', { instance })}</WayOut>
      )}
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Somebody will decide; on a device where no sign-in waits. */
export function requestSentPage(frame: Frame): string {
  const { t } = frame;
  const title = t('sign_up.request_title');
  const body = <Stop title={title} message={t('sign_up.request_sent')} />;
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** The house lets nobody in by themselves any more; the link stays what it was. */
export function signUpClosedPage(frame: Frame, { contact }: { readonly contact?: string | undefined }): string {
  const { t } = frame;
  const title = t('sign_up.closed_title');
  const body = (
    <Stop title={title} message={t('error.sign_up_closed')}>
      <Contact t={t} contact={contact} />
      <WayOut href="/">{t('back.home')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
