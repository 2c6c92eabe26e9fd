import { page, type Frame } from '../layout.tsx';
import { ApplicationMark } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Refusals, type ShownRefusal } from './mailRefusals.tsx';
import { Submission, type SubmissionData } from './mailSubmission.tsx';

/** Fields: senderDomains, senderNetworks. */
export type MailSendersData = {
  readonly application: {
    readonly name: string;
    readonly iconUrl?: string | undefined;
    readonly url: string;
  };
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  /** What is dangerous about the domains that are registered; translated. */
  readonly warnings: readonly string[];
  readonly submission: SubmissionData;
  readonly refusals: readonly ShownRefusal[];
  readonly notice?: string | undefined;
};

/** How an application's mail is known, and what mail to its profiles was refused. */
export function mailSendersPage(frame: Frame, data: MailSendersData): string {
  const { t } = frame;
  const { application, form } = data;
  const title = t('admin.senders.title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <div class="title-row">
        <ApplicationMark application={application} />
        <h1>{title}</h1>
      </div>
      <p class="lead">{t('admin.senders.lead')}</p>
      <div class="stack">
        <section class="panel" aria-labelledby="senders">
          <h2 id="senders">{t('admin.senders.heading')}</h2>
          {data.warnings.map((warning) => (
            <p key={warning} class="caution">
              {warning}
            </p>
          ))}
          <PostForm action={data.action} csrf={data.csrf}>
            <TextArea
              t={t}
              form={form}
              name="senderDomains"
              label={t('admin.application.senders')}
              hint={t('admin.senders.domains_hint')}
              code
            />
            <TextArea
              t={t}
              form={form}
              name="senderNetworks"
              label={t('admin.senders.networks')}
              hint={t('admin.senders.networks_hint')}
              code
            />
            <p>
              <Button>{t('admin.save')}</Button>
            </p>
          </PostForm>
        </section>
        <Refusals frame={frame} refusals={data.refusals} />
        <Submission frame={frame} data={data.submission} csrf={data.csrf} />
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
