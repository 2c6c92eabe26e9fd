import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { NoPasskey, PASSKEY_SCRIPT, PasskeyForm } from '../parts/PasskeyForm.tsx';
import { GiveUp } from './giveUp.tsx';

/** Field: response. */
export type EnrolPasskeyData = {
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly loginName: string;
  readonly application?: ApplicationLabel | undefined;
  readonly appUrl: string;
  readonly otherAccountUrl: string;
  /** Where giving up is posted. */
  readonly giveUp: string;
};

/** A second factor is asked of this account: a passkey is one. */
export function enrolPasskeyPage(frame: Frame, data: EnrolPasskeyData): string {
  const { t } = frame;
  const { form, application } = data;
  const title = t('passkey.add');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('passkey.add_lead', { login: data.loginName })}</p>
      <NoPasskey t={t} />
      <PasskeyForm t={t} use="create" action={data.action} csrf={data.csrf}>
        <Button full>{t('passkey.create')}</Button>
      </PasskeyForm>
      <GiveUp frame={frame} action={data.giveUp} csrf={data.csrf} application={application} />
      <ul class="ways">
        <li>
          <a href={data.appUrl}>{t('enrol.try_app')}</a>
        </li>
        <li>
          <a href={data.otherAccountUrl}>{t('pick.other_account')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, script: PASSKEY_SCRIPT, body });
}
