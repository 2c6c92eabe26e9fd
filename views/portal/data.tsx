import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/** Posts nothing more to /account/data, which answers with a file. */
export type DataPageData = {
  readonly csrf: string;
  /** Why there is no file just now. */
  readonly problem?: string | undefined;
};

/** What is in the file about oneself, and how to get it. */
export function dataPage(frame: Frame, { csrf, problem }: DataPageData): string {
  const { t } = frame;
  const title = t('data.title');
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      {problem !== undefined && (
        <p class="caution" role="alert">
          {problem}
        </p>
      )}
      <p class="lead">{t('data.lead')}</p>
      <ul class="steps">
        <li>{t('data.what_account')}</li>
        <li>{t('data.what_profiles')}</li>
        <li>{t('data.what_not')}</li>
      </ul>
      <p class="caution">{t('data.caution')}</p>
      <PostForm action="/account/data" csrf={csrf}>
        <Button full>{t('data.submit')}</Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: problem !== undefined, narrow: true, body });
}

/** The way to it, and to deletion, on the page of the account. */
export function OwnPanels({ frame }: { frame: Frame }) {
  const { t } = frame;
  return (
    <>
      <section class="panel" aria-labelledby="data-heading">
        <h2 id="data-heading">{t('data.title')}</h2>
        <p>{t('data.lead')}</p>
        <p>
          <a href="/account/data">{t('data.open')}</a>
        </p>
      </section>
      <section class="panel" aria-labelledby="leave-heading">
        <h2 id="leave-heading">{t('deletion.title')}</h2>
        <p>{t('deletion.what')}</p>
        <p>
          <a href="/account/leave">{t('deletion.open')}</a>
        </p>
      </section>
    </>
  );
}
