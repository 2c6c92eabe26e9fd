import { page, type Frame } from '../layout.tsx';
import { Stop, WayOut } from './stop.tsx';

export type NotFoundData = { readonly homeUrl?: string | undefined };

/** There is nothing at this address. */
export function notFoundPage(frame: Frame, { homeUrl = '/' }: NotFoundData): string {
  const { t } = frame;
  const title = t('not_found.title');
  const body = (
    <Stop title={title} message={t('error.not_found')}>
      <WayOut href={homeUrl}>{t('back.home')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
