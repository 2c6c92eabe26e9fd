import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { languageNames, languages } from '../text.ts';
import { Stop, WayOut } from './stop.tsx';

/** Field: code. */
export type FirstRunCodeData = { readonly action: string; readonly form: Form };

/** Is it you who installed this? */
export function firstRunCodePage(frame: Frame, { action, form }: FirstRunCodeData): string {
  const { t } = frame;
  const title = t('first_run.title');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('first_run.lead')}</p>
      <PostForm action={action}>
        <Field
          t={t}
          form={form}
          name="code"
          label={t('first_run.code')}
          hint={t('first_run.code_hint')}
          autocomplete="off"
          required
        />
        <Button full>{t('first_run.go')}</Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** A setting that may be asked for here. */
export type Asked = 'language' | 'name' | 'url' | 'contact';

/** Fields: those of `asked`, then loginName, password, mailbox; hidden: code, step. */
export type FirstRunData = {
  readonly action: string;
  readonly code: string;
  readonly form: Form;
  readonly asked: readonly Asked[];
  /** Settings that cannot be asked for: the environment gives them. */
  readonly given: readonly Fact[];
  readonly passwordMinimum: number;
};

/** What an instance needs to know before anybody comes, and who will look after it. */
export function firstRunPage(frame: Frame, data: FirstRunData): string {
  const { t } = frame;
  const { form } = data;
  const title = t('first_run.title');
  const hidden = [
    { name: 'code', value: data.code },
    { name: 'step', value: 'settings' },
  ];
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <PostForm action={data.action} class="stack">
        <Hidden fields={hidden} />
        <HouseFields frame={frame} data={data} />
        <section class="panel" aria-labelledby="you">
          <h2 id="you">{t('first_run.you')}</h2>
          <p>{t('first_run.you_what')}</p>
          <AccountFields frame={frame} form={form} passwordMinimum={data.passwordMinimum} />
        </section>
        <p>
          <Button>{t('first_run.submit')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function HouseFields({ frame, data }: { frame: Frame; data: FirstRunData }) {
  const { t } = frame;
  const { form, asked, given } = data;
  return (
    <section class="panel" aria-labelledby="house">
      <h2 id="house">{t('first_run.house')}</h2>
      {given.length > 0 && (
        <>
          <p>{t('first_run.given')}</p>
          <Facts t={t} facts={given} />
        </>
      )}
      {asked.includes('url') && (
        <Field
          t={t}
          form={form}
          name="url"
          label={t('first_run.url')}
          hint={t('first_run.url_hint')}
          type="url"
          inputMode="url"
          autocomplete="off"
          required
        />
      )}
      {asked.includes('name') && (
        <Field t={t} form={form} name="name" label={t('first_run.name')} hint={t('first_run.name_hint')} required />
      )}
      {asked.includes('contact') && (
        <Field t={t} form={form} name="contact" label={t('first_run.contact')} hint={t('first_run.contact_hint')} />
      )}
      {asked.includes('language') && (
        <Radios
          t={t}
          form={form}
          name="language"
          legend={t('first_run.language')}
          hint={t('first_run.language_hint')}
          options={languages.map((language) => ({ value: language, label: languageNames[language] }))}
        />
      )}
    </section>
  );
}

type AccountFieldsProps = { frame: Frame; form: Form; passwordMinimum: number };

/** The two things that everybody chooses for a new account: loginName, password. */
export function NameAndPassword({ frame, form, passwordMinimum }: AccountFieldsProps) {
  const { t } = frame;
  return (
    <>
      <Field
        t={t}
        form={form}
        name="loginName"
        label={t('link.login_name')}
        hint={t('link.login_name_hint')}
        autocomplete="username"
        required
      />
      <Field
        t={t}
        form={form}
        name="password"
        label={t('sign_in.password')}
        hint={t('account.password_hint', { min: passwordMinimum })}
        type="password"
        autocomplete="new-password"
        required
      />
    </>
  );
}

/** What somebody chooses who makes their own account: loginName, password, mailbox. */
export function AccountFields({ frame, form, passwordMinimum }: AccountFieldsProps) {
  const { t } = frame;
  return (
    <>
      <NameAndPassword frame={frame} form={form} passwordMinimum={passwordMinimum} />
      <Field
        t={t}
        form={form}
        name="mailbox"
        label={t('link.address')}
        hint={t('link.address_hint')}
        type="email"
        inputMode="email"
        autocomplete="email"
      />
    </>
  );
}

export type FirstRunDoneData = { readonly address: string };

/** The instance has an administrator: on to its own address. */
export function firstRunDonePage(frame: Frame, { address }: FirstRunDoneData): string {
  const { t } = frame;
  const title = t('first_run.done_title');
  const body = (
    <Stop title={title} message={t('first_run.done')}>
      <p>{t('first_run.done_proxy')}</p>
      <WayOut href={`${address}/`}>{t('first_run.sign_in', { address })}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
