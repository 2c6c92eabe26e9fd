import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Table } from '../parts/Table.tsx';

/** Posts to /admin/groups; field: name. */
export type GroupsData = {
  readonly groups: readonly { readonly id: string; readonly name: string; readonly members: number }[];
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Every group of the instance; each name leads to /admin/groups/<id>. */
export function groupsPage(frame: Frame, { groups, form, csrf, notice }: GroupsData): string {
  const { t } = frame;
  const title = t('admin.groups.title');
  const body = (
    <>
      <Notice text={notice} />
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('admin.groups.lead')}</p>
      {groups.length === 0 ? (
        <p>{t('admin.groups.empty')}</p>
      ) : (
        <Table
          caption={title}
          columns={[t('admin.groups.name'), t('admin.groups.members')]}
          rows={groups.map(({ id, name, members }) => [<a href={`/admin/groups/${id}`}>{name}</a>, String(members)])}
        />
      )}
      <section class="panel" aria-labelledby="create">
        <h2 id="create">{t('admin.groups.create_title')}</h2>
        <PostForm action="/admin/groups" csrf={csrf}>
          <Field t={t} form={form} name="name" label={t('admin.groups.name')} autocomplete="off" required />
          <Button>{t('admin.groups.create')}</Button>
        </PostForm>
      </section>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
