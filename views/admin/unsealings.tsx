import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { Select } from '../parts/Select.tsx';
import { Table } from '../parts/Table.tsx';
import { momentText } from '../parts/When.tsx';
import { Desk } from './desk.tsx';

/** An unsealing in the list. `until`: milliseconds. */
export type UnsealingRow = {
  readonly id: string;
  readonly request: number;
  readonly profile: string;
  readonly application: string;
  readonly askedBy: string;
  readonly status: 'asked' | 'confirmed';
  readonly until: number;
};

/** Its form is sent to /admin/unsealing by GET: application, name. */
export type UnsealingsData = {
  readonly unsealings: readonly UnsealingRow[];
  readonly applications: readonly { readonly id: string; readonly name: string }[];
  readonly form: Form;
  /** What was found for the name; absent before anything was looked for. */
  readonly found?: readonly { readonly id: string; readonly name: string }[] | undefined;
  readonly notice?: string | undefined;
};

/** What is asked for behind profiles at present, and where to ask. */
export function unsealingsPage(
  frame: Frame,
  { unsealings, applications, form, found, notice }: UnsealingsData,
): string {
  const { t, language } = frame;
  const title = t('admin.unsealing.title');
  const body = (
    <>
      <Notice text={notice} />
      <Desk frame={frame} here="/admin/unsealing" />
      <h1>{title}</h1>
      <p class="lead">{t('admin.unsealing.lead')}</p>
      {unsealings.length === 0 ? (
        <p>{t('admin.unsealing.none')}</p>
      ) : (
        <Table
          caption={t('admin.unsealing.on_way')}
          columns={[
            t('admin.unsealing.number'),
            t('admin.cases.profile'),
            t('admin.unsealing.asked_by'),
            t('admin.cases.status'),
            t('admin.unsealing.until'),
          ]}
          rows={unsealings.map(({ id, request, profile, application, askedBy, status, until }) => [
            <a href={`/admin/unsealing/${id}`}>{t('admin.unsealing.one', { request })}</a>,
            `${profile} (${application})`,
            askedBy,
            status === 'asked' ? t('admin.unsealing.waits') : t('admin.unsealing.open'),
            momentText(language, until),
          ])}
        />
      )}
      <section class="panel" aria-labelledby="find">
        <h2 id="find">{t('admin.unsealing.find')}</h2>
        <form method="get" action="/admin/unsealing">
          <Select
            t={t}
            form={form}
            name="application"
            label={t('admin.cases.application')}
            options={applications.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <Field t={t} form={form} name="name" label={t('admin.unsealing.name')} autocomplete="off" />
          <Button look="secondary">{t('admin.unsealing.look')}</Button>
        </form>
        {found !== undefined &&
          (found.length === 0 ? (
            <p>{t('admin.unsealing.nobody')}</p>
          ) : (
            <ul class="rows">
              {found.map(({ id, name }) => (
                <li key={id} class="row">
                  <a href={`/admin/unsealing/new/${id}`}>{t('admin.unsealing.ask_about', { name })}</a>
                </li>
              ))}
            </ul>
          ))}
      </section>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
