import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { Hidden, type HiddenField } from '../parts/Hidden.tsx';

export type FormPostData = {
  readonly action: string;
  readonly fields: readonly HiddenField[];
  readonly application: ApplicationLabel;
};

/** Carries an answer to the application by POST: at once by script, else by the button. */
export function formPostPage(frame: Frame, { action, fields, application }: FormPostData): string {
  const { t } = frame;
  const title = t('form_post.title', { application: application.name });
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('form_post.lead')}</p>
      <form method="post" action={action} data-submit>
        <Hidden fields={fields} />
        <Button full>{t('pick.continue')}</Button>
      </form>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, script: 'submit.js', body });
}
