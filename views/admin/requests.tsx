import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkboxes } from '../parts/Checkbox.tsx';
import { Choice } from '../parts/Choice.tsx';
import { ErrorMessage } from '../parts/ErrorMessage.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import { languageNames, type Language } from '../text.ts';

/** Somebody who asks for an account. */
export type ShownRequest = {
  readonly id: string;
  readonly loginName: string;
  readonly day: string;
  readonly language: Language;
  readonly application?: string | undefined;
  readonly reason: string;
  readonly question?: string | undefined;
  readonly answer?: string | undefined;
};

export type GroupChoices = readonly { readonly id: string; readonly name: string; readonly checked: boolean }[];

/** Posts to /admin/requests/decide: request (several), group (several), reason, decision (approve or refuse). */
export type RequestsData = {
  readonly requests: readonly (ShownRequest & { readonly checked: boolean })[];
  /** On all pages. */
  readonly total: number;
  /** How many days people usually wait, where that is known. */
  readonly days: number | undefined;
  readonly groups: GroupChoices;
  readonly form: Form;
  readonly csrf: string;
  readonly previousUrl?: string | undefined;
  readonly nextUrl?: string | undefined;
  readonly notice?: string | undefined;
};

/** When somebody asked, in which language, and where they were going. */
export function factsOf({ t, language }: Frame, { day, language: spoken, application }: ShownRequest): string {
  const facts = [t('admin.requests.day', { day: momentText(language, day) }), languageNames[spoken]];
  return [...facts, application === undefined ? [] : t('admin.requests.for', { application })].flat().join(' · ');
}

/** What an administrator may say with a decision, and its two buttons. */
export function Decision({ frame, form, groups }: { frame: Frame; form: Form; groups: GroupChoices }) {
  const { t } = frame;
  return (
    <>
      {groups.length > 0 && (
        <Checkboxes
          t={t}
          name="group"
          legend={t('admin.requests.groups')}
          hint={t('admin.requests.groups_hint')}
          error={errorOf(form, 'group')}
          options={groups.map(({ id, name, checked }) => ({ value: id, label: name, checked }))}
        />
      )}
      <TextArea
        t={t}
        form={form}
        name="reason"
        label={t('admin.requests.refusal')}
        hint={t('admin.requests.refusal_hint')}
        rows={2}
      />
      <div class="panel-foot decision">
        <Button name="decision" value="approve">
          {t('admin.requests.approve')}
        </Button>
        <Button look="danger" name="decision" value="refuse">
          {t('admin.requests.refuse')}
        </Button>
      </div>
    </>
  );
}

/** Everybody who waits for an account, oldest first. */
export function requestsPage(frame: Frame, data: RequestsData): string {
  const { t } = frame;
  const { form, requests, total, days } = data;
  const title = t('admin.requests.title');
  const problem = errorOf(form, 'request');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('admin.requests.lead')}</p>
      <p>
        {t('admin.requests.total', { count: total })} {days !== undefined && t('admin.requests.usual', { days })}
      </p>
      {requests.length > 0 && (
        <PostForm action="/admin/requests/decide" csrf={data.csrf} class="stack">
          <ErrorMessage t={t} id="request" message={problem} />
          <ul class="rows">
            {requests.map((request, index) => (
              <li key={request.id} class="row tall">
                <div class="row-main">
                  <Choice
                    type="checkbox"
                    id={index === 0 ? 'request' : `request-${index}`}
                    name="request"
                    value={request.id}
                    label={request.loginName}
                    hint={factsOf(frame, request)}
                    checked={request.checked}
                    describedBy={index === 0 && problem !== undefined ? 'request-error' : undefined}
                    invalid={index === 0 && problem !== undefined}
                  />
                  <Said label={t('applicant.reason')} words={request.reason} />
                  {request.question !== undefined && <Said label={t('applicant.question')} words={request.question} />}
                  {request.answer !== undefined && <Said label={t('applicant.answer')} words={request.answer} />}
                </div>
                <a class="button quiet" href={`/admin/requests/${request.id}`}>
                  {t('admin.requests.open', { login: request.loginName })}
                </a>
              </li>
            ))}
          </ul>
          <section class="panel" aria-labelledby="decide">
            <h2 id="decide">{t('admin.requests.decide')}</h2>
            <Decision frame={frame} form={form} groups={data.groups} />
          </section>
        </PostForm>
      )}
      {(data.previousUrl ?? data.nextUrl) !== undefined && (
        <nav class="pages" aria-label={t('admin.requests.pages')}>
          {data.previousUrl !== undefined && <a href={data.previousUrl}>{t('admin.requests.previous')}</a>}
          {data.nextUrl !== undefined && <a href={data.nextUrl}>{t('admin.requests.next')}</a>}
        </nav>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
