import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import { Entry, type ShownEntry } from './history.tsx';
import { Places, type Moderated } from './places.tsx';

/** An appeal that waits. */
export type ShownAppeal = {
  readonly id: string;
  readonly profileId: string;
  readonly name: string;
  readonly day: string;
  readonly words: string;
  readonly decision: Omit<ShownEntry, 'id'>;
  readonly isOwnDecision: boolean;
};

export type AppealsData = {
  readonly application: Moderated;
  readonly appeals: readonly ShownAppeal[];
  readonly notice?: string | undefined;
};

/** Posts to its own address: outcome (grant or uphold), words. */
export type AppealData = {
  readonly application: Moderated;
  readonly appeal: ShownAppeal;
  readonly form: Form;
  readonly csrf: string;
};

/** The decision, and what its owner says. */
function Both({ frame, appeal }: { frame: Frame; appeal: ShownAppeal }) {
  const { t, language } = frame;
  return (
    <>
      <Entry frame={frame} entry={{ ...appeal.decision, id: appeal.id }} />
      <Said label={t('moderation.appeal_words', { day: momentText(language, appeal.day) })} words={appeal.words} />
    </>
  );
}

/** What owners say against decisions about their profiles. */
export function appealsPage(frame: Frame, { application, appeals, notice }: AppealsData): string {
  const { t } = frame;
  const title = t('moderation.appeals_title', { application: application.name });
  const here = `/moderation/${application.id}`;
  const body = (
    <>
      <Notice text={notice} />
      <Places frame={frame} application={application} here="/appeals" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.appeals_lead')}</p>
      {appeals.length === 0 ? (
        <p>{t('moderation.appeals_none')}</p>
      ) : (
        <ul class="rows">
          {appeals.map((appeal) => (
            <li key={appeal.id} class="row tall">
              <div class="row-main">
                <p>
                  <a href={`${here}/profiles/${appeal.profileId}`}>{appeal.name}</a>
                </p>
                <Both frame={frame} appeal={appeal} />
              </div>
              {appeal.isOwnDecision ? (
                <p class="hint">{t('moderation.appeal_own')}</p>
              ) : (
                <a class="button quiet" href={`${here}/appeals/${appeal.id}`}>
                  {t('moderation.appeal_open', { name: appeal.name })}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

/** One appeal, to be decided. */
export function appealPage(frame: Frame, { application, appeal, form, csrf }: AppealData): string {
  const { t } = frame;
  const title = t('moderation.appeal_title', { name: appeal.name });
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="/appeals" />
      <h1>{title}</h1>
      <section class="panel">
        <Both frame={frame} appeal={appeal} />
      </section>
      <PostForm action={`/moderation/${application.id}/appeals/${appeal.id}`} csrf={csrf} class="panel">
        <Radios
          t={t}
          form={form}
          name="outcome"
          legend={t('moderation.appeal_outcome')}
          options={[
            { value: 'uphold', label: t('moderation.appeal_uphold'), hint: t('moderation.appeal_uphold_hint') },
            { value: 'grant', label: t('moderation.appeal_grant'), hint: t('moderation.appeal_grant_hint') },
          ]}
        />
        <TextArea
          t={t}
          form={form}
          name="words"
          label={t('moderation.reason_words')}
          hint={t('moderation.told_words_hint')}
        />
        <Button>{t('moderation.appeal_submit')}</Button>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
