import { OneTimeLink, type ShownLink } from '../admin/oneTimeLink.tsx';
import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Places, type Moderated } from './places.tsx';

/** Posts to its own address (uses, days, note) and to /withdraw (invitation) below it. */
export type ProfileInvitationsData = {
  readonly application: Moderated;
  readonly invitations: readonly {
    readonly id: string;
    readonly note: string;
    readonly uses: number;
    readonly hours: number;
    readonly by?: string | undefined;
    readonly isBacked: boolean;
  }[];
  readonly form: Form;
  /** Nobody gets a profile there at the moment, with a link or without. */
  readonly isClosed: boolean;
  /** Only right after it was made: it is never shown again. */
  readonly link?: ShownLink | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Links for profiles: a moderator's yes, given beforehand. */
export function profileInvitationsPage(frame: Frame, data: ProfileInvitationsData): string {
  const { t } = frame;
  const { application, form, csrf, link } = data;
  const at = `/moderation/${application.id}/invitations`;
  const title = t('moderation.invitations.title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="/invitations" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.invitations.lead')}</p>
      {data.isClosed && <p class="caution">{t('moderation.invitations.closed')}</p>}
      {link && <OneTimeLink t={t} link={link} />}
      <div class="stack">
        <section class="panel" aria-labelledby="open">
          <h2 id="open">{t('moderation.invitations.open')}</h2>
          <Open frame={frame} data={data} action={`${at}/withdraw`} />
        </section>
        <section class="panel" aria-labelledby="make">
          <h2 id="make">{t('moderation.invitations.make_title')}</h2>
          <PostForm action={at} csrf={csrf}>
            <Field
              t={t}
              form={form}
              name="note"
              label={t('moderation.invitations.note')}
              hint={t('moderation.invitations.note_hint')}
            />
            <div class="pair">
              <Field
                t={t}
                form={form}
                name="uses"
                label={t('moderation.invitations.uses')}
                inputMode="numeric"
                autocomplete="off"
                size="short"
                required
              />
              <Field
                t={t}
                form={form}
                name="days"
                label={t('moderation.invitations.days')}
                inputMode="numeric"
                autocomplete="off"
                size="short"
                required
              />
            </div>
            <Button>{t('moderation.invitations.make')}</Button>
          </PostForm>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Open({ frame, data, action }: { frame: Frame; data: ProfileInvitationsData; action: string }) {
  const { t } = frame;
  if (data.invitations.length === 0) return <p>{t('moderation.invitations.none')}</p>;
  return (
    <ul class="rows">
      {data.invitations.map(({ id, note, uses, hours, by, isBacked }, index) => (
        <li key={id} class="row">
          <div class="row-main" id={`invitation-${index}`}>
            <p class="row-title">{note === '' ? t('moderation.invitations.no_note') : note}</p>
            <p class="row-detail">
              {isBacked ? t('moderation.invitations.left', { uses, hours }) : t('moderation.invitations.void')}
              {by !== undefined && ` ${t('moderation.invitations.by', { login: by })}`}
            </p>
          </div>
          <PostForm action={action} csrf={data.csrf}>
            <Button look="secondary" name="invitation" value={id} describedBy={`invitation-${index}`}>
              {t('moderation.invitations.withdraw')}
            </Button>
          </PostForm>
        </li>
      ))}
    </ul>
  );
}
