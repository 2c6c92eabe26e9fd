import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts } from '../parts/Facts.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import { Desk } from './desk.tsx';

/** What somebody wrote. `by`: a login name, empty where the account is gone. `day`: ISO. */
export type ShownEntry = {
  readonly kind: 'referred' | 'noted';
  readonly by: string;
  readonly day: string;
  readonly reason?: string | undefined;
  readonly words: string;
};

/** The end of a request of which nothing is left. Without `became` the log has forgotten it. `day`: ISO. */
export type GoneRequest = {
  readonly became?: 'withdrawn' | 'refused' | undefined;
  readonly day?: string | undefined;
};

/** Posts to /admin/cases/<id>/note (words) and /close (outcome). */
export type CaseData = {
  readonly id: string;
  readonly profileId: string;
  readonly profile: string;
  /** Set where it was a request, and no profile is there to be seen. */
  readonly gone?: GoneRequest | undefined;
  readonly application: string;
  /** The moderators' page of the profile. */
  readonly profileUrl: string;
  readonly status: 'open' | 'closed';
  readonly day: string;
  readonly entries: readonly ShownEntry[];
  readonly outcome?: ShownEntry | undefined;
  readonly noteForm: Form;
  readonly closeForm: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

function labelOf({ t, language }: Frame, { kind, by, day }: ShownEntry): string {
  const params = { by: by === '' ? t('admin.cases.somebody') : by, day: momentText(language, day) };
  return kind === 'referred' ? t('admin.cases.referred_by', params) : t('admin.cases.noted_by', params);
}

function goneText({ t, language }: Frame, { became, day = '' }: GoneRequest): string {
  if (became === undefined) return t('admin.cases.gone_long_ago');
  const params = { day: momentText(language, day) };
  return became === 'refused' ? t('admin.cases.gone_refused', params) : t('admin.cases.gone_withdrawn', params);
}

/** One case: what was written about a profile, and its end. Who owns the profile is not on it. */
export function casePage(frame: Frame, data: CaseData): string {
  const { t, language } = frame;
  const { id, profile, application, entries, outcome, noteForm, closeForm, csrf } = data;
  const title = t('admin.cases.one', { profile, application });
  const at = `/admin/cases/${id}`;
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={noteForm} scope="note" />
      <ErrorSummary t={t} form={closeForm} scope="close" />
      <Desk frame={frame} here="/admin/cases" />
      <h1>{title}</h1>
      <Facts
        t={t}
        facts={[
          {
            label: t('admin.cases.status'),
            value: data.status === 'open' ? t('admin.cases.open') : t('admin.cases.closed'),
          },
          { label: t('admin.cases.day'), value: momentText(language, data.day) },
        ]}
      />
      {data.gone === undefined ? (
        <>
          <p class="lead">{t('admin.cases.no_person')}</p>
          <p>
            <a href={data.profileUrl}>{t('admin.cases.see_profile')}</a>{' '}
            <a href={`/admin/unsealing/new/${data.profileId}`}>{t('admin.cases.unseal')}</a>
          </p>
        </>
      ) : (
        <p class="lead">{goneText(frame, data.gone)}</p>
      )}
      <div class="stack">
        <section class="panel" aria-labelledby="entries">
          <h2 id="entries">{t('admin.cases.written')}</h2>
          {entries.map((entry, index) => (
            <div key={index}>
              {entry.reason !== undefined && <p>{t('admin.cases.reason', { reason: entry.reason })}</p>}
              <Said label={labelOf(frame, entry)} words={entry.words} />
            </div>
          ))}
        </section>
        {outcome !== undefined && (
          <section class="panel" aria-labelledby="outcome-said">
            <h2 id="outcome-said">{t('admin.cases.outcome')}</h2>
            <Said label={labelOf(frame, outcome)} words={outcome.words} />
          </section>
        )}
        {data.status === 'open' && (
          <>
            <section class="panel" aria-labelledby="note-heading">
              <h2 id="note-heading">{t('admin.cases.note')}</h2>
              <PostForm action={`${at}/note`} csrf={csrf}>
                <TextArea
                  t={t}
                  form={noteForm}
                  scope="note"
                  name="words"
                  label={t('admin.cases.note_label')}
                  hint={t('admin.cases.note_hint')}
                  rows={4}
                  required
                />
                <Button look="secondary">{t('admin.cases.note_add')}</Button>
              </PostForm>
            </section>
            <section class="panel" aria-labelledby="close-heading">
              <h2 id="close-heading">{t('admin.cases.close')}</h2>
              <PostForm action={`${at}/close`} csrf={csrf}>
                <TextArea
                  t={t}
                  form={closeForm}
                  scope="close"
                  name="outcome"
                  label={t('admin.cases.outcome_label')}
                  hint={t('admin.cases.outcome_hint')}
                  rows={2}
                  required
                />
                <Button>{t('admin.cases.close_do')}</Button>
              </PostForm>
            </section>
          </>
        )}
      </div>
    </>
  );
  const hasErrors = noteForm.errors.length + closeForm.errors.length > 0;
  return page(frame, { title, hasErrors, body });
}
