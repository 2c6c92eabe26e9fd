import { page, type Frame } from '../layout.tsx';
import { Contact } from './contact.tsx';
import { Stop, WayOut } from './stop.tsx';

export type ForgottenData = {
  /** An e-mail address, a web address or words. */
  readonly contact?: string | undefined;
  readonly backUrl?: string | undefined;
};

/** What to do when the password or the login name is lost. */
export function forgottenPage(frame: Frame, { contact, backUrl }: ForgottenData): string {
  const { t } = frame;
  const title = t('forgotten.title');
  const body = (
    <Stop title={title} message={t('forgotten.message', { instance: frame.instance.name })}>
      <Contact t={t} contact={contact} />
      {backUrl !== undefined && <WayOut href={backUrl}>{t('back.sign_in')}</WayOut>}
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
