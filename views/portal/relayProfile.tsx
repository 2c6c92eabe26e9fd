import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts } from '../parts/Facts.tsx';
import type { Form } from '../parts/form.ts';
import { Monogram } from '../parts/Monogram.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { MailLines, Pages, type MailLine, type Paging } from './relayParts.tsx';

/**
 * Posts below `path`: /mode (mode: on, held, muted) and /strangers (strangers: refuse, hold). The people are at
 * /correspondents below it.
 */
export type ProfileMailData = {
  readonly path: string;
  readonly profile: { readonly id: string; readonly name: string };
  readonly application: string;
  readonly address: string;
  /** What waits for the person to decide. */
  readonly attention: readonly MailLine[];
  readonly log: readonly MailLine[];
  readonly paging: Paging;
  /** Left out where this instance forwards no mail. */
  readonly form?: Form | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Mail to one profile: its address, what waits, what becomes of what comes, and what came lately. */
export function profileMailPage(frame: Frame, data: ProfileMailData): string {
  const { t } = frame;
  const { path, profile, application, address, attention, form } = data;
  const title = t('relay.profile_title', { profile: profile.name });
  const body = (
    <>
      <Notice text={data.notice} />
      {form && <ErrorSummary t={t} form={form} />}
      <p class="crumb">
        <a href={`/profiles/${profile.id}`}>{profile.name}</a>
      </p>
      <div class="title-row">
        <Monogram name={profile.name} large />
        <div>
          <h1>{title}</h1>
          <p class="row-title">{t('profile.at', { application })}</p>
        </div>
      </div>
      <div class="stack">
        {attention.length > 0 && (
          <section class="panel marked" aria-labelledby="attention">
            <h2 id="attention">{t('relay.attention')}</h2>
            <MailLines frame={frame} lines={attention} />
          </section>
        )}
        <section class="panel" aria-labelledby="address">
          <h2 id="address">{t('fact.address')}</h2>
          <Facts t={t} facts={[{ label: t('relay.address_what', { application }), value: address }]} copy />
          {form === undefined && <p class="caution">{t('relay.off')}</p>}
        </section>
        {form && <Choices frame={frame} data={data} form={form} />}
        {form && <Log frame={frame} data={data} />}
        {form && (
          <section class="panel" aria-labelledby="people">
            <h2 id="people">{t('relay.people')}</h2>
            <ButtonLink href={`${path}/correspondents`}>{t('relay.people_go')}</ButtonLink>
          </section>
        )}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: (form?.errors.length ?? 0) > 0, body });
}

function Choices({ frame: { t }, data, form }: { frame: Frame; data: ProfileMailData; form: Form }) {
  const { path, application, csrf } = data;
  const modes = [
    { value: 'on', label: t('relay.mode_on'), hint: t('relay.mode_on_hint', { application }) },
    { value: 'held', label: t('relay.mode_held'), hint: t('relay.mode_held_hint', { application }) },
    { value: 'muted', label: t('relay.mode_muted'), hint: t('relay.mode_muted_hint', { application }) },
  ];
  const strangers = [
    { value: 'refuse', label: t('relay.strangers_refuse'), hint: t('relay.strangers_refuse_hint') },
    { value: 'hold', label: t('relay.strangers_hold'), hint: t('relay.strangers_hold_hint') },
  ];
  return (
    <>
      <section class="panel" aria-labelledby="mode-heading">
        <h2 id="mode-heading">{t('relay.mode')}</h2>
        <PostForm action={`${path}/mode`} csrf={csrf}>
          <Radios t={t} form={form} name="mode" legend={t('relay.mode')} legendUnseen options={modes} />
          <Button look="secondary">{t('relay.save')}</Button>
        </PostForm>
      </section>
      <section class="panel" aria-labelledby="strangers-heading">
        <h2 id="strangers-heading">{t('relay.strangers', { application })}</h2>
        <PostForm action={`${path}/strangers`} csrf={csrf}>
          <Radios
            t={t}
            form={form}
            name="strangers"
            legend={t('relay.strangers', { application })}
            legendUnseen
            options={strangers}
          />
          <Button look="secondary">{t('relay.save')}</Button>
        </PostForm>
      </section>
    </>
  );
}

function Log({ frame, data: { log, paging } }: { frame: Frame; data: ProfileMailData }) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="log">
      <h2 id="log">{t('relay.log')}</h2>
      {log.length === 0 ? (
        <p>{t('relay.log_empty')}</p>
      ) : (
        <>
          <p>{t('relay.log_what')}</p>
          <MailLines frame={frame} lines={log} />
        </>
      )}
      <Pages t={t} paging={paging} />
    </section>
  );
}
