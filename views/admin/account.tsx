import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkbox, Checkboxes } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { momentText, When } from '../parts/When.tsx';
import { OneTimeLink, type ShownLink } from './oneTimeLink.tsx';

/**
 * Posts to /admin/accounts/<id>/role (role, sure), /groups (group), /suspend (until, sure), /reinstate, /end-sessions,
 * /link (factors) and /unlink.
 */
export type AdminAccountData = {
  readonly id: string;
  readonly loginName: string;
  readonly status: 'active' | 'suspended' | 'awaiting' | 'leaving';
  /** The last day of the suspension (YYYY-MM-DD), where it has an end. */
  readonly suspendedUntil?: string | undefined;
  /** YYYY-MM. */
  readonly createdMonth: string;
  readonly address: 'none' | 'verified' | 'unverified';
  /** Whether it is the reader's own. */
  readonly isOwn: boolean;
  readonly groups: readonly { readonly id: string; readonly name: string; readonly checked: boolean }[];
  readonly forms: { readonly role: Form; readonly groups: Form; readonly suspend: Form; readonly link: Form };
  /** The open link for a new password: how long it may still be used, and when it opens (milliseconds) where it waits. */
  readonly openLink?:
    { readonly hours: number; readonly opensAt?: number | undefined; readonly resetsFactors: boolean } | undefined;
  /** For how many hours a link that is made now waits, because its owner is told; 0: nobody can be told. */
  readonly linkWait: number;
  readonly secondFactor: boolean;
  /** Only right after it was made: it is never shown again. */
  readonly link?: ShownLink | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

type Part = { frame: Frame; data: AdminAccountData; at: string };

/** One account, as those see it who look after the instance: never what it does at any application. */
export function adminAccountPage(frame: Frame, data: AdminAccountData): string {
  const { t } = frame;
  const { forms, loginName } = data;
  const part = { frame, data, at: `/admin/accounts/${data.id}` };
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={forms.role} scope="role" />
      <ErrorSummary t={t} form={forms.groups} scope="groups" />
      <ErrorSummary t={t} form={forms.suspend} scope="suspend" />
      <ErrorSummary t={t} form={forms.link} scope="link" />
      <p class="crumb">
        <a href="/admin/accounts">{t('admin.accounts.title')}</a>
      </p>
      <h1>{loginName}</h1>
      <AccountFacts {...part} />
      <p>
        <a href={`${part.at}/log`}>{t('account_log.see')}</a>
      </p>
      {data.link && <OneTimeLink t={t} link={data.link} />}
      {data.status === 'leaving' ? (
        <p>{t('admin.account.leaving_what')}</p>
      ) : (
        <div class="stack">
          <Link {...part} />
          <Groups {...part} />
          <RolePanel {...part} />
          <Sessions {...part} />
          <Suspension {...part} />
        </div>
      )}
    </>
  );
  const hasErrors = Object.values(forms).some((form) => form.errors.length > 0);
  return page(frame, { title: loginName, hasErrors, body });
}

function statusText({ t, language }: Frame, { status, suspendedUntil }: AdminAccountData): string {
  if (status === 'active') return t('admin.account.active');
  if (status === 'awaiting') return t('admin.account.awaiting');
  if (status === 'leaving') return t('admin.account.leaving');
  if (suspendedUntil === undefined) return t('admin.account.suspended');
  return t('admin.account.suspended_until', { day: momentText(language, suspendedUntil) });
}

function AccountFacts({ frame, data }: Part) {
  const { t, language } = frame;
  const address = {
    none: t('admin.account.address_none'),
    verified: t('admin.account.address_verified'),
    unverified: t('admin.account.address_unverified'),
  }[data.address];
  return (
    <>
      <dl class="facts">
        <div>
          <dt>{t('admin.account.status')}</dt>
          <dd>
            <span class={data.status === 'active' ? 'status active' : 'status blocked'}>{statusText(frame, data)}</span>
          </dd>
        </div>
        <div>
          <dt>{t('admin.account.created')}</dt>
          <dd>{momentText(language, data.createdMonth)}</dd>
        </div>
        <div>
          <dt>{t('admin.account.address')}</dt>
          <dd>{address}</dd>
        </div>
      </dl>
      <p class="lead">{t('admin.account.address_hint')}</p>
    </>
  );
}

function Link({ frame, data, at }: Part) {
  const { t } = frame;
  const { openLink } = data;
  return (
    <section class="panel" aria-labelledby="link-heading">
      <h2 id="link-heading">{t('admin.account.link_title')}</h2>
      <p>{t('admin.account.link_what')}</p>
      <p class="caution">{t('admin.account.link_ask')}</p>
      <p>
        {data.linkWait > 0 ? t('admin.account.link_waits', { hours: data.linkWait }) : t('admin.account.link_at_once')}
      </p>
      {openLink && <OpenLink frame={frame} link={openLink} />}
      {data.status === 'suspended' ? (
        <p>{t('admin.account.link_suspended')}</p>
      ) : (
        <PostForm action={`${at}/link`} csrf={data.csrf}>
          {data.secondFactor && (
            <Checkbox
              t={t}
              form={data.forms.link}
              scope="link"
              name="factors"
              label={t('admin.account.link_lost')}
              hint={t('admin.account.link_lost_hint')}
            />
          )}
          <Button look="secondary">{t('admin.account.link_make')}</Button>
        </PostForm>
      )}
      {openLink && (
        <PostForm action={`${at}/unlink`} csrf={data.csrf} class="panel-foot">
          <Button look="quiet">{t('admin.account.link_withdraw')}</Button>
        </PostForm>
      )}
    </section>
  );
}

function OpenLink({ frame, link }: { frame: Frame; link: NonNullable<AdminAccountData['openLink']> }) {
  const { t, language } = frame;
  return (
    <div class="caution">
      <p>{t('admin.account.link_open', { hours: link.hours })}</p>
      {link.opensAt !== undefined && (
        <p>
          {t('admin.account.link_opens')} <When language={language} at={link.opensAt} />
        </p>
      )}
      {link.resetsFactors && <p>{t('admin.account.link_open_lost')}</p>}
    </div>
  );
}

function Groups({ frame, data, at }: Part) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="groups-heading">
      <h2 id="groups-heading">{t('admin.account.groups')}</h2>
      {data.groups.length === 0 ? (
        <p>{t('admin.account.groups_none')}</p>
      ) : (
        <PostForm action={`${at}/groups`} csrf={data.csrf}>
          <Checkboxes
            t={t}
            scope="groups"
            name="group"
            legend={t('admin.account.groups')}
            legendUnseen
            error={errorOf(data.forms.groups, 'group')}
            options={data.groups.map(({ id, name, checked }) => ({ value: id, label: name, checked }))}
          />
          <Button look="secondary">{t('admin.account.groups_save')}</Button>
        </PostForm>
      )}
    </section>
  );
}

/** On one's own account a slip would lock oneself out: it is asked for once more. */
function Sure({ frame, data, form, scope }: Omit<Part, 'at'> & { form: Form; scope: string }) {
  if (!data.isOwn) return null;
  return <Checkbox t={frame.t} form={form} scope={scope} name="sure" label={frame.t('admin.account.sure')} />;
}

function RolePanel({ frame, data, at }: Part) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="role-heading">
      <h2 id="role-heading">{t('admin.account.role')}</h2>
      <PostForm action={`${at}/role`} csrf={data.csrf}>
        <Radios
          t={t}
          form={data.forms.role}
          scope="role"
          name="role"
          legend={t('admin.account.role')}
          legendUnseen
          options={[
            { value: 'person', label: t('admin.account.role_person') },
            {
              value: 'administrator',
              label: t('admin.account.role_administrator'),
              hint: t('admin.account.role_administrator_hint'),
            },
          ]}
        />
        <Sure frame={frame} data={data} form={data.forms.role} scope="role" />
        <Button look="secondary">{t('admin.account.role_save')}</Button>
      </PostForm>
    </section>
  );
}

function Sessions({ frame, data, at }: Part) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">{t('admin.account.sessions_title')}</h2>
      <p>{t('admin.account.sessions_what')}</p>
      <PostForm action={`${at}/end-sessions`} csrf={data.csrf}>
        <Button look="danger">{t('admin.account.sessions_end')}</Button>
      </PostForm>
    </section>
  );
}

function Suspension({ frame, data, at }: Part) {
  const { t } = frame;
  const { forms, csrf } = data;
  const isSuspended = data.status === 'suspended';
  return (
    <section class="panel" aria-labelledby="suspend-heading">
      <h2 id="suspend-heading">{t('admin.account.suspend_title')}</h2>
      {isSuspended && (
        <PostForm action={`${at}/reinstate`} csrf={csrf}>
          <p>{statusText(frame, data)}</p>
          <Button look="secondary">{t('admin.account.reinstate')}</Button>
        </PostForm>
      )}
      <PostForm action={`${at}/suspend`} csrf={csrf} class={isSuspended ? 'panel-foot' : undefined}>
        <p class="caution">{t('admin.account.suspend_what')}</p>
        <Field
          t={t}
          form={forms.suspend}
          scope="suspend"
          name="until"
          label={t('admin.account.until')}
          hint={t('admin.account.until_hint')}
          type="date"
          autocomplete="off"
        />
        <Sure frame={frame} data={data} form={forms.suspend} scope="suspend" />
        <Button look="danger">{isSuspended ? t('admin.account.suspend_again') : t('admin.account.suspend')}</Button>
      </PostForm>
    </section>
  );
}
