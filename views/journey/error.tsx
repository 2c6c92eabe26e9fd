import { page, type Frame } from '../layout.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { Stop, WayOut } from './stop.tsx';

export type ErrorData = {
  /** What the person can tell whoever runs the instance. */
  readonly reference?: string | undefined;
  /** The HTTP status: from 500 on the fault is ours. */
  readonly status: number;
  /** What happened, translated. */
  readonly message: string;
  readonly homeUrl?: string | undefined;
  readonly applicationUrl?: string | undefined;
};

/** Anything that went wrong and has no page of its own. */
export function errorPage(frame: Frame, { reference, status, message, homeUrl, applicationUrl }: ErrorData): string {
  const { t } = frame;
  const title = status >= 500 ? t('fault.title_ours') : t('fault.title_theirs');
  const body = (
    <Stop title={title} message={message}>
      {reference !== undefined && (
        <div class="reference">
          <p>{t('fault.reference')}</p>
          <CopyValue t={t} label={t('fault.reference_label')} value={reference} large />
        </div>
      )}
      {applicationUrl !== undefined && <WayOut href={applicationUrl}>{t('back.to_application')}</WayOut>}
      {homeUrl !== undefined && (
        <WayOut href={homeUrl} primary={applicationUrl === undefined}>
          {t('back.home')}
        </WayOut>
      )}
      <p class="hint">{t('fault.status', { status: String(status) })}</p>
    </Stop>
  );
  return page(frame, { title, hasErrors: true, narrow: true, body });
}
