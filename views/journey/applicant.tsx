import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Stop, WayOut } from './stop.tsx';

/** Posts `do` (answer or withdraw) and answer. */
export type ApplicantData = {
  readonly action: string;
  readonly csrf?: string | undefined;
  readonly form: Form;
  readonly applicant: {
    readonly loginName: string;
    readonly reason: string;
    readonly question?: string | undefined;
    readonly answer?: string | undefined;
  };
  /** How many days it usually takes, where that is known. */
  readonly days: number | undefined;
  readonly application?: ApplicationLabel | undefined;
  /** For somebody else, or for who has another account. */
  readonly signInUrl?: string | undefined;
  readonly notice?: string | undefined;
};

/** How it stands with a request for an account, for who made it. */
export function applicantPage(frame: Frame, data: ApplicantData): string {
  const { t } = frame;
  const { action, csrf, form, applicant } = data;
  const instance = frame.instance.name;
  const title = t('applicant.title');
  const body = (
    <div class="sheet">
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={data.application} />
      <h1>{title}</h1>
      <p class="lead">{t('applicant.lead', { instance, login: applicant.loginName })}</p>
      {data.days !== undefined && <p>{t('sign_up.usual_wait', { days: data.days })}</p>}
      <Said label={t('applicant.reason')} words={applicant.reason} />
      {applicant.question !== undefined && (
        <>
          <Said label={t('applicant.question')} words={applicant.question} />
          <PostForm action={action} csrf={csrf}>
            <TextArea t={t} form={form} name="answer" label={t('applicant.answer')} required />
            <Button full name="do" value="answer">
              {t(applicant.answer === undefined ? 'applicant.send' : 'applicant.send_again')}
            </Button>
          </PostForm>
        </>
      )}
      <details>
        <summary>{t('applicant.withdraw_ask')}</summary>
        <p class="caution">{t('applicant.withdraw_what')}</p>
        <PostForm action={action} csrf={csrf}>
          <Button look="danger" full name="do" value="withdraw">
            {t('applicant.withdraw')}
          </Button>
        </PostForm>
      </details>
      {data.signInUrl !== undefined && (
        <ul class="ways">
          <li>
            <a href={data.signInUrl}>{t('applicant.other')}</a>
          </li>
        </ul>
      )}
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** The request is no more. */
export function withdrawnPage(frame: Frame, { homeUrl }: { readonly homeUrl: string }): string {
  const { t } = frame;
  const title = t('applicant.withdrawn_title');
  const body = (
    <Stop title={title} message={t('applicant.withdrawn')}>
      <WayOut href={homeUrl}>{t('back.sign_in')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
