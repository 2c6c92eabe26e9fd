import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';

export type RetireData = {
  readonly profile: { readonly id: string; readonly name: string };
  readonly application: ApplicationLabel;
  readonly action: string;
  readonly csrf: string;
};

/** Asks before a profile is retired, and says what that means. */
export function retirePage(frame: Frame, { profile, application, action, csrf }: RetireData): string {
  const { t } = frame;
  const title = t('retire.question', { name: profile.name });
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <ul class="steps">
        <li>{t('retire.access', { application: application.name })}</li>
        <li>{t('retire.address')}</li>
        <li>{t('retire.days')}</li>
        <li>{t('retire.name', { name: profile.name })}</li>
        <li>{t('retire.theirs', { application: application.name })}</li>
      </ul>
      <PostForm action={action} csrf={csrf}>
        <Button look="danger" full>
          {t('retire.submit', { name: profile.name })}
        </Button>
        <ButtonLink href={`/profiles/${profile.id}`} look="quiet" full>
          {t('retire.keep')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
