import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { When } from '../parts/When.tsx';
import { languageNames } from '../text.ts';
import { OwnPanels } from './data.tsx';
import { AddressLine } from './mailbox.tsx';

/** Posts to /account/language (language) and /account/stop-link. All else has pages of its own. */
export type AccountData = {
  readonly loginName: string;
  readonly mailbox?: string | undefined;
  readonly mailboxVerified: boolean;
  /** One that a letter went to, and that was not confirmed yet. */
  readonly pending?: string | undefined;
  /** The second address; nothing where no mail is sent. */
  readonly second?: { readonly mailbox?: string | undefined; readonly pending?: string | undefined } | undefined;
  /** A link for a new password that an administrator made; times in milliseconds. */
  readonly link?: { readonly opensAt: number; readonly resetsFactors: boolean } | undefined;
  readonly hasMail: boolean;
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

type Part = { frame: Frame; data: AccountData };

/** What belongs to the person and to nobody else. */
export function accountPage(frame: Frame, data: AccountData): string {
  const { t } = frame;
  const title = t('account.title');
  const part = { frame, data };
  const body = (
    <>
      <Notice text={data.notice} />
      <h1>{title}</h1>
      <p class="lead">{t('account.lead')}</p>
      <dl class="facts">
        <div>
          <dt>{t('account.login_name')}</dt>
          <dd>{data.loginName}</dd>
        </div>
      </dl>
      <div class="stack">
        {data.link && <AskedLink {...part} link={data.link} />}
        <Mailbox {...part} />
        {data.second && <Second {...part} second={data.second} />}
        <section class="panel" aria-labelledby="password-heading">
          <h2 id="password-heading">{t('account.password')}</h2>
          <p>
            <ButtonLink href="/account/password">{t('account.password_save')}</ButtonLink>
          </p>
        </section>
        <section class="panel" aria-labelledby="security-heading">
          <h2 id="security-heading">{t('security.title')}</h2>
          <p>{t('security.lead')}</p>
          <p class="panel-foot">
            <ButtonLink href="/account/security">{t('security.go')}</ButtonLink>
          </p>
        </section>
        {frame.instance.languages.length > 1 && <LanguagePanel {...part} />}
        <OwnPanels frame={frame} />
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function AskedLink({ frame, data, link }: Part & { link: NonNullable<AccountData['link']> }) {
  const { t, language } = frame;
  return (
    <section class="panel marked" aria-labelledby="link-heading">
      <h2 id="link-heading">{t('account.link_title')}</h2>
      <p>{t('account.link_what')}</p>
      <p>
        {t('link.waits_until')} <When language={language} at={link.opensAt} />
      </p>
      {link.resetsFactors && <p class="caution">{t('account.link_factors')}</p>}
      <PostForm action="/account/stop-link" csrf={data.csrf}>
        <Button look="danger">{t('stop_link.submit')}</Button>
      </PostForm>
    </section>
  );
}

function Mailbox({ frame, data }: Part) {
  const { t } = frame;
  const { mailbox, mailboxVerified, pending, hasMail } = data;
  const isUnproven = hasMail && mailbox !== undefined && !mailboxVerified;
  return (
    <section class="panel" aria-labelledby="address-heading">
      <h2 id="address-heading">{t('account.address')}</h2>
      <p>{t('account.address_what')}</p>
      {mailbox === undefined ? (
        <p>{t('account.address_none')}</p>
      ) : (
        <AddressLine t={t} address={mailbox} standing={mailboxVerified ? 'verified' : 'unverified'} />
      )}
      {pending !== undefined && pending !== mailbox && <AddressLine t={t} address={pending} standing="pending" />}
      {isUnproven && <p>{t('account.address_unverified_what')}</p>}
      <p>
        <ButtonLink href="/account/mailbox">
          {isUnproven ? t('account.address_confirm') : t('account.address_change')}
        </ButtonLink>
      </p>
    </section>
  );
}

function Second({ frame, second }: Part & { second: NonNullable<AccountData['second']> }) {
  const { t } = frame;
  const { mailbox, pending } = second;
  return (
    <section class="panel" aria-labelledby="second-heading">
      <h2 id="second-heading">{t('account.second')}</h2>
      <p>{t('account.second_what')}</p>
      {mailbox !== undefined && <AddressLine t={t} address={mailbox} standing="verified" />}
      {pending !== undefined && <AddressLine t={t} address={pending} standing="pending" />}
      <p>
        <ButtonLink href="/account/second-mailbox">
          {mailbox === undefined && pending === undefined ? t('account.second_add') : t('account.second_change')}
        </ButtonLink>
      </p>
    </section>
  );
}

function LanguagePanel({ frame, data }: Part) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="language-heading">
      <h2 id="language-heading">{t('account.language')}</h2>
      <PostForm action="/account/language" csrf={data.csrf}>
        <Radios
          t={t}
          form={data.form}
          name="language"
          scope="language"
          legend={t('account.language')}
          legendUnseen
          options={frame.instance.languages.map((language) => ({ value: language, label: languageNames[language] }))}
        />
        <Button look="secondary">{t('account.language_save')}</Button>
      </PostForm>
    </section>
  );
}
