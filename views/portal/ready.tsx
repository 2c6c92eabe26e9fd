import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Stop, WayOut } from '../journey/stop.tsx';

export type ReadyData = {
  readonly application: ApplicationLabel & { readonly homeUrl: string };
  readonly profile: { readonly id: string; readonly name: string };
};

/** Somebody has a profile now: a button that opens the application. */
export function readyPage(frame: Frame, { application, profile }: ReadyData): string {
  const { t } = frame;
  const title = t('ready.title', { profile: profile.name });
  const body = (
    <Stop application={application} title={title} message={t('ready.lead', { application: application.name })}>
      <WayOut href={application.homeUrl}>{t('ready.open', { application: application.name })}</WayOut>
      <WayOut href={`/profiles/${profile.id}`} primary={false}>
        {t('ready.profile')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
