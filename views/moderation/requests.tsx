import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Choice } from '../parts/Choice.tsx';
import { ErrorMessage } from '../parts/ErrorMessage.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { Select } from '../parts/Select.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import { Places, type Moderated } from './places.tsx';

/** A profile that somebody asks for. `day` is an ISO date; `status` as in the domain. */
export type ShownRequest = {
  readonly profileId: string;
  readonly name: string;
  readonly day: string;
  readonly urgent: boolean;
  readonly status: 'waiting' | 'asked' | 'review';
  readonly words: string;
  readonly question?: string | undefined;
  readonly answer?: string | undefined;
};

/** A reason that a refusal is given for, in the language of the page. */
export type ShownReason = { readonly id: string; readonly text: string };

/** Posts to /moderation/<application>/decide: request (several), decision (approve or refuse), reason (an id), words. */
export type RequestsData = {
  readonly application: Moderated;
  readonly requests: readonly (ShownRequest & { readonly checked: boolean })[];
  /** On all pages. */
  readonly total: number;
  /** How many days people usually wait, where that is known. */
  readonly days: number | undefined;
  readonly reasons: readonly ShownReason[];
  /** What the ticked ones contain, where that was asked for. */
  readonly containing: string;
  readonly page: number;
  readonly form: Form;
  readonly csrf: string;
  readonly previousUrl?: string | undefined;
  readonly nextUrl?: string | undefined;
  readonly notice?: string | undefined;
};

/** The day on which somebody asked, and what else sets a request apart. */
export function factsOf({ t, language }: Frame, { day, urgent, status }: ShownRequest): string {
  return [
    t('moderation.request_day', { day: momentText(language, day) }),
    urgent ? t('moderation.request_urgent') : [],
    status === 'asked' ? t('moderation.request_asked') : [],
    status === 'review' ? t('moderation.request_review') : [],
  ]
    .flat()
    .join(' · ');
}

/** What somebody wrote who asks for a profile, and what was asked and answered since. */
export function Words({
  frame: { t },
  request,
  brief = false,
}: {
  frame: Frame;
  request: ShownRequest;
  /** Among many others, where what is written first needs no heading. */
  brief?: boolean;
}) {
  const { words, question, answer } = request;
  return (
    <>
      {words !== '' && <Said label={brief ? undefined : t('moderation.words')} words={words} />}
      {question !== undefined && <Said label={t('request.question')} words={question} />}
      {answer !== undefined && <Said label={t('moderation.answer')} words={answer} />}
    </>
  );
}

/** The reason of a refusal, and the two buttons. `reviews`: whether profiles that were given at once are among them. */
export function Decision({
  frame: { t },
  form,
  reasons,
  reviews,
}: {
  frame: Frame;
  form: Form;
  reasons: readonly ShownReason[];
  reviews: boolean;
}) {
  return (
    <>
      <Select
        t={t}
        form={form}
        name="reason"
        label={t('moderation.reason')}
        hint={t('moderation.reason_hint')}
        options={[
          { value: '', label: t('moderation.reason_none') },
          ...reasons.map(({ id, text }) => ({ value: id, label: text })),
        ]}
      />
      <TextArea
        t={t}
        form={form}
        name="words"
        label={t('moderation.reason_words')}
        hint={t('moderation.reason_words_hint')}
        rows={2}
      />
      {reviews && <p class="hint">{t('moderation.review_hint')}</p>}
      <div class="panel-foot decision">
        <Button name="decision" value="approve">
          {t('moderation.approve')}
        </Button>
        <Button look="danger" name="decision" value="refuse">
          {t('moderation.refuse')}
        </Button>
      </div>
    </>
  );
}

/** All that waits at an application, urgent ones first, to be decided one by one or many at once. */
export function moderationRequestsPage(frame: Frame, data: RequestsData): string {
  const { t } = frame;
  const { application, form, requests, total, days } = data;
  const title = t('moderation.requests_title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.requests_lead')}</p>
      <p>
        {t('moderation.total', { count: total })} {days !== undefined && t('moderation.usual', { days })}
      </p>
      {requests.length > 1 && <Tick frame={frame} data={data} />}
      {requests.length > 0 && <Queue frame={frame} data={data} />}
      {(data.previousUrl ?? data.nextUrl) !== undefined && (
        <nav class="pages" aria-label={t('moderation.pages')}>
          {data.previousUrl !== undefined && <a href={data.previousUrl}>{t('moderation.previous')}</a>}
          {data.nextUrl !== undefined && <a href={data.nextUrl}>{t('moderation.next')}</a>}
        </nav>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

/** Ticks all of the page, or those that contain some words: a form that asks for the page anew and changes nothing. */
function Tick({ frame: { t }, data: { application, containing, page: number } }: { frame: Frame; data: RequestsData }) {
  return (
    <form method="get" action={`/moderation/${application.id}`} class="panel">
      <input type="hidden" name="page" value={number} />
      <div class="field">
        <label for="tick">{t('moderation.tick')}</label>
        <p class="hint" id="tick-hint">
          {t('moderation.tick_hint')}
        </p>
        <input id="tick" name="tick" value={containing} maxLength={100} aria-describedby="tick-hint" />
      </div>
      <Button look="secondary">{t('moderation.tick_submit')}</Button>
    </form>
  );
}

function Queue({ frame, data }: { frame: Frame; data: RequestsData }) {
  const { t } = frame;
  const { application, form, requests } = data;
  const problem = errorOf(form, 'request');
  return (
    <PostForm action={`/moderation/${application.id}/decide`} csrf={data.csrf} class="stack">
      <input type="hidden" name="page" value={data.page} />
      <ErrorMessage t={t} id="request" message={problem} />
      <ul class="rows">
        {requests.map((request, index) => (
          <li key={request.profileId} class="row tall">
            <div class="row-main">
              <Choice
                type="checkbox"
                id={index === 0 ? 'request' : `request-${index}`}
                name="request"
                value={request.profileId}
                label={request.name}
                hint={factsOf(frame, request)}
                checked={request.checked}
                describedBy={index === 0 && problem !== undefined ? 'request-error' : undefined}
                invalid={index === 0 && problem !== undefined}
              />
              <Words frame={frame} request={request} brief />
            </div>
            <a class="button quiet" href={`/moderation/${application.id}/requests/${request.profileId}`}>
              {t('moderation.open', { name: request.name })}
            </a>
          </li>
        ))}
      </ul>
      <section class="panel" aria-labelledby="decide">
        <h2 id="decide">{t('moderation.decide')}</h2>
        <Decision
          frame={frame}
          form={form}
          reasons={data.reasons}
          reviews={requests.some(({ status }) => status === 'review')}
        />
      </section>
    </PostForm>
  );
}
