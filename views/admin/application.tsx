import { page, type Frame } from '../layout.tsx';
import { ApplicationMark } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PictureField } from '../parts/PictureField.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import type { Option } from '../parts/Select.tsx';
import { EmailFields, EntryFields, ModerationFields, OldNamesFields, RuleFields } from './applicationFields.tsx';
import { PeopleAwaited, PeopleFields } from './peopleFields.tsx';

/**
 * Fields: name, homeUrl, picture, removePicture, policy, quota, rulesLocked, rulesMark
 * (hidden: which rules it showed), urgentAtOnce, overdueDays, oldNamesCount, oldNamesAddress, rulePreset, rulePattern, ruleMin, ruleMax, ruleReserved, entry
 * (nobody, everyone, groups), group (an id, for each ticked one), subject (random, name), email (alias, none),
 * senderDomains (only where it is new), people and peopleConfirmed (see `PeopleFields`).
 */
export type ApplicationData = {
  readonly mode: 'create' | 'edit';
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  /** The picture it has, as a data: address. */
  readonly iconUrl?: string | undefined;
  readonly rulePresets: readonly Option[];
  readonly groups: readonly { readonly id: string; readonly name: string; readonly checked: boolean }[];
  /** On edit: the OIDC clients it has. */
  readonly clients?: readonly { readonly id: string; readonly label: string; readonly url: string }[] | undefined;
  readonly addClientUrl?: string | undefined;
  /** On edit: the SAML service providers it has. */
  readonly providers?: readonly { readonly id: string; readonly label: string; readonly url: string }[] | undefined;
  readonly addProviderUrl?: string | undefined;
  /** On edit: where its administrator tries it, and sees how the last sign-ins went. */
  readonly tryUrl?: string | undefined;
  /** On edit: who looks after its profiles. */
  readonly moderatorsUrl?: string | undefined;
  /** On edit: where it is said whom its mail comes from. */
  readonly mailUrl?: string | undefined;
  /** On edit: what was there before us. */
  readonly oldAccountsUrl?: string | undefined;
  /** Nobody can create a profile there, for its names are awaited. */
  readonly awaited?: boolean | undefined;
  /** What to write into the application, where a template knows it. */
  readonly instructionsUrl?: string | undefined;
  readonly notice?: string | undefined;
};

/** Everything an application decides about its profiles. */
export function applicationPage(frame: Frame, data: ApplicationData): string {
  const { t } = frame;
  const { mode, form, csrf } = data;
  const name = form.values['name'] ?? '';
  const title = mode === 'create' || name === '' ? t('admin.application.title_new') : name;
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href="/admin/applications">{t('admin.applications.title')}</a>
      </p>
      {mode === 'edit' ? (
        <div class="title-row">
          <ApplicationMark application={{ name: title, iconUrl: data.iconUrl }} />
          <h1>{title}</h1>
        </div>
      ) : (
        <h1>{title}</h1>
      )}
      {data.awaited === true && <PeopleAwaited t={t} oldAccountsUrl={data.oldAccountsUrl} />}
      {data.tryUrl !== undefined && (
        <section class="panel lone" aria-labelledby="try">
          <h2 id="try">{t('admin.try.heading')}</h2>
          <p>{t('admin.try.what')}</p>
          <p class="panel-foot">
            <ButtonLink href={data.tryUrl}>{t('admin.try.open')}</ButtonLink>
          </p>
        </section>
      )}
      {mode === 'edit' && <Clients frame={frame} data={data} />}
      {mode === 'edit' && <Providers frame={frame} data={data} />}
      {data.moderatorsUrl !== undefined && (
        <section class="panel lone" aria-labelledby="moderators">
          <h2 id="moderators">{t('admin.moderators.title', { application: title })}</h2>
          <p>{t('admin.moderators.lead')}</p>
          <p class="panel-foot">
            <ButtonLink href={data.moderatorsUrl}>{t('admin.moderators.open')}</ButtonLink>
          </p>
        </section>
      )}
      {data.mailUrl !== undefined && (
        <section class="panel lone" aria-labelledby="mail">
          <h2 id="mail">{t('admin.senders.title', { application: title })}</h2>
          <p>{t('admin.senders.link_what')}</p>
          <p class="panel-foot">
            <ButtonLink href={data.mailUrl}>{t('admin.senders.open')}</ButtonLink>
          </p>
        </section>
      )}
      {data.oldAccountsUrl !== undefined && (
        <section class="panel lone" aria-labelledby="old-accounts">
          <h2 id="old-accounts">{t('admin.application.old_title')}</h2>
          <p>{t('admin.application.old_what')}</p>
          <p class="panel-foot">
            <ButtonLink href={data.oldAccountsUrl}>{t('admin.application.old_open')}</ButtonLink>
          </p>
        </section>
      )}
      <PostForm action={data.action} csrf={csrf} class="stack" files>
        <section class="panel" aria-labelledby="about">
          <h2 id="about">{t('admin.application.about')}</h2>
          <Field t={t} form={form} name="name" label={t('admin.application.name')} required />
          <Field
            t={t}
            form={form}
            name="homeUrl"
            label={t('admin.application.home')}
            hint={t('admin.application.home_hint')}
            type="url"
            inputMode="url"
            required
          />
          <PictureField
            t={t}
            form={form}
            label={t('admin.application.icon')}
            hint={t('admin.application.icon_hint')}
            accept="image/png,image/jpeg,image/webp,image/gif,image/svg+xml"
            current={data.iconUrl}
            removeLabel={t('admin.application.icon_remove')}
          />
        </section>
        <PeopleFields t={t} form={form} />
        <EntryFields t={t} form={form} groups={data.groups} />
        <RuleFields t={t} form={form} presets={data.rulePresets} />
        <ModerationFields t={t} form={form} />
        <OldNamesFields t={t} form={form} />
        <EmailFields t={t} form={form} isNew={mode === 'create'} />
        <p>
          <Button>{mode === 'create' ? t('admin.application.create') : t('admin.save')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Clients({ frame, data }: { frame: Frame; data: ApplicationData }) {
  const { t } = frame;
  const { clients = [], addClientUrl, instructionsUrl } = data;
  return (
    <section class="panel lone" aria-labelledby="clients">
      <h2 id="clients">{t('admin.application.clients')}</h2>
      <p>{t('admin.application.clients_what')}</p>
      <Rows entries={clients} />
      {instructionsUrl !== undefined && (
        <p class="panel-foot">
          <a href={instructionsUrl}>{t('admin.template.link')}</a>
        </p>
      )}
      {addClientUrl !== undefined && (
        <p class="panel-foot">
          <ButtonLink href={addClientUrl}>{t('admin.application.client_add')}</ButtonLink>
        </p>
      )}
    </section>
  );
}

function Providers({ frame, data }: { frame: Frame; data: ApplicationData }) {
  const { t } = frame;
  const { providers = [], addProviderUrl } = data;
  return (
    <section class="panel lone" aria-labelledby="providers">
      <h2 id="providers">{t('admin.application.providers')}</h2>
      <p>{t('admin.application.providers_what')}</p>
      <Rows entries={providers} />
      {addProviderUrl !== undefined && (
        <p class="panel-foot">
          <ButtonLink href={addProviderUrl}>{t('admin.application.provider_add')}</ButtonLink>
        </p>
      )}
    </section>
  );
}

function Rows({ entries }: { entries: NonNullable<ApplicationData['clients']> }) {
  if (entries.length === 0) return null;
  return (
    <ul class="rows">
      {entries.map(({ id, label, url }) => (
        <li key={id} class="row">
          <a class="cover" href={url}>
            {label}
          </a>
        </li>
      ))}
    </ul>
  );
}
