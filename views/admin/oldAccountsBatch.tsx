import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { DayChart, type DayCount } from '../parts/DayChart.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Table } from '../parts/Table.tsx';
import { When } from '../parts/When.tsx';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';
import type { Said } from './oldAccountsFile.tsx';

/**
 * Forms: `close` (empty), `forget` (when: now or day; day; sure) and `undo` (reverseRun) below its address. Each is left
 * out where there is nothing to do.
 */
export type BatchData = {
  readonly application: OldAccountsOf;
  readonly path: string;
  readonly title: string;
  readonly state: string;
  readonly facts: readonly Said[];
  /** The file it came from, while it still is here. */
  readonly fileUrl?: string | undefined;
  readonly free: number;
  readonly taken: number;
  readonly days: readonly DayCount[];
  /** The day of forgetting, once it is set or past. */
  readonly forgottenDay?: string | undefined;
  readonly forgetDay?: string | undefined;
  readonly forgetForm?: Form | undefined;
  readonly closeForm?: Form | undefined;
  readonly undoForm?: Form | undefined;
  /** Why it cannot be undone. */
  readonly undoReason?: string | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** So many days are listed one by one; more would be a list that nobody reads. */
const LISTED = 62;

/** Names that were imported together: how many were taken back, and ways to forget or undo them. */
export function batchPage(frame: Frame, data: BatchData): string {
  const { t } = frame;
  const { application, title, closeForm, forgetForm, undoForm } = data;
  const errors = [closeForm, forgetForm, undoForm].flatMap((form) => form?.errors ?? []);
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={{ values: {}, errors }} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      <div class="stack">
        <section class="panel" aria-labelledby="state">
          <h2 id="state">{data.state}</h2>
          <dl class="facts">
            {data.facts.map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          {data.fileUrl !== undefined && (
            <p class="panel-foot">
              <ButtonLink href={data.fileUrl}>{t('admin.old.batch.file')}</ButtonLink>
            </p>
          )}
        </section>
        {data.free + data.taken > 0 && <Taken frame={frame} data={data} />}
        {closeForm && <Close frame={frame} data={data} />}
        {forgetForm && <Forget frame={frame} data={data} form={forgetForm} />}
        {(undoForm ?? data.undoReason) !== undefined && <Undo frame={frame} data={data} />}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: errors.length > 0, body });
}

/** The same, added up by months. */
function byMonth(days: readonly DayCount[]): DayCount[] {
  const months = new Map<string, number>();
  for (const { day, count } of days) months.set(day.slice(0, 7), (months.get(day.slice(0, 7)) ?? 0) + count);
  return [...months].map(([day, count]) => ({ day, count }));
}

function Taken({ frame: { t, language }, data: { days, free, taken } }: { frame: Frame; data: BatchData }) {
  const isLong = days.length > LISTED;
  const caption = t(isLong ? 'admin.old.batch.by_month' : 'admin.old.batch.by_day');
  const columns = [
    t(isLong ? 'admin.old.batch.month' : 'admin.old.batch.day'),
    t(isLong ? 'admin.old.batch.in_month' : 'admin.old.batch.on_day'),
    t('admin.old.batch.until_day'),
  ];
  const number = new Intl.NumberFormat(language);
  let sum = 0;
  const rows = (isLong ? byMonth(days) : days).map(({ day, count }) => {
    sum += count;
    return [<When key={day} language={language} at={day} />, number.format(count), number.format(sum)];
  });
  const words = t('admin.old.batch.taken_of', { taken, total: free + taken });
  return (
    <section class="panel counts" aria-labelledby="taken">
      <h2 id="taken">{t('admin.old.batch.taken')}</h2>
      <p>{words}</p>
      {days.length > 0 && (
        <>
          <DayChart t={t} language={language} label={words} days={days} total={taken} />
          <details class="more">
            <summary>{caption}</summary>
            <Table caption={caption} columns={columns} rows={rows} />
          </details>
        </>
      )}
    </section>
  );
}

function Forget({ frame, data, form }: { frame: Frame; data: BatchData; form: Form }) {
  const { t, language } = frame;
  return (
    <section class="panel" aria-labelledby="forget">
      <h2 id="forget">{t('admin.old.forget.title')}</h2>
      <p>{t('admin.old.forget.what')}</p>
      <p class="caution">{t('admin.old.forget.lost', { count: data.free })}</p>
      {data.forgetDay !== undefined && (
        <p>
          {t('admin.old.forget.set')} <When language={language} at={data.forgetDay} />
        </p>
      )}
      <PostForm action={`${data.path}/forget`} csrf={data.csrf}>
        <Radios
          t={t}
          form={form}
          name="when"
          legend={t('admin.old.forget.when')}
          options={[
            { value: 'day', label: t('admin.old.forget.on_day') },
            { value: 'now', label: t('admin.old.forget.now') },
          ]}
        />
        <div class="when-day">
          <Field
            t={t}
            form={form}
            name="day"
            type="date"
            label={t('admin.old.forget.day')}
            {...(data.forgetDay === undefined ? { required: true } : { hint: t('admin.old.forget.day_hint') })}
          />
        </div>
        <Checkbox t={t} form={form} name="sure" label={t('admin.old.forget.sure')} />
        <Button look="danger">{t('admin.old.forget.do')}</Button>
      </PostForm>
    </section>
  );
}

function Close({ frame: { t }, data: { path, csrf } }: { frame: Frame; data: BatchData }) {
  return (
    <section class="panel" aria-labelledby="close">
      <h2 id="close">{t('admin.old.close.title')}</h2>
      <p>{t('admin.old.close.what')}</p>
      <PostForm action={`${path}/close`} csrf={csrf}>
        <Button look="secondary">{t('admin.old.close.do')}</Button>
      </PostForm>
    </section>
  );
}

function Undo({ frame: { t }, data: { path, csrf, undoForm, undoReason } }: { frame: Frame; data: BatchData }) {
  return (
    <section class="panel" aria-labelledby="undo">
      <h2 id="undo">{t('admin.old.undo.title')}</h2>
      <p>{undoReason ?? t('admin.old.undo.what')}</p>
      {undoForm && (
        <PostForm action={`${path}/undo`} csrf={csrf}>
          <Checkbox
            t={t}
            form={undoForm}
            name="reverseRun"
            label={t('admin.old.undo.reverse')}
            hint={t('admin.old.undo.reverse_hint')}
          />
          <Button look="danger">{t('admin.old.undo.do')}</Button>
        </PostForm>
      )}
    </section>
  );
}
