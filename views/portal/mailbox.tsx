import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import type { Translate } from '../text.ts';
import { MailTrouble, type MailTroubleData } from './relayParts.tsx';

/** Posts to `path` (mailbox); /again, /withdraw and /remove below it take nothing. */
export type MailboxData = {
  readonly which: 'first' | 'second';
  readonly path: string;
  readonly mailbox?: string | undefined;
  readonly verified: boolean;
  /** One that a letter went to, and that was not confirmed yet. */
  readonly pending?: string | undefined;
  readonly hasMail: boolean;
  /** What keeps forwarded mail from it. */
  readonly trouble?: MailTroubleData | undefined;
  readonly form: Form;
  readonly csrf: string;
};

export type AddressStanding = 'verified' | 'unverified' | 'pending';

const STANDING = {
  verified: 'account.address_verified',
  unverified: 'account.address_unverified',
  pending: 'account.address_pending',
} as const;

/** An address, and how it stands. */
export function AddressLine({ t, address, standing }: { t: Translate; address: string; standing: AddressStanding }) {
  return (
    <p class="row-title">
      <strong class="address">
        <Address address={address} />
      </strong>
      <span class={`status ${standing === 'verified' ? 'active' : 'requested'}`}>{t(STANDING[standing])}</span>
    </p>
  );
}

/** Another address for the account, or a second one; and what waits. */
export function mailboxPage(frame: Frame, data: MailboxData): string {
  const { t } = frame;
  const { which, path, mailbox, verified, pending, hasMail, form, csrf } = data;
  const isUnproven = hasMail && which === 'first' && mailbox !== undefined && !verified;
  const title = titleOf(t, data);
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      {data.trouble && <MailTrouble frame={frame} trouble={data.trouble} csrf={csrf} />}
      {mailbox !== undefined && <AddressLine t={t} address={mailbox} standing={verified ? 'verified' : 'unverified'} />}
      {pending !== undefined && pending !== mailbox && <AddressLine t={t} address={pending} standing="pending" />}
      {(pending !== undefined || isUnproven) && (
        <>
          <p>{pending === undefined ? t('account.address_unverified_what') : t('account.address_pending_what')}</p>
          <PostForm action={`${path}/again`} csrf={csrf}>
            <Button look="secondary" full>
              {pending === undefined ? t('account.address_send') : t('account.address_again')}
            </Button>
          </PostForm>
        </>
      )}
      {pending !== undefined && (
        <PostForm action={`${path}/withdraw`} csrf={csrf}>
          <Button look="quiet" full>
            {t('account.address_withdraw')}
          </Button>
        </PostForm>
      )}
      <PostForm action={path} csrf={csrf}>
        {hasMail && <p>{which === 'second' ? t('account.second_new_what') : t('account.address_new_what')}</p>}
        <Field
          t={t}
          form={form}
          name="mailbox"
          label={t('account.address_new')}
          type="email"
          inputMode="email"
          autocomplete="email"
          required
        />
        <Button full>{hasMail ? t('account.address_send') : t('account.address_save')}</Button>
      </PostForm>
      {which === 'second' && mailbox !== undefined && (
        <PostForm action={`${path}/remove`} csrf={csrf}>
          <Button look="danger" full>
            {t('account.second_remove')}
          </Button>
        </PostForm>
      )}
      <ButtonLink href="/account" look="quiet" full>
        {t('back.back')}
      </ButtonLink>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

function titleOf(t: Translate, { which, mailbox }: MailboxData): string {
  if (which === 'first') return t('account.address_change');
  return mailbox === undefined ? t('account.second_add') : t('account.second_change');
}
