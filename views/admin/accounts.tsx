import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkboxes } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Table } from '../parts/Table.tsx';
import type { Translate } from '../text.ts';
import { OneTimeLink, type ShownLink } from './oneTimeLink.tsx';

/**
 * Posts to /admin/accounts/find (who), /invite (label, role, uses, days, group), /renew and /withdraw (invitation).
 */
export type AccountsData = {
  readonly searchForm: Form;
  /** What a search found; absent before one. */
  readonly found?:
    | readonly {
        readonly id: string;
        readonly loginName: string;
        readonly match: 'login' | 'verified' | 'unverified';
        readonly status: 'active' | 'suspended' | 'awaiting' | 'leaving';
      }[]
    | undefined;
  /** None where no accounts are made at the moment. */
  readonly inviteForm: Form | undefined;
  readonly groups: readonly { readonly id: string; readonly name: string; readonly checked: boolean }[];
  readonly invitations: readonly {
    readonly id: string;
    readonly label: string;
    readonly administrator: boolean;
    /** How many people may still use it. */
    readonly uses: number;
    readonly hours: number;
    readonly isBacked: boolean;
  }[];
  /** Only right after it was made: it is never shown again. */
  readonly link?: ShownLink | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

const AT = '/admin/accounts';

/** Finding somebody's account, and inviting people; each account leads to /admin/accounts/<id>. */
export function accountsPage(frame: Frame, data: AccountsData): string {
  const { t } = frame;
  const { searchForm, inviteForm, link } = data;
  const title = t('admin.accounts.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={searchForm} scope="find" />
      {inviteForm && <ErrorSummary t={t} form={inviteForm} scope="invite" />}
      <h1>{title}</h1>
      <p class="lead">{t('admin.accounts.lead')}</p>
      {link && <OneTimeLink t={t} link={link} />}
      <div class="stack">
        <section class="panel" aria-labelledby="find">
          <h2 id="find">{t('admin.accounts.find_title')}</h2>
          <PostForm action={`${AT}/find`} csrf={data.csrf}>
            <Field
              t={t}
              form={searchForm}
              scope="find"
              name="who"
              label={t('admin.accounts.who')}
              hint={t('admin.accounts.who_hint')}
              autocomplete="off"
              required
            />
            <Button>{t('admin.accounts.find')}</Button>
          </PostForm>
        </section>
        {data.found !== undefined && data.found.length > 0 && <Found frame={frame} found={data.found} />}
        {inviteForm === undefined ? (
          <Closed frame={frame} />
        ) : (
          <Invite frame={frame} data={data} inviteForm={inviteForm} />
        )}
        <Open frame={frame} data={data} />
      </div>
    </>
  );
  return page(frame, { title, hasErrors: searchForm.errors.length + (inviteForm?.errors.length ?? 0) > 0, body });
}

function Found({ frame, found }: { frame: Frame; found: NonNullable<AccountsData['found']> }) {
  const { t } = frame;
  return (
    <Table
      caption={t('admin.accounts.found')}
      columns={[t('admin.account.login_name'), t('admin.accounts.match'), t('admin.account.status')]}
      rows={found.map(({ id, loginName, match, status }) => [
        <a href={`${AT}/${id}`}>{loginName}</a>,
        {
          login: t('admin.accounts.match_login'),
          verified: t('admin.accounts.match_verified'),
          unverified: t('admin.accounts.match_unverified'),
        }[match],
        t(`admin.account.${status}`),
      ])}
    />
  );
}

function Closed({ frame: { t } }: { frame: Frame }) {
  return (
    <section class="panel" aria-labelledby="invite">
      <h2 id="invite">{t('admin.accounts.invite_title')}</h2>
      <p>
        {t('admin.accounts.invite_closed')} <a href="/admin/house">{t('admin.house.title')}</a>
      </p>
    </section>
  );
}

function Invite({ frame, data, inviteForm }: { frame: Frame; data: AccountsData; inviteForm: Form }) {
  const { t } = frame;
  const { groups } = data;
  return (
    <section class="panel" aria-labelledby="invite">
      <h2 id="invite">{t('admin.accounts.invite_title')}</h2>
      <p>{t('admin.accounts.invite_what')}</p>
      <PostForm action={`${AT}/invite`} csrf={data.csrf}>
        <Field
          t={t}
          form={inviteForm}
          scope="invite"
          name="label"
          label={t('admin.accounts.label')}
          hint={t('admin.accounts.label_hint')}
          required
        />
        <Radios
          t={t}
          form={inviteForm}
          scope="invite"
          name="role"
          legend={t('admin.account.role')}
          options={[
            { value: 'person', label: t('admin.account.role_person') },
            {
              value: 'administrator',
              label: t('admin.account.role_administrator'),
              hint: t('admin.account.role_administrator_hint'),
            },
          ]}
        />
        <div class="pair">
          <Field
            t={t}
            form={inviteForm}
            scope="invite"
            name="uses"
            label={t('admin.accounts.uses')}
            hint={t('admin.accounts.uses_hint')}
            inputMode="numeric"
            autocomplete="off"
            size="short"
            required
          />
          <Field
            t={t}
            form={inviteForm}
            scope="invite"
            name="days"
            label={t('admin.accounts.days')}
            hint={t('admin.accounts.days_hint')}
            inputMode="numeric"
            autocomplete="off"
            size="short"
            required
          />
        </div>
        {groups.length > 0 && (
          <Checkboxes
            t={t}
            scope="invite"
            name="group"
            legend={t('admin.account.groups')}
            error={errorOf(inviteForm, 'group')}
            options={groups.map(({ id, name, checked }) => ({ value: id, label: name, checked }))}
          />
        )}
        <Button>{t('admin.accounts.invite')}</Button>
      </PostForm>
    </section>
  );
}

/** Days where there are some, else hours. */
function timeLeft(t: Translate, hours: number): string {
  return hours > 48
    ? t('admin.accounts.days_left', { days: Math.floor(hours / 24) })
    : t('admin.accounts.hours', { hours });
}

function Open({ frame, data }: { frame: Frame; data: AccountsData }) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="open">
      <h2 id="open">{t('admin.accounts.open_title')}</h2>
      {data.invitations.length === 0 ? (
        <p>{t('admin.accounts.open_none')}</p>
      ) : (
        <ul class="rows">
          {data.invitations.map(({ id, label, administrator, uses, hours, isBacked }) => (
            <li key={id} class="row tall">
              <div class="row-main">
                <p class="row-title">
                  <strong id={`invitation-${id}`}>{label}</strong>
                  {administrator && <span class="status">{t('admin.account.role_administrator')}</span>}
                </p>
                <p class="row-detail">
                  {isBacked
                    ? `${t('admin.accounts.uses_left', { uses })} · ${timeLeft(t, hours)}`
                    : t('admin.accounts.unbacked')}
                </p>
              </div>
              <PostForm action={`${AT}/renew`} csrf={data.csrf}>
                <Button look="secondary" name="invitation" value={id} describedBy={`invitation-${id}`}>
                  {t('admin.accounts.renew')}
                </Button>
              </PostForm>
              <PostForm action={`${AT}/withdraw`} csrf={data.csrf}>
                <Button look="secondary" name="invitation" value={id} describedBy={`invitation-${id}`}>
                  {t('admin.accounts.withdraw')}
                </Button>
              </PostForm>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
