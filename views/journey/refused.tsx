import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Contact } from './contact.tsx';
import { Stop, WayOut } from './stop.tsx';

export type RefusedData = {
  readonly application?: ApplicationLabel | undefined;
  /** Why, translated. */
  readonly message: string;
  /** Whom to ask, where the message says so. */
  readonly contact?: string | undefined;
  readonly backUrl?: string | undefined;
  /** Where people take back an account that they had at the application before, if there were any. */
  readonly oldAccountUrl?: string | undefined;
};

/** The person may not go on to this application. */
export function refusedPage(frame: Frame, data: RefusedData): string {
  const { t } = frame;
  const { application, message, contact, backUrl, oldAccountUrl } = data;
  const title = application ? t('refused.title_for', { application: application.name }) : t('refused.title');
  const body = (
    <Stop application={application} title={title} message={message}>
      <Contact t={t} contact={contact} />
      {oldAccountUrl !== undefined && <WayOut href={oldAccountUrl}>{t('old.before')}</WayOut>}
      {backUrl !== undefined && (
        <WayOut href={backUrl} primary={oldAccountUrl === undefined}>
          {application ? t('back.to', { application: application.name }) : t('back.back')}
        </WayOut>
      )}
      <WayOut href="/" primary={(oldAccountUrl ?? backUrl) === undefined}>
        {t('back.profiles')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
