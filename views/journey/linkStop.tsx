import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Stop, WayOut } from './stop.tsx';

/** Posts to its own address, without fields. */
export type StopLinkData = { readonly action: string; readonly loginName: string };

/** Somebody asked an administrator for a new password of this account: its owner, or not. */
export function stopLinkPage(frame: Frame, { action, loginName }: StopLinkData): string {
  const { t } = frame;
  const title = t('stop_link.title');
  const body = (
    <Stop title={title} message={t('stop_link.lead', { login: loginName, instance: frame.instance.name })}>
      <p>{t('stop_link.yours')}</p>
      <PostForm action={action}>
        <Button full>{t('stop_link.submit')}</Button>
      </PostForm>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** The link opens nothing any more. */
export function linkStoppedPage(frame: Frame, { signInUrl }: { readonly signInUrl: string }): string {
  const { t } = frame;
  const title = t('stop_link.done_title');
  const body = (
    <Stop title={title} message={t('stop_link.done')}>
      <WayOut href={signInUrl}>{t('link.done_sign_in')}</WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
