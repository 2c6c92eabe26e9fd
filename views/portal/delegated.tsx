import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';

type Group = { readonly id: string; readonly name: string };

/** The groups that somebody looks after; each name leads to /groups/<id>. */
export function delegatedGroupsPage(frame: Frame, { groups }: { readonly groups: readonly Group[] }): string {
  const { t } = frame;
  const title = t('delegate.title');
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{t('delegate.lead')}</p>
      {groups.length === 0 ? (
        <p>{t('delegate.none')}</p>
      ) : (
        <ul class="rows">
          {groups.map(({ id, name }) => (
            <li key={id} class="row">
              <a class="cover" href={`/groups/${id}`}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

/** Posts to /groups/<id>/add and /remove (login). */
export type DelegatedGroupData = {
  readonly group: Group;
  readonly members: readonly string[];
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** One group, for somebody who looks after it: who is in it, and nothing else. */
export function delegatedGroupPage(frame: Frame, { group, members, form, csrf, notice }: DelegatedGroupData): string {
  const { t } = frame;
  const at = `/groups/${group.id}`;
  const body = (
    <>
      <Notice text={notice} />
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href="/groups">{t('delegate.title')}</a>
      </p>
      <h1>{group.name}</h1>
      <section class="panel" aria-labelledby="members">
        <h2 id="members">{t('admin.groups.members')}</h2>
        {members.length === 0 ? (
          <p>{t('admin.group.empty')}</p>
        ) : (
          <ul class="rows">
            {members.map((loginName, index) => (
              <li key={loginName} class="row">
                <span class="row-main" id={`member-${index}`}>
                  {loginName}
                </span>
                <PostForm action={`${at}/remove`} csrf={csrf}>
                  <Button look="secondary" name="login" value={loginName} describedBy={`member-${index}`}>
                    {t('admin.group.remove')}
                  </Button>
                </PostForm>
              </li>
            ))}
          </ul>
        )}
        <PostForm action={`${at}/add`} csrf={csrf}>
          <Field
            t={t}
            form={form}
            name="login"
            label={t('admin.group.login')}
            hint={t('delegate.login_hint')}
            autocomplete="off"
            required
          />
          <Button>{t('admin.group.add')}</Button>
        </PostForm>
      </section>
    </>
  );
  return page(frame, { title: group.name, hasErrors: form.errors.length > 0, body });
}
