import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden, type HiddenField } from '../parts/Hidden.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PolicyFields } from '../parts/PolicyFields.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Places, type Moderated } from './places.tsx';

/** Posts to its own address: policy, quota, reserved (lines), mark (hidden: which rules were shown). */
export type RulesData = {
  readonly application: Moderated;
  readonly csrf: string;
  readonly form: Form;
  readonly mark: string;
  /** Where only administrators may change them: what they say, in words. */
  readonly locked?: readonly string[] | undefined;
  readonly notice?: string | undefined;
};

/** Who may create profiles at an application, how many, and under which names not. */
export function rulesPage(frame: Frame, { application, csrf, form, mark, locked, notice }: RulesData): string {
  const { t } = frame;
  const title = t('moderation.rules.title', { application: application.name });
  const url = `/moderation/${application.id}/rules`;
  const body = (
    <>
      <Notice text={notice} />
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="/rules" />
      <h1>{title}</h1>
      {locked === undefined ? (
        <>
          <p class="lead">{t('moderation.rules.lead')}</p>
          <PostForm action={url} csrf={csrf} class="stack">
            <Hidden fields={[{ name: 'mark', value: mark }]} />
            <PolicyFields t={t} form={form} />
            <TextArea
              t={t}
              form={form}
              name="reserved"
              label={t('admin.application.rule_reserved')}
              hint={t('admin.application.rule_reserved_hint')}
              code
            />
            <p>
              <Button>{t('moderation.rules.next')}</Button>
            </p>
          </PostForm>
        </>
      ) : (
        <>
          <p class="lead">{t('moderation.rules.locked')}</p>
          <ul class="points">
            {locked.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
      <p class="after">
        <a href={`/moderation/${application.id}/reasons`}>{t('moderation.rules.reasons')}</a>
      </p>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

/** Posts to the same address, with `confirm` and what was typed. */
export type RulesConfirmData = {
  readonly application: Moderated;
  readonly csrf: string;
  /** What the change will mean, a sentence each. */
  readonly meanings: readonly string[];
  readonly fields: readonly HiddenField[];
};

/** What a change of the rules will mean, before it is made. */
export function rulesConfirmPage(frame: Frame, { application, csrf, meanings, fields }: RulesConfirmData): string {
  const { t } = frame;
  const title = t('moderation.rules.confirm_title', { application: application.name });
  const url = `/moderation/${application.id}/rules`;
  const body = (
    <>
      <Places frame={frame} application={application} here="/rules" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.rules.confirm_lead')}</p>
      <ul class="points">
        {meanings.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <PostForm action={url} csrf={csrf} class="stack">
        <Hidden fields={[...fields, { name: 'confirm', value: 'yes' }]} />
        <div class="decision">
          <Button>{t('moderation.rules.confirm')}</Button>
          <ButtonLink href={url}>{t('moderation.rules.back')}</ButtonLink>
        </div>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
