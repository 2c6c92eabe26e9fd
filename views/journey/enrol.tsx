import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { AppSetUp, type AppSetUpShown } from '../parts/AppSetUp.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { GiveUp } from './giveUp.tsx';

/** Field: code. */
export type EnrolData = {
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly setUp: AppSetUpShown;
  readonly loginName: string;
  readonly application?: ApplicationLabel | undefined;
  readonly passkeyUrl: string;
  readonly otherAccountUrl: string;
  /** Where giving up is posted. */
  readonly giveUp: string;
};

/** A second factor is asked of this account, and it has none: setting one up, here and now. */
export function enrolPage(frame: Frame, data: EnrolData): string {
  const { t, instance } = frame;
  const { form, application } = data;
  const title = t('enrol.title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">
        {application === undefined
          ? t('enrol.lead', { instance: instance.name, login: data.loginName })
          : t('enrol.lead_for', { application: application.name, login: data.loginName })}
      </p>
      <PostForm action={data.action} csrf={data.csrf}>
        <AppSetUp t={t} setUp={data.setUp} form={form} />
        <Button full>{t('set_up.submit')}</Button>
      </PostForm>
      <GiveUp frame={frame} action={data.giveUp} csrf={data.csrf} application={application} />
      <ul class="ways">
        <li>
          <a href={data.passkeyUrl}>{t('enrol.try_passkey')}</a>
        </li>
        <li>
          <a href={data.otherAccountUrl}>{t('pick.other_account')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
