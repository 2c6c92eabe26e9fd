import { page, type Frame } from '../layout.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { Stop, WayOut } from './stop.tsx';

export type NoAdministratorData = {
  readonly command: string;
  readonly firstRunUrl: string;
  /** Where people who have an account already sign in. */
  readonly signInUrl: string;
};

/** The first page of an instance that nobody looks after yet. */
export function noAdministratorPage(frame: Frame, { command, firstRunUrl, signInUrl }: NoAdministratorData): string {
  const { t } = frame;
  const title = t('no_administrator.title');
  const body = (
    <Stop title={title} message={t('no_administrator.message')}>
      <ul class="steps">
        <li>{t('no_administrator.page')}</li>
        <li>
          {t('no_administrator.command')}{' '}
          <CopyValue t={t} label={t('no_administrator.command_label')} value={command} />
        </li>
      </ul>
      <WayOut href={firstRunUrl}>{t('no_administrator.go')}</WayOut>
      <WayOut href={signInUrl} primary={false}>
        {t('no_administrator.sign_in')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
