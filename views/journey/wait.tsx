import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { ButtonLink, Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';

/** Sends `cancel`=1. */
export type WaitData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  /** Profiles asked for; `day` is YYYY-MM-DD, `asked` whether a question of the moderators waits for an answer. */
  readonly requests: readonly {
    readonly name: string;
    readonly day: string;
    readonly asked: boolean;
    readonly url: string;
  }[];
  /** How many days people usually wait, where that is known. */
  readonly days: number | undefined;
  /** Where another one can be asked for or made, if it can. */
  readonly furtherUrl: string | undefined;
  /** Where people take back an account that they had at the application before, if there were any. */
  readonly oldAccountUrl?: string | undefined;
};

/** The person asked for a profile at the application, and has no other there. */
export function waitPage(frame: Frame, data: WaitData): string {
  const { t, language } = frame;
  const { application, days } = data;
  const title = t('wait.title', { application: application.name });
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('wait.lead', { application: application.name })}</p>
      {days !== undefined && <p>{t('wait.usual', { days })}</p>}
      <ul class="rows">
        {data.requests.map(({ name, day, asked, url }) => (
          <li key={url} class="row">
            <div class="row-main">
              <p class="row-title">{name}</p>
              <p class="hint">{t('wait.since', { day: momentText(language, day) })}</p>
            </div>
            <a class="button quiet" href={url}>
              {asked ? t('wait.answer', { name }) : t('wait.see', { name })}
            </a>
          </li>
        ))}
      </ul>
      {data.furtherUrl !== undefined && (
        <ButtonLink href={data.furtherUrl} look="quiet" full>
          {t('wait.further')}
        </ButtonLink>
      )}
      <PostForm action={data.action} csrf={data.csrf}>
        <Button name="cancel" value="1" full>
          {t('back.to', { application: application.name })}
        </Button>
      </PostForm>
      {data.oldAccountUrl !== undefined && (
        <ul class="ways">
          <li>
            <a href={data.oldAccountUrl}>{t('old.before')}</a>
          </li>
        </ul>
      )}
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
