import { page, type Frame } from '../layout.tsx';
import { Contact } from './contact.tsx';
import { Stop, WayOut } from './stop.tsx';

export type NoAccountData = {
  /** An e-mail address, a web address or words. */
  readonly contact?: string | undefined;
  readonly backUrl?: string | undefined;
};

/** How one gets an account here. */
export function noAccountPage(frame: Frame, { contact, backUrl }: NoAccountData): string {
  const { t } = frame;
  const title = t('no_account.title');
  const body = (
    <Stop title={title} message={t('no_account.message', { instance: frame.instance.name })}>
      <Contact t={t} contact={contact} />
      {backUrl !== undefined && <WayOut href={backUrl}>{t('back.sign_in')}</WayOut>}
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
