import { page, type Frame } from '../layout.tsx';
import { ButtonLink } from './Button.tsx';
import { CopyLines } from './CopyLines.tsx';

/** `nextUrl`: where it goes on from here. */
export type RecoveryCodesData = {
  readonly codes: readonly string[];
  readonly loginName: string;
  readonly nextUrl: string;
};

/** The recovery codes, shown this once: to be printed, copied or written down. */
export function recoveryCodesPage(frame: Frame, { codes, loginName, nextUrl }: RecoveryCodesData): string {
  const { t, instance } = frame;
  const title = t('recovery_codes.title');
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      <p class="lead">{t('recovery_codes.lead')}</p>
      <p class="whose">{t('recovery_codes.whose', { login: loginName, instance: instance.name })}</p>
      <div class="codes" data-print={t('recovery_codes.print')}>
        <CopyLines t={t} label={title} text={codes.join('\n')} />
      </div>
      <p class="caution">{t('recovery_codes.keep')}</p>
      <ButtonLink href={nextUrl} look="primary" full>
        {t('recovery_codes.kept')}
      </ButtonLink>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
