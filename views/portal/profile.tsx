import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Monogram } from '../parts/Monogram.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Status, type ProfileStatus } from '../parts/Status.tsx';
import { momentText } from '../parts/When.tsx';
import { Ready, RequestPanel, type OwnRequest } from './request.tsx';
import { DecisionHistory, Decisions, type OwnDecisions } from './decisions.tsx';
import { Enter, GroupsShown, Leave, Mail, OldAddress, Retire, Switch, Undo } from './profileParts.tsx';

export type ProfileDetails = {
  readonly id: string;
  readonly name: string;
  readonly status: ProfileStatus;
  readonly alias?: string | undefined;
  readonly createdDay: string;
  /** Whether it was an account at the application before, and was taken back. */
  readonly takenBack?: boolean | undefined;
  readonly lastUsedDay?: string | undefined;
};

/** A group of the account, and whether this application sees it. */
export type ShownGroup = { readonly id: string; readonly name: string; readonly shown: boolean };

/** The note's form has the field note; the groups' form sends `group` (an id) for each ticked one. */
export type ProfileData = {
  readonly profile: ProfileDetails;
  readonly application: ApplicationLabel;
  readonly receives: readonly Fact[];
  readonly form: Form;
  readonly noteAction: string;
  readonly groups: readonly ShownGroup[];
  readonly groupsAction: string;
  readonly csrf: string;
  /** Mail to its relay address: what becomes of it, translated, and the page about it. */
  readonly mail?: { readonly url: string; readonly text: string } | undefined;
  /** GET: the question whether its application may replace the address that it still knows. */
  readonly oldAddressUrl?: string | undefined;
  /** How its request stands: it posts to /profiles/<id>/answer (answer) and /profiles/<id>/withdraw. */
  readonly request?: OwnRequest | undefined;
  /** What moderators decided about it. */
  readonly decisions?: OwnDecisions | undefined;
  /** Whether it was given lately and not used yet: the way to the application comes first. */
  readonly isReady?: boolean | undefined;
  /** POST: enters the application with this profile. */
  readonly enterAction?: string | undefined;
  /** POST: ends the session that this browser has at the application. */
  readonly leaveAction?: string | undefined;
  /** POST: the next sign-in at the application asks which profile. */
  readonly switchAction?: string | undefined;
  /** GET: the page that asks before retiring. */
  readonly retireUrl?: string | undefined;
  readonly undo?: { readonly until: string; readonly action: string } | undefined;
  readonly notice?: string | undefined;
};

/** One profile: what the application receives, the private note, and what can be done with it. */
export function profilePage(frame: Frame, data: ProfileData): string {
  const { t } = frame;
  const { profile, application, receives, form, csrf } = data;
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      {data.request && <ErrorSummary t={t} form={data.request.form} />}
      <p class="crumb">
        <a href="/">{t('nav.profiles')}</a>
      </p>
      <div class="title-row">
        <Monogram name={profile.name} large />
        <div>
          <h1>{profile.name}</h1>
          <p class="row-title">
            {t('profile.at', { application: application.name })} <Status t={t} status={profile.status} />
          </p>
        </div>
      </div>
      <div class="stack">
        {data.decisions && (
          <Decisions
            frame={frame}
            application={application}
            decisions={data.decisions}
            path={`/profiles/${profile.id}`}
            csrf={csrf}
          />
        )}
        {data.isReady && <Ready frame={frame} application={application} />}
        {data.request && (
          <RequestPanel frame={frame} application={application} profile={profile} request={data.request} csrf={csrf} />
        )}
        {data.decisions && <DecisionHistory frame={frame} application={application} decisions={data.decisions} />}
        {data.undo && <Undo frame={frame} undo={data.undo} csrf={csrf} />}
        <section class="panel" aria-labelledby="receives">
          <h2 id="receives">{t('profile.receives', { application: application.name })}</h2>
          <ApplicationHead application={application} />
          <Facts t={t} facts={receives} />
          <p class="hint">{ages(frame, profile)}</p>
        </section>
        {data.oldAddressUrl !== undefined && (
          <OldAddress frame={frame} application={application} name={profile.name} href={data.oldAddressUrl} />
        )}
        {data.mail && <Mail frame={frame} mail={data.mail} />}
        <section class="panel" aria-labelledby="note-heading">
          <h2 id="note-heading">{t('note.title')}</h2>
          <PostForm action={data.noteAction} csrf={csrf}>
            <Field
              t={t}
              form={form}
              name="note"
              label={t('note.label')}
              hint={t('note.hint', { application: application.name })}
            />
            <Button look="secondary">{t('note.save')}</Button>
          </PostForm>
        </section>
        <GroupsShown
          frame={frame}
          application={application}
          groups={data.groups}
          action={data.groupsAction}
          csrf={csrf}
        />
        {data.enterAction !== undefined && (
          <Enter frame={frame} application={application} action={data.enterAction} csrf={csrf} />
        )}
        {data.leaveAction !== undefined && (
          <Leave frame={frame} application={application} action={data.leaveAction} csrf={csrf} />
        )}
        {data.switchAction !== undefined && (
          <Switch frame={frame} application={application} action={data.switchAction} csrf={csrf} />
        )}
        {data.retireUrl !== undefined && <Retire frame={frame} application={application} href={data.retireUrl} />}
      </div>
    </>
  );
  return page(frame, {
    title: profile.name,
    hasErrors: form.errors.length + (data.request?.form.errors.length ?? 0) > 0,
    body,
  });
}

function ages({ t, language }: Frame, { createdDay, lastUsedDay, takenBack }: ProfileDetails): string {
  const created = t('profile.created', { day: momentText(language, createdDay) });
  const used = lastUsedDay === undefined ? undefined : momentText(language, lastUsedDay);
  const before = takenBack === true ? `${t('old.was')} ` : '';
  return `${before}${created} ${used === undefined ? t('profile.never_used') : t('profile.used', { day: used })}`;
}
