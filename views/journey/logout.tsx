import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { Hidden, type HiddenField } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';

/** Sends `scope`=everything or `scope`=application (the latter only with an application), or `stay`=1. */
export type LogoutData = {
  readonly action: string;
  /** Tokens included. */
  readonly hidden: readonly HiddenField[];
  readonly application?: ApplicationLabel | undefined;
};

/** Leave one application, or sign out altogether. */
export function logoutPage(frame: Frame, { action, hidden, application }: LogoutData): string {
  const { t } = frame;
  const instance = frame.instance.name;
  const title = application
    ? t('logout.title_for', { application: application.name })
    : t('logout.title', { instance });
  const everything = {
    value: 'everything',
    label: t('logout.everything', { instance }),
    hint: t('logout.everything_hint'),
  };
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <PostForm action={action}>
        <Hidden fields={hidden} />
        {application ? (
          <Radios
            t={t}
            form={{ values: { scope: 'everything' }, errors: [] }}
            name="scope"
            legend={t('logout.legend')}
            legendUnseen
            options={[
              everything,
              {
                value: 'application',
                label: t('logout.application', { application: application.name }),
                hint: t('logout.application_hint', { instance }),
              },
            ]}
          />
        ) : (
          <>
            <input type="hidden" name="scope" value="everything" />
            <p class="lead">{t('logout.everything_hint')}</p>
          </>
        )}
        <Button full>{t('logout.submit')}</Button>
        <Button look="quiet" name="stay" value="1" full>
          {t('logout.stay')}
        </Button>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
