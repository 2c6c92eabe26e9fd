import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { OneTimeLink, type ShownLink } from './oneTimeLink.tsx';

/** Posts to /add (login), /remove (account), /link and /unlink (link) of its own address. */
export type ModeratorsData = {
  readonly application: { readonly id: string; readonly name: string };
  readonly moderators: readonly {
    readonly accountId: string;
    readonly loginName: string;
    readonly isActive: boolean;
  }[];
  readonly links: readonly { readonly id: string; readonly hours: number; readonly isBacked: boolean }[];
  /** Of appointing somebody by their login name. */
  readonly form: Form;
  /** Only right after it was made: it is never shown again. */
  readonly link?: ShownLink | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Who looks after an application's profiles, for administrators, who appoint and dismiss them. */
export function moderatorsPage(frame: Frame, data: ModeratorsData): string {
  const { t } = frame;
  const { application, form, csrf, link } = data;
  const at = `/admin/applications/${application.id}/moderators`;
  const title = t('admin.moderators.title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={`/admin/applications/${application.id}`}>{application.name}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{t('admin.moderators.lead')}</p>
      {link && <OneTimeLink t={t} link={link} />}
      <div class="stack">
        <section class="panel" aria-labelledby="moderators">
          <h2 id="moderators">{t('admin.moderators.who')}</h2>
          <Moderators frame={frame} data={data} action={`${at}/remove`} />
          <PostForm action={`${at}/add`} csrf={csrf}>
            <Field t={t} form={form} name="login" label={t('admin.moderators.login')} autocomplete="off" required />
            <Button>{t('admin.moderators.appoint')}</Button>
          </PostForm>
        </section>
        <section class="panel" aria-labelledby="links">
          <h2 id="links">{t('admin.moderators.links')}</h2>
          <p>{t('admin.moderators.links_what')}</p>
          <Links frame={frame} data={data} action={`${at}/unlink`} />
          <PostForm action={`${at}/link`} csrf={csrf}>
            <Button look="secondary">{t('admin.moderators.link')}</Button>
          </PostForm>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Moderators({ frame, data, action }: { frame: Frame; data: ModeratorsData; action: string }) {
  const { t } = frame;
  if (data.moderators.length === 0) return <p>{t('admin.moderators.nobody')}</p>;
  return (
    <ul class="rows">
      {data.moderators.map(({ accountId, loginName, isActive }, index) => (
        <li key={accountId} class="row">
          <span class="row-main" id={`moderator-${index}`}>
            {loginName}
            {!isActive && <> ({t('admin.moderators.inactive')})</>}
          </span>
          <PostForm action={action} csrf={data.csrf}>
            <Button look="secondary" name="account" value={accountId} describedBy={`moderator-${index}`}>
              {t('admin.moderators.dismiss')}
            </Button>
          </PostForm>
        </li>
      ))}
    </ul>
  );
}

function Links({ frame, data, action }: { frame: Frame; data: ModeratorsData; action: string }) {
  const { t } = frame;
  if (data.links.length === 0) return null;
  return (
    <ul class="rows">
      {data.links.map(({ id, hours, isBacked }, index) => (
        <li key={id} class="row">
          <span class="row-main" id={`link-${index}`}>
            {isBacked ? t('admin.moderators.link_left', { hours }) : t('admin.moderators.link_void')}
          </span>
          <PostForm action={action} csrf={data.csrf}>
            <Button look="secondary" name="link" value={id} describedBy={`link-${index}`}>
              {t('admin.moderators.unlink')}
            </Button>
          </PostForm>
        </li>
      ))}
    </ul>
  );
}
