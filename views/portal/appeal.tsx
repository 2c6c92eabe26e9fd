import { page, type Frame } from '../layout.tsx';
import { Entry } from '../moderation/history.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { OwnShownEntry } from './decisions.tsx';

type Profile = { readonly id: string; readonly name: string };

/** Posts to its own address: words. */
export type AppealData = {
  readonly profile: Profile;
  readonly decision: OwnShownEntry;
  readonly url: string;
  readonly form: Form;
  readonly csrf: string;
};

function Crumb({ profile }: { profile: Profile }) {
  return (
    <p class="crumb">
      <a href={`/profiles/${profile.id}`}>{profile.name}</a>
    </p>
  );
}

/** Say something against a decision about a profile of one's own. */
export function writeAppealPage(frame: Frame, { profile, decision, url, form, csrf }: AppealData): string {
  const { t } = frame;
  const title = t('appeal.title');
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <Crumb profile={profile} />
      <h1>{title}</h1>
      <p class="lead">{t('appeal.lead')}</p>
      <section class="panel">
        <Entry frame={frame} entry={decision} />
      </section>
      <PostForm action={url} csrf={csrf} class="panel">
        <TextArea t={t} form={form} name="words" required label={t('appeal.words')} hint={t('appeal.words_hint')} />
        <Button>{t('appeal.submit')}</Button>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

/** Posts to its own address: name. */
export type RenameData = {
  readonly profile: Profile;
  readonly application: { readonly name: string };
  readonly form: Form;
  readonly csrf: string;
};

/** Choose another name, after moderators asked for one. */
export function renamePage(frame: Frame, { profile, application, form, csrf }: RenameData): string {
  const { t } = frame;
  const title = t('rename.title', { name: profile.name });
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <Crumb profile={profile} />
      <h1>{title}</h1>
      <p class="lead">{t('rename.lead', { application: application.name })}</p>
      <PostForm action={`/profiles/${profile.id}/rename`} csrf={csrf} class="panel">
        <Field t={t} form={form} name="name" required autocomplete="off" label={t('rename.name')} />
        <Button>{t('rename.submit')}</Button>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
