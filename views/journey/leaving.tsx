import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';

export type LeavingData = {
  readonly loginName: string;
  /** The day on which it goes (YYYY-MM-DD). */
  readonly day: string;
  readonly action: string;
  readonly csrf: string;
};

/** The account is to be deleted: its owner may keep it, or do nothing. */
export function leavingPage(frame: Frame, { loginName, day, action, csrf }: LeavingData): string {
  const { t, language } = frame;
  const title = t('leaving.title', { login_name: loginName });
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      <p>{t('leaving.day', { day: momentText(language, day) })}</p>
      <p>{t('leaving.keep_what')}</p>
      <PostForm action={action} csrf={csrf}>
        <Button full>{t('leaving.keep')}</Button>
      </PostForm>
      <p>{t('leaving.nothing')}</p>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
