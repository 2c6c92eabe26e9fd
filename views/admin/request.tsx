import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Decision, factsOf, type GroupChoices, type ShownRequest } from './requests.tsx';

/** Posts to /admin/requests/<id>/question (question), and to /admin/requests/decide as the list does. */
export type RequestData = {
  readonly request: ShownRequest;
  readonly groups: GroupChoices;
  readonly decideForm: Form;
  readonly questionForm: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** One person who waits for an account: what they say, a question to them, the decision. */
export function requestPage(frame: Frame, data: RequestData): string {
  const { t } = frame;
  const { request, decideForm, questionForm, csrf } = data;
  const title = t('admin.request.title', { login: request.loginName });
  const hidden = [
    { name: 'request', value: request.id },
    { name: 'from', value: 'one' },
  ];
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={questionForm} />
      <ErrorSummary t={t} form={decideForm} />
      <p class="crumb">
        <a href="/admin/requests">{t('admin.requests.title')}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{factsOf(frame, request)}</p>
      <div class="stack">
        <section class="panel" aria-labelledby="said">
          <h2 id="said">{t('admin.request.said')}</h2>
          <Said label={t('applicant.reason')} words={request.reason} />
          {request.question !== undefined && <Said label={t('applicant.question')} words={request.question} />}
          {request.answer !== undefined && <Said label={t('applicant.answer')} words={request.answer} />}
        </section>
        <section class="panel" aria-labelledby="ask">
          <h2 id="ask">{t('admin.request.ask')}</h2>
          <p>{t('admin.request.ask_what')}</p>
          <PostForm action={`/admin/requests/${request.id}/question`} csrf={csrf}>
            <TextArea t={t} form={questionForm} name="question" label={t('admin.request.question')} rows={3} required />
            <Button look="secondary">{t('admin.request.send')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="decide">
          <h2 id="decide">{t('admin.request.decide')}</h2>
          <PostForm action="/admin/requests/decide" csrf={csrf}>
            <Hidden fields={hidden} />
            <Decision frame={frame} form={decideForm} groups={data.groups} />
          </PostForm>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: decideForm.errors.length + questionForm.errors.length > 0, body });
}
