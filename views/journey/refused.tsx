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
};

/** The person may not go on to this application. */
export function refusedPage(frame: Frame, { application, message, contact, backUrl }: RefusedData): string {
  const { t } = frame;
  const title = application ? t('refused.title_for', { application: application.name }) : t('refused.title');
  const body = (
    <Stop application={application} title={title} message={message}>
      <Contact t={t} contact={contact} />
      {backUrl !== undefined && (
        <WayOut href={backUrl}>{application ? t('back.to', { application: application.name }) : t('back.back')}</WayOut>
      )}
      <WayOut href="/" primary={backUrl === undefined}>
        {t('back.profiles')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
