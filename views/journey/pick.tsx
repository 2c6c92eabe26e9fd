import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { blankForm, type Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { ProfileCards, ProfileLarge, type PickableProfile } from './profiles.tsx';
import { Receives } from './receives.tsx';

/** Sends `profile` (an id), or `cancel`=1. */
export type PickData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  /** Translated lines, see the keys `receives.*`. */
  readonly receives: readonly string[];
  readonly profiles: readonly PickableProfile[];
  readonly canCreate: boolean;
  /** Where a new profile is made; used when `canCreate`. */
  readonly createUrl: string;
  /** Why no further profile can be made, translated. */
  readonly createReason?: string | undefined;
  /** Where to sign in as somebody else, when that is offered. */
  readonly otherAccountUrl?: string | undefined;
  /** Where people take back an account that they had at the application before, if there were any. */
  readonly oldAccountUrl?: string | undefined;
  readonly form?: Form | undefined;
};

/** Which profile? One profile is shown large with one button; several are cards with the last used one chosen. */
export function pickPage(frame: Frame, data: PickData): string {
  const { t, language } = frame;
  const { application, profiles, form = blankForm } = data;
  const [first] = profiles;
  const only = profiles.length === 1 && first?.selectable ? first : undefined;
  const title = only
    ? t('pick.title_one', { application: application.name })
    : t('pick.title', { application: application.name });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <PostForm action={data.action} csrf={data.csrf}>
        {only ? (
          <ProfileLarge t={t} language={language} profile={only} />
        ) : (
          <ProfileCards t={t} language={language} profiles={profiles} form={form} />
        )}
        <Receives t={t} language={language} application={application} receives={data.receives} />
        {only ? (
          <Button name="profile" value={only.id} full>
            {t('pick.continue_as', { name: only.name })}
          </Button>
        ) : (
          profiles.some((profile) => profile.selectable) && <Button full>{t('pick.continue')}</Button>
        )}
        {data.canCreate ? (
          <ButtonLink href={data.createUrl} full>
            {t('pick.create')}
          </ButtonLink>
        ) : (
          data.createReason !== undefined && <p class="hint">{data.createReason}</p>
        )}
        <Button look="quiet" name="cancel" value="1" full>
          {t('back.to', { application: application.name })}
        </Button>
      </PostForm>
      {(data.otherAccountUrl ?? data.oldAccountUrl) !== undefined && (
        <ul class="ways">
          {data.oldAccountUrl !== undefined && (
            <li>
              <a href={data.oldAccountUrl}>{t('old.before')}</a>
            </li>
          )}
          {data.otherAccountUrl !== undefined && (
            <li>
              <a href={data.otherAccountUrl}>{t('pick.other_account')}</a>
            </li>
          )}
        </ul>
      )}
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
