import { Stop, WayOut } from '../journey/stop.tsx';
import { page, type Frame } from '../layout.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';

export type HouseMovedData = {
  /** The new address, and the page to go on with there. */
  readonly address: string;
  readonly nextUrl: string;
  /** The command that takes the change back. */
  readonly command: string;
};

/** The public address has changed: the way there, and the way back. */
export function houseMovedPage(frame: Frame, { address, nextUrl, command }: HouseMovedData): string {
  const { t } = frame;
  const title = t('admin.house.moved');
  const body = (
    <Stop title={title} message={t('admin.house.moved_what', { address })}>
      <WayOut href={nextUrl}>{t('admin.house.moved_go')}</WayOut>
      <div class="reference">
        <p>{t('admin.house.moved_back')}</p>
        <p>
          <CopyValue t={t} label={t('admin.house.moved_command')} value={command} />
        </p>
      </div>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
