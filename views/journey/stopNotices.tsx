import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/** Posts to its own address; `isDone`: nothing more comes. */
export type StopNoticesData = {
  readonly application: string;
  readonly action: string;
  readonly isDone: boolean;
};

/** For whoever wants no more letters about their old account. */
export function stopNoticesPage(frame: Frame, { application, action, isDone }: StopNoticesData): string {
  const { t } = frame;
  const title = isDone ? t('stop_notices.done') : t('stop_notices.title');
  const body = (
    <section class="sheet">
      <h1>{title}</h1>
      <p>{isDone ? t('stop_notices.done_what', { application }) : t('stop_notices.what', { application })}</p>
      {!isDone && (
        <PostForm action={action}>
          <Button full>{t('stop_notices.do')}</Button>
        </PostForm>
      )}
    </section>
  );
  return page(frame, { title, hasErrors: false, body, narrow: true });
}
