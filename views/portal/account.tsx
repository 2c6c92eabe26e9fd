import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { languageNames, type Language } from '../text.ts';

/**
 * Three forms: /account/password (current, password), /account/mailbox (current, mailbox),
 * /account/language (language).
 */
export type AccountData = {
  readonly loginName: string;
  readonly mailbox?: string | undefined;
  readonly mailboxVerified: boolean;
  readonly language: Language;
  readonly forms: { readonly password: Form; readonly mailbox: Form; readonly language: Form };
  readonly csrf: string;
  readonly notice?: string | undefined;
  readonly passwordMinimum: number;
};

/** What belongs to the person and to nobody else. */
export function accountPage(frame: Frame, data: AccountData): string {
  const { t } = frame;
  const { forms } = data;
  const title = t('account.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={forms.password} scope="password" />
      <ErrorSummary t={t} form={forms.mailbox} scope="mailbox" />
      <ErrorSummary t={t} form={forms.language} scope="language" />
      <h1>{title}</h1>
      <p class="lead">{t('account.lead')}</p>
      <dl class="facts">
        <div>
          <dt>{t('account.login_name')}</dt>
          <dd>{data.loginName}</dd>
        </div>
      </dl>
      <div class="stack">
        <section class="panel" aria-labelledby="security-heading">
          <h2 id="security-heading">{t('security.title')}</h2>
          <p>{t('security.lead')}</p>
          <p class="panel-foot">
            <ButtonLink href="/account/security">{t('security.go')}</ButtonLink>
          </p>
        </section>
        <Mailbox frame={frame} data={data} />
        <Password frame={frame} data={data} />
        {frame.instance.languages.length > 1 && (
          <section class="panel" aria-labelledby="language-heading">
            <h2 id="language-heading">{t('account.language')}</h2>
            <PostForm action="/account/language" csrf={data.csrf}>
              <Radios
                t={t}
                form={{ values: { language: data.language, ...forms.language.values }, errors: forms.language.errors }}
                name="language"
                scope="language"
                legend={t('account.language')}
                legendUnseen
                options={frame.instance.languages.map((language) => ({
                  value: language,
                  label: languageNames[language],
                }))}
              />
              <Button look="secondary">{t('account.language_save')}</Button>
            </PostForm>
          </section>
        )}
      </div>
    </>
  );
  const hasErrors = [forms.password, forms.mailbox, forms.language].some((form) => form.errors.length > 0);
  return page(frame, { title, hasErrors, body });
}

function Mailbox({ frame, data }: { frame: Frame; data: AccountData }) {
  const { t } = frame;
  const { mailbox, mailboxVerified, forms } = data;
  return (
    <section class="panel" aria-labelledby="address-heading">
      <h2 id="address-heading">{t('account.address')}</h2>
      <p>{t('account.address_what')}</p>
      {mailbox === undefined ? (
        <p>{t('account.address_none')}</p>
      ) : (
        <p class="row-title">
          <strong class="address">
            <Address address={mailbox} />
          </strong>
          <span class={`status ${mailboxVerified ? 'active' : 'requested'}`}>
            {mailboxVerified ? t('account.address_verified') : t('account.address_unverified')}
          </span>
        </p>
      )}
      <PostForm action="/account/mailbox" csrf={data.csrf}>
        <Field
          t={t}
          form={forms.mailbox}
          scope="mailbox"
          name="mailbox"
          label={t('account.address_new')}
          type="email"
          inputMode="email"
          autocomplete="email"
          required
        />
        <CurrentPassword frame={frame} form={forms.mailbox} scope="mailbox" />
        <Button look="secondary">{t('account.address_save')}</Button>
      </PostForm>
    </section>
  );
}

function Password({ frame, data }: { frame: Frame; data: AccountData }) {
  const { t } = frame;
  const { forms, passwordMinimum } = data;
  return (
    <section class="panel" aria-labelledby="password-heading">
      <h2 id="password-heading">{t('account.password')}</h2>
      <PostForm action="/account/password" csrf={data.csrf}>
        {/* For password managers: whose password this is. */}
        <input type="text" autocomplete="username" value={data.loginName} readonly hidden />
        <CurrentPassword frame={frame} form={forms.password} scope="password" />
        <Field
          t={t}
          form={forms.password}
          scope="password"
          name="password"
          label={t('account.password_new')}
          hint={t('account.password_hint', { min: passwordMinimum })}
          type="password"
          autocomplete="new-password"
          required
        />
        <Button look="secondary">{t('account.password_save')}</Button>
      </PostForm>
    </section>
  );
}

function CurrentPassword({ frame, form, scope }: { frame: Frame; form: Form; scope: string }) {
  const label = frame.t('account.password_current');
  return (
    <Field
      t={frame.t}
      form={form}
      scope={scope}
      name="current"
      label={label}
      type="password"
      autocomplete="current-password"
      required
    />
  );
}
