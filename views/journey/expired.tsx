import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Stop, WayOut } from './stop.tsx';

export type ExpiredData = {
  readonly application?: ApplicationLabel | undefined;
  /** In place of the usual explanation, translated. */
  readonly message?: string | undefined;
  /** Where to begin again. */
  readonly homeUrl: string;
};

/** The sign-in took too long, or was finished in another window. */
export function expiredPage(frame: Frame, { application, message, homeUrl }: ExpiredData): string {
  const { t } = frame;
  const title = t('expired.title');
  const usual = application ? t('expired.message_for', { application: application.name }) : t('expired.message');
  const body = (
    <Stop application={application} title={title} message={message ?? usual}>
      <WayOut href={homeUrl}>{application ? t('back.to', { application: application.name }) : t('back.again')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
