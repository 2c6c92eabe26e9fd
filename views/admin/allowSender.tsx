import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';

export type AllowSenderData = {
  readonly application: ApplicationLabel;
  readonly domain: string;
  /** Why it cannot be allowed here; translated. */
  readonly problem?: string | undefined;
  readonly action: string;
  readonly csrf: string;
  readonly backUrl: string;
};

/** Asks before a domain is let write to an application's people, or says why it is not. */
export function allowSenderPage(frame: Frame, data: AllowSenderData): string {
  const { t } = frame;
  const { application, domain, problem, action, csrf, backUrl } = data;
  const title = problem === undefined ? t('admin.senders.ask', { domain }) : t('admin.senders.not', { domain });
  const back = (
    <ButtonLink href={backUrl} look="quiet" full>
      {t('admin.senders.back')}
    </ButtonLink>
  );
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1 class="breaks">{title}</h1>
      {problem === undefined ? (
        <>
          <ul class="steps">
            <li>{t('admin.senders.ask_who', { domain, application: application.name })}</li>
            <li>{t('admin.senders.ask_proof', { domain })}</li>
            <li>{t('admin.senders.ask_sure')}</li>
          </ul>
          <PostForm action={action} csrf={csrf}>
            <Hidden fields={[{ name: 'domain', value: domain }]} />
            <Button full>{t('admin.senders.ask_submit', { domain })}</Button>
            {back}
          </PostForm>
        </>
      ) : (
        <>
          <p class="caution">{problem}</p>
          <p>{t('admin.senders.not_instead', { application: application.name })}</p>
          <p>{back}</p>
        </>
      )}
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
