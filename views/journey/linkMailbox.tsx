import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { messageFor } from '../text.ts';
import { Stop, WayOut } from './stop.tsx';

/** Posts to its own address, without fields. `second`: the one for recovery alone. */
export type ConfirmMailboxData = {
  readonly action: string;
  readonly loginName: string;
  readonly mailbox: string;
  readonly second: boolean;
};

function Shown({ mailbox }: { mailbox: string }) {
  return (
    <p>
      <strong class="address">
        <Address address={mailbox} />
      </strong>
    </p>
  );
}

/** Whoever reads the mail of an address says whether an account may use it. */
export function confirmMailboxPage(frame: Frame, { action, loginName, mailbox, second }: ConfirmMailboxData): string {
  const { t } = frame;
  const title = second ? t('mailbox.confirm_second_title') : t('mailbox.confirm_title');
  const lead = second ? 'mailbox.confirm_second' : 'mailbox.confirm';
  const body = (
    <Stop title={title} message={t(lead, { login: loginName, instance: frame.instance.name })}>
      <Shown mailbox={mailbox} />
      <p>{t('mailbox.confirm_not_yours')}</p>
      <PostForm action={action}>
        <Button full>{t('mailbox.confirm_submit')}</Button>
      </PostForm>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** The address counts from now on. */
export function mailboxConfirmedPage(
  frame: Frame,
  { mailbox, second }: { readonly mailbox: string; readonly second: boolean },
): string {
  const { t } = frame;
  const title = t('mailbox.confirmed_title');
  const body = (
    <Stop title={title} message={second ? t('mailbox.confirmed_second') : t('mailbox.confirmed')}>
      <Shown mailbox={mailbox} />
      <WayOut href="/account">{t('mailbox.to_account')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Why the address cannot be used: said to whoever reads its mail, and to nobody else. */
export function mailboxElsewherePage(frame: Frame, { code }: { readonly code: string }): string {
  const { t } = frame;
  const title = t('mailbox.elsewhere_title');
  const body = (
    <Stop title={title} message={messageFor(t, code)}>
      <WayOut href="/">{t('back.home')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Posts to its own address, without fields. */
export type UndoMailboxData = { readonly action: string; readonly loginName: string; readonly mailbox: string };

/** The owner of the address that was replaced may take that back. */
export function undoMailboxPage(frame: Frame, { action, loginName, mailbox }: UndoMailboxData): string {
  const { t } = frame;
  const title = t('mailbox.undo_title');
  const body = (
    <Stop title={title} message={t('mailbox.undo', { login: loginName, instance: frame.instance.name })}>
      <Shown mailbox={mailbox} />
      <ul class="steps">
        <li>{t('mailbox.undo_sessions')}</li>
        <li>{t('mailbox.undo_links')}</li>
      </ul>
      <PostForm action={action}>
        <Button full>{t('mailbox.undo_submit')}</Button>
      </PostForm>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** The address before counts again; whoever changed it may know the password. */
export function mailboxUndonePage(frame: Frame, { mailbox }: { readonly mailbox: string }): string {
  const { t } = frame;
  const title = t('mailbox.undone_title');
  const body = (
    <Stop title={title} message={t('mailbox.undone')}>
      <Shown mailbox={mailbox} />
      <p class="caution">{t('mailbox.undone_password', { forgotten: t('sign_in.forgotten') })}</p>
      <WayOut href="/account/password">{t('mailbox.undone_next')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
