import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Places, type Moderated } from './places.tsx';
import { Decision, factsOf, Words, type ShownReason, type ShownRequest } from './requests.tsx';

/**
 * Posts to /moderation/<application>/requests/<profile>/question (question), and to /moderation/<application>/decide as
 * the list does.
 */
export type RequestData = {
  readonly application: Moderated;
  readonly request: ShownRequest;
  readonly reasons: readonly ShownReason[];
  readonly decideForm: Form;
  readonly questionForm: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** One request: what was written, a question to whoever asks, the decision. */
export function moderationRequestPage(frame: Frame, data: RequestData): string {
  const { t } = frame;
  const { application, request, decideForm, questionForm, csrf } = data;
  const title = t('moderation.request_title', { name: request.name });
  const here = `/moderation/${application.id}`;
  const hidden = [
    { name: 'request', value: request.profileId },
    { name: 'from', value: 'one' },
  ];
  const isReview = request.status === 'review';
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={questionForm} />
      <ErrorSummary t={t} form={decideForm} />
      <Places frame={frame} application={application} here="" />
      <h1>{title}</h1>
      <p class="lead">{factsOf(frame, request)}</p>
      <div class="stack">
        <section class="panel" aria-labelledby="said">
          <h2 id="said">{t('moderation.said')}</h2>
          {request.words === '' && <p>{t('moderation.said_nothing')}</p>}
          <Words frame={frame} request={request} />
        </section>
        {!isReview && (
          <section class="panel" aria-labelledby="ask">
            <h2 id="ask">{t('moderation.ask')}</h2>
            <p>{t('moderation.ask_what')}</p>
            <PostForm action={`${here}/requests/${request.profileId}/question`} csrf={csrf}>
              <TextArea t={t} form={questionForm} name="question" label={t('moderation.question')} rows={3} required />
              <Button look="secondary">{t('moderation.ask_send')}</Button>
            </PostForm>
          </section>
        )}
        <section class="panel" aria-labelledby="decide">
          <h2 id="decide">{t('moderation.decide_one')}</h2>
          <PostForm action={`${here}/decide`} csrf={csrf}>
            <Hidden fields={hidden} />
            <Decision frame={frame} form={decideForm} reasons={data.reasons} reviews={isReview} />
          </PostForm>
          <p>
            <a href={`${here}/profiles/${request.profileId}`}>{t('moderation.to_profile', { name: request.name })}</a>
          </p>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: decideForm.errors.length + questionForm.errors.length > 0, body });
}
