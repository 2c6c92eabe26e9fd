import { page, type Frame } from '../layout.tsx';
import { Stop } from './stop.tsx';

/** Nothing can be looked up or written at this moment: nobody's fault who reads this, and it passes. */
export function unavailablePage(frame: Frame, _data: object): string {
  const { t } = frame;
  const title = t('unavailable.title');
  const body = (
    <Stop title={title} message={t('unavailable.message')}>
      <p>{t('unavailable.hint')}</p>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
