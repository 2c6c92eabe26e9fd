import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { Table } from '../parts/Table.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import { Desk } from './desk.tsx';

type ShownProfiles = readonly { readonly application: string; readonly name: string; readonly state: string }[];

/** What is behind the profile; each part is there where it was asked for. Times in milliseconds. */
export type ShownBehind = {
  readonly login?: string | undefined;
  readonly mailbox?: { readonly address: string; readonly verified: boolean } | undefined;
  readonly here?: ShownProfiles | undefined;
  readonly everywhere?: ShownProfiles | undefined;
  readonly connections?: readonly { readonly at: number; readonly address: string }[] | undefined;
};

/** Posts to /admin/unsealing/<id>/confirm, /decline (words) and /show. */
export type UnsealingData = {
  readonly id: string;
  readonly request: number;
  readonly facts: readonly Fact[];
  readonly reason: string;
  /** Who looks: whoever asked, whoever confirmed, or another administrator. */
  readonly viewer: 'asker' | 'confirmer' | 'other';
  readonly status: 'asked' | 'confirmed';
  readonly shown?: ShownBehind | undefined;
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

type Part = { frame: Frame; data: UnsealingData; at: string };

/** One unsealing: what is asked and why; for the two, once both agree, what is behind the profile. */
export function unsealingPage(frame: Frame, data: UnsealingData): string {
  const { t } = frame;
  const { form, facts, reason, shown } = data;
  const title = t('admin.unsealing.one', { request: data.request });
  const part = { frame, data, at: `/admin/unsealing/${data.id}` };
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <Desk frame={frame} here="/admin/unsealing" />
      <h1>{title}</h1>
      <Facts t={t} facts={facts} />
      <div class="stack">
        <section class="panel" aria-labelledby="why">
          <h2 id="why">{t('admin.unsealing.reason')}</h2>
          <Said label={t('admin.unsealing.reason')} words={reason} />
        </section>
        {shown !== undefined && <Behind frame={frame} shown={shown} />}
        {data.status === 'asked' ? <Waiting {...part} /> : <Open {...part} />}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Waiting({ frame, data, at }: Part) {
  const { t } = frame;
  if (data.viewer === 'asker')
    return (
      <section class="panel" aria-labelledby="withdraw">
        <h2 id="withdraw">{t('admin.unsealing.withdraw')}</h2>
        <p>{t('admin.unsealing.withdraw_what')}</p>
        <PostForm action={`${at}/decline`} csrf={data.csrf}>
          <Button look="secondary">{t('admin.unsealing.withdraw_do')}</Button>
        </PostForm>
      </section>
    );
  return (
    <>
      <section class="panel" aria-labelledby="confirm">
        <h2 id="confirm">{t('admin.unsealing.confirm')}</h2>
        <p class="caution">{t('admin.unsealing.confirm_what')}</p>
        <PostForm action={`${at}/confirm`} csrf={data.csrf}>
          <Button look="danger">{t('admin.unsealing.confirm_do')}</Button>
        </PostForm>
      </section>
      <section class="panel" aria-labelledby="decline">
        <h2 id="decline">{t('admin.unsealing.decline')}</h2>
        <PostForm action={`${at}/decline`} csrf={data.csrf}>
          <TextArea
            t={t}
            form={data.form}
            name="words"
            label={t('admin.unsealing.decline_why')}
            hint={t('admin.unsealing.decline_hint')}
            rows={2}
            required
          />
          <Button look="secondary">{t('admin.unsealing.decline_do')}</Button>
        </PostForm>
      </section>
    </>
  );
}

function Open({ frame, data, at }: Part) {
  const { t } = frame;
  if (data.viewer === 'other') return <p>{t('admin.unsealing.not_yours')}</p>;
  return (
    <section class="panel" aria-labelledby="show">
      <h2 id="show">{t('admin.unsealing.show')}</h2>
      <p>{t('admin.unsealing.show_what')}</p>
      <PostForm action={`${at}/show`} csrf={data.csrf}>
        <Button look={data.shown === undefined ? 'primary' : 'secondary'}>{t('admin.unsealing.show_do')}</Button>
      </PostForm>
    </section>
  );
}

function Profiles({ frame, title, profiles }: { frame: Frame; title: string; profiles: ShownProfiles }) {
  const { t } = frame;
  return (
    <>
      <h3>{title}</h3>
      {profiles.length === 0 ? (
        <p>{t('admin.unsealing.no_profiles')}</p>
      ) : (
        <Table
          caption={title}
          columns={[t('admin.cases.profile'), t('admin.cases.application'), t('admin.cases.status')]}
          rows={profiles.map(({ name, application, state }) => [name, application, state])}
        />
      )}
    </>
  );
}

function Behind({ frame, shown }: { frame: Frame; shown: ShownBehind }) {
  const { t, language } = frame;
  const { login, mailbox, here, everywhere, connections } = shown;
  const address = mailbox?.address === '' ? t('admin.unsealing.no_mailbox') : mailbox?.address;
  const facts = [
    login === undefined ? [] : { label: t('admin.unsealing.login'), value: login },
    mailbox === undefined || address === undefined
      ? []
      : {
          label: mailbox.verified ? t('admin.unsealing.mailbox') : t('admin.unsealing.mailbox_asserted'),
          value: address,
        },
  ].flat();
  const connectionsTitle = t('admin.unsealing.connections');
  return (
    <section class="panel" aria-labelledby="behind">
      <h2 id="behind">{t('admin.unsealing.behind')}</h2>
      <p class="caution">{t('admin.unsealing.behind_what')}</p>
      {facts.length > 0 && <Facts t={t} facts={facts} />}
      {here && <Profiles frame={frame} title={t('admin.unsealing.here_shown')} profiles={here} />}
      {everywhere && <Profiles frame={frame} title={t('admin.unsealing.everywhere')} profiles={everywhere} />}
      {connections && (
        <>
          <h3>{connectionsTitle}</h3>
          {connections.length === 0 ? (
            <p>{t('admin.unsealing.no_connections')}</p>
          ) : (
            <Table
              caption={connectionsTitle}
              columns={[t('admin.unsealing.when'), t('admin.unsealing.network')]}
              rows={connections.map(({ at, address: network }) => [momentText(language, at), network])}
            />
          )}
        </>
      )}
    </section>
  );
}
