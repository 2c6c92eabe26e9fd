import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { blankForm, type Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/**
 * Posts to /admin/groups/<id>/add and /remove (field login), /rename (field name), /factor (secondFactor), /delete, and
 * to /delegates/add (login) and /delegates/remove (account).
 */
export type GroupData = {
  readonly group: { readonly id: string; readonly name: string; readonly secondFactor: boolean };
  readonly members: readonly { readonly loginName: string }[];
  /** Who looks after it besides the administrators. */
  readonly delegates: readonly { readonly accountId: string; readonly loginName: string }[];
  /** Of naming a delegate, when that went wrong. */
  readonly delegateForm?: Form | undefined;
  /** Of adding a member. */
  readonly form: Form;
  /** Of renaming, when that went wrong. */
  readonly renameForm?: Form | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** One group: who is in it, its name, its end. */
export function groupPage(frame: Frame, data: GroupData): string {
  const { t } = frame;
  const { group, form, renameForm = { ...blankForm, values: { name: group.name } }, csrf } = data;
  const { delegateForm = blankForm } = data;
  const at = `/admin/groups/${group.id}`;
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <ErrorSummary t={t} form={renameForm} scope="rename" />
      <ErrorSummary t={t} form={delegateForm} scope="delegate" />
      <p class="crumb">
        <a href="/admin/groups">{t('admin.groups.title')}</a>
      </p>
      <h1>{group.name}</h1>
      <div class="stack">
        <section class="panel" aria-labelledby="members">
          <h2 id="members">{t('admin.groups.members')}</h2>
          <Members frame={frame} data={data} action={`${at}/remove`} />
          <PostForm action={`${at}/add`} csrf={csrf}>
            <Field t={t} form={form} name="login" label={t('admin.group.login')} autocomplete="off" required />
            <Button>{t('admin.group.add')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="delegates">
          <h2 id="delegates">{t('admin.delegates.title')}</h2>
          <p>{t('admin.delegates.what')}</p>
          <Delegates frame={frame} data={data} action={`${at}/delegates/remove`} />
          <PostForm action={`${at}/delegates/add`} csrf={csrf}>
            <Field
              t={t}
              form={delegateForm}
              scope="delegate"
              name="login"
              label={t('admin.group.delegate_login')}
              autocomplete="off"
              required
            />
            <Button look="secondary">{t('admin.delegates.name')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="factor-heading">
          <h2 id="factor-heading">{t('admin.group.factor_title')}</h2>
          <PostForm action={`${at}/factor`} csrf={csrf}>
            <Checkbox
              t={t}
              form={{ ...blankForm, values: { secondFactor: group.secondFactor ? 'on' : '' } }}
              name="secondFactor"
              label={t('admin.group.factor')}
              hint={t('admin.group.factor_hint')}
            />
            <Button look="secondary">{t('admin.save')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="rename-heading">
          <h2 id="rename-heading">{t('admin.group.rename_title')}</h2>
          <PostForm action={`${at}/rename`} csrf={csrf}>
            <Field
              t={t}
              form={renameForm}
              scope="rename"
              name="name"
              label={t('admin.groups.name')}
              hint={t('admin.group.rename_hint')}
              autocomplete="off"
              required
            />
            <Button look="secondary">{t('admin.group.rename')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="delete-heading">
          <h2 id="delete-heading">{t('admin.group.delete_title')}</h2>
          <details>
            <summary>{t('admin.group.delete_ask')}</summary>
            <p class="caution">{t('admin.group.delete_what')}</p>
            <PostForm action={`${at}/delete`} csrf={csrf}>
              <Button look="danger">{t('admin.group.delete', { name: group.name })}</Button>
            </PostForm>
          </details>
        </section>
      </div>
    </>
  );
  return page(frame, {
    title: group.name,
    hasErrors: [form, renameForm, delegateForm].some(({ errors }) => errors.length > 0),
    body,
  });
}

function Members({ frame, data, action }: { frame: Frame; data: GroupData; action: string }) {
  const { t } = frame;
  if (data.members.length === 0) return <p>{t('admin.group.empty')}</p>;
  return (
    <ul class="rows">
      {data.members.map(({ loginName }, index) => (
        <li key={loginName} class="row">
          <span class="row-main" id={`member-${index}`}>
            {loginName}
          </span>
          <PostForm action={action} csrf={data.csrf}>
            <Button look="secondary" name="login" value={loginName} describedBy={`member-${index}`}>
              {t('admin.group.remove')}
            </Button>
          </PostForm>
        </li>
      ))}
    </ul>
  );
}

function Delegates({ frame, data, action }: { frame: Frame; data: GroupData; action: string }) {
  const { t } = frame;
  if (data.delegates.length === 0) return <p>{t('admin.delegates.nobody')}</p>;
  return (
    <ul class="rows">
      {data.delegates.map(({ accountId, loginName }, index) => (
        <li key={accountId} class="row">
          <span class="row-main" id={`delegate-${index}`}>
            {loginName}
          </span>
          <PostForm action={action} csrf={data.csrf}>
            <Button look="secondary" name="account" value={accountId} describedBy={`delegate-${index}`}>
              {t('admin.delegates.dismiss')}
            </Button>
          </PostForm>
        </li>
      ))}
    </ul>
  );
}
