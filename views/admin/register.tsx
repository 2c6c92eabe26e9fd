import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Table } from '../parts/Table.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { When } from '../parts/When.tsx';
import { Desk, Turning } from './desk.tsx';

/** An entry in words. `at`: milliseconds. `state`: of a request of an authority that nobody answered yet. */
export type ShownRegisterEntry = {
  readonly number: number;
  readonly at: number;
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly hash: string;
  readonly isRequest: boolean;
  readonly state?: 'waits' | 'overdue' | undefined;
};

/** How often each was written in a year. */
export type ShownYear = { readonly year: string } & Readonly<
  Record<'asked' | 'confirmed' | 'declined' | 'lapsed' | 'told' | 'requests' | 'answers' | 'given', number>
>;

/** Posts to /admin/register/add: authority, basis, asked, received, deadline. */
export type RegisterData = {
  readonly entries: readonly ShownRegisterEntry[];
  readonly years: readonly ShownYear[];
  readonly overdue: number;
  /** The number and the hash of the last entry, as they are written; empty where there is none. */
  readonly head: string;
  readonly form: Form;
  readonly csrf: string;
  readonly nextUrl?: string | undefined;
  readonly notice?: string | undefined;
};

function Entry({ frame, entry }: { frame: Frame; entry: ShownRegisterEntry }) {
  const { t, language } = frame;
  return (
    <>
      <h3>
        <a href={`/admin/register/${entry.number}`}>
          {t('admin.register.entry', { number: entry.number, what: entry.title })}
        </a>
      </h3>
      <p>
        <When language={language} at={entry.at} />{' '}
        {entry.state !== undefined && (
          <span class={entry.state === 'overdue' ? 'status blocked' : 'status requested'}>
            {entry.state === 'overdue' ? t('admin.register.overdue') : t('admin.register.waits')}
          </span>
        )}
      </p>
      <Facts t={t} facts={entry.facts} />
    </>
  );
}

/** The register of unsealings and of requests of authorities, the latest entry first. */
export function registerPage(frame: Frame, data: RegisterData): string {
  const { t } = frame;
  const { entries, years, form } = data;
  const title = t('admin.register.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <Desk frame={frame} here="/admin/register" />
      <h1>{title}</h1>
      <p class="lead">{t('admin.register.lead')}</p>
      {data.overdue > 0 && <p class="caution">{t('admin.register.overdue_count', { count: data.overdue })}</p>}
      {data.head !== '' && (
        <div class="stack">
          <Facts t={t} copy facts={[{ label: t('admin.register.head'), value: data.head }]} />
          <p>
            <a href="/admin/register/csv">{t('admin.register.csv')}</a>
          </p>
        </div>
      )}
      <div class="stack">
        <section class="panel" aria-labelledby="add">
          <h2 id="add">{t('admin.register.add')}</h2>
          <PostForm action="/admin/register/add" csrf={data.csrf}>
            <Field
              t={t}
              form={form}
              name="authority"
              label={t('admin.register.authority')}
              hint={t('admin.register.authority_hint')}
              required
            />
            <Field t={t} form={form} name="basis" label={t('admin.register.basis')} required />
            <TextArea
              t={t}
              form={form}
              name="asked"
              label={t('admin.register.asked')}
              hint={t('admin.register.asked_hint')}
              rows={3}
              required
            />
            <Field
              t={t}
              form={form}
              name="received"
              label={t('admin.register.received')}
              type="date"
              size="short"
              required
            />
            <Field t={t} form={form} name="deadline" label={t('admin.register.deadline')} type="date" size="short" />
            <Button look="secondary">{t('admin.register.add_do')}</Button>
          </PostForm>
        </section>
        {years.length > 0 && (
          <section class="panel" aria-labelledby="years">
            <h2 id="years">{t('admin.register.years')}</h2>
            <p>{t('admin.register.years_what')}</p>
            <Table
              caption={t('admin.register.years_what')}
              columns={[
                t('admin.register.year'),
                t('admin.register.count_asked'),
                t('admin.register.count_confirmed'),
                t('admin.register.count_declined'),
                t('admin.register.count_lapsed'),
                t('admin.register.count_told'),
                t('admin.register.count_requests'),
                t('admin.register.count_answers'),
                t('admin.register.count_given'),
              ]}
              rows={years.map((of) => [
                of.year,
                ...[of.asked, of.confirmed, of.declined, of.lapsed, of.told, of.requests, of.answers, of.given].map(
                  String,
                ),
              ])}
            />
          </section>
        )}
        <section aria-labelledby="entries">
          <h2 id="entries">{t('admin.register.entries')}</h2>
          {entries.length === 0 && <p>{t('admin.register.empty')}</p>}
          <ol class="rows">
            {entries.map((entry) => (
              <li key={entry.number} class="row tall">
                <div class="row-main">
                  <Entry frame={frame} entry={entry} />
                </div>
              </li>
            ))}
          </ol>
        </section>
      </div>
      <Turning frame={frame} next={data.nextUrl} />
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

/** Posts to /admin/register/<number>/answer: answer, words, answered. */
export type RegisterEntryData = {
  readonly entry: ShownRegisterEntry;
  readonly answers: readonly { readonly value: string; readonly label: string }[];
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** One entry of the register; of a request of an authority, where its answer is written down. */
export function registerEntryPage(frame: Frame, { entry, answers, form, csrf, notice }: RegisterEntryData): string {
  const { t } = frame;
  const title = t('admin.register.entry', { number: entry.number, what: entry.title });
  const body = (
    <>
      <Notice text={notice} />
      <ErrorSummary t={t} form={form} />
      <Desk frame={frame} here="/admin/register" />
      <h1>{title}</h1>
      <Facts t={t} facts={[...entry.facts, { label: t('admin.register.hash'), value: entry.hash }]} />
      {entry.isRequest && (
        <section class="panel" aria-labelledby="answer-heading">
          <h2 id="answer-heading">{t('admin.register.answer')}</h2>
          <p>{t('admin.register.answer_what')}</p>
          <PostForm action={`/admin/register/${entry.number}/answer`} csrf={csrf}>
            <Radios t={t} form={form} name="answer" legend={t('admin.register.answered_how')} options={answers} />
            <TextArea
              t={t}
              form={form}
              name="words"
              label={t('admin.register.answer_words')}
              hint={t('admin.register.answer_hint')}
              rows={3}
              required
            />
            <Field
              t={t}
              form={form}
              name="answered"
              label={t('admin.register.answered')}
              type="date"
              size="short"
              required
            />
            <Button>{t('admin.register.answer_do')}</Button>
          </PostForm>
        </section>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
