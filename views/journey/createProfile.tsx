import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { blankForm, type Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { OldAccountForm } from '../parts/OldAccount.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Receives } from './receives.tsx';

/**
 * Fields: name, note; where it is asked for, also ask, words and urgent. A suggestion is sent as `suggestion`, together with
 * the fields.
 */
export type CreateProfileData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  readonly form: Form;
  /** Which names are possible here, translated. */
  readonly rule: string;
  readonly suggestions: readonly string[];
  readonly receives: readonly string[];
  readonly back?: string | undefined;
  /** Set where moderators decide: how many days people usually wait, where that is known. */
  readonly request?:
    | {
        readonly days: number | undefined;
        readonly mayBeUrgent: boolean;
        /** Whether only further profiles are asked for, so that asking tells of another one. */
        readonly tellsOfOther: boolean;
      }
    | undefined;
  /** Where the profile is named like the account: that name. */
  readonly accountName?: string | undefined;
  /** Where people take back an account that they had at the application before, if there were any. */
  readonly oldAccountUrl?: string | undefined;
  /** The name that was asked for, where it is kept for whoever had it before. */
  readonly keptName?: string | undefined;
};

/** A new profile: on the way to an application, and from the person's own pages. */
export function createProfilePage(frame: Frame, data: CreateProfileData): string {
  const { t, language } = frame;
  const { application, form, suggestions, request, accountName, oldAccountUrl, keptName } = data;
  const here = { application: application.name };
  const title = request === undefined ? t('create.title', here) : t('ask.title', here);
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{request === undefined ? t('create.lead', here) : t('ask.lead', here)}</p>
      {request?.days !== undefined && <p>{t('wait.usual', { days: request.days })}</p>}
      <PostForm action={data.action} csrf={data.csrf}>
        {/* The return key takes the first button: it must be this one and not a suggestion. */}
        <button class="unseen" type="submit" tabIndex={-1} aria-hidden="true" />
        {accountName === undefined ? (
          <Field t={t} form={form} name="name" label={t('create.name')} hint={data.rule} autocomplete="off" required />
        ) : (
          <>
            <Hidden fields={[{ name: 'name', value: accountName }]} />
            <p class="caution">{t('create.account_name', { ...here, name: accountName })}</p>
          </>
        )}
        {oldAccountUrl !== undefined && keptName !== undefined && (
          <p>
            <a href="#kept">{t('old.reserved_title', { name: keptName })}</a>
          </p>
        )}
        {suggestions.length > 0 && (
          <div class="suggestions" role="group" aria-label={t('create.suggestions')}>
            <p class="hint">{t('create.suggestions')}</p>
            {suggestions.map((suggestion) => (
              <button key={suggestion} class="pill" type="submit" name="suggestion" value={suggestion}>
                {suggestion}
              </button>
            ))}
          </div>
        )}
        <p class="caution">{t('create.for_ever')}</p>
        {request !== undefined && (
          <>
            <p class="caution">{request.tellsOfOther ? t('ask.further', here) : t('ask.unseen')}</p>
            <TextArea t={t} form={form} name="words" label={t('ask.words')} hint={t('ask.words_hint')} />
            {request.mayBeUrgent && (
              <Checkbox t={t} form={form} name="urgent" label={t('ask.urgent')} hint={t('ask.urgent_hint')} />
            )}
            <Hidden fields={[{ name: 'ask', value: '1' }]} />
          </>
        )}
        <Field
          t={t}
          form={form}
          name="note"
          label={t('note.label')}
          hint={t('note.hint', { application: application.name })}
        />
        <Receives t={t} language={language} application={application} receives={data.receives} />
        <Button full>{request === undefined ? t('create.submit') : t('ask.submit')}</Button>
        {data.back !== undefined && (
          <ButtonLink href={data.back} look="quiet" full>
            {t('back.back')}
          </ButtonLink>
        )}
      </PostForm>
      {oldAccountUrl !== undefined && keptName !== undefined && (
        <section aria-labelledby="kept">
          <h2 id="kept">{t('old.reserved_title', { name: keptName })}</h2>
          <p>{t('old.reserved', here)}</p>
          <OldAccountForm
            t={t}
            action={oldAccountUrl}
            csrf={data.csrf}
            application={application}
            form={blankForm}
            name={keptName}
          />
        </section>
      )}
      {oldAccountUrl !== undefined && (
        <ul class="ways">
          <li>
            <a href={oldAccountUrl}>{t(keptName === undefined ? 'old.before' : 'old.other')}</a>
          </li>
        </ul>
      )}
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
