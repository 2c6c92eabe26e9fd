import { page, type Frame } from '../layout.tsx';
import { Stop } from './stop.tsx';

export type BusyData = { readonly retryAfter: number };

/** Too much at once: try again in a few seconds. */
export function busyPage(frame: Frame, { retryAfter }: BusyData): string {
  const { t } = frame;
  const title = t('busy.title');
  const body = <Stop title={title} message={t('error.busy', { retryAfter })} />;
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
