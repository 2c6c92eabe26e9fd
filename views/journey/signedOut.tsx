import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Stop, WayOut } from './stop.tsx';

export type SignedOutData = { readonly application?: ApplicationLabel | undefined };

/** The session here has ended. */
export function signedOutPage(frame: Frame, { application }: SignedOutData): string {
  const { t } = frame;
  const title = t('signed_out.title', { instance: frame.instance.name });
  const body = (
    <Stop application={application} title={title} message={t('signed_out.message')}>
      {application && <WayOut href={application.homeUrl}>{t('back.to', { application: application.name })}</WayOut>}
      <WayOut href="/" primary={!application}>
        {t('signed_out.again')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
