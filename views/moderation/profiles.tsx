import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Field } from '../parts/Field.tsx';
import { valueOf, type Form } from '../parts/form.ts';
import { Select } from '../parts/Select.tsx';
import { Status, type ProfileStatus } from '../parts/Status.tsx';
import { Table } from '../parts/Table.tsx';
import { When } from '../parts/When.tsx';
import { Places, type Moderated } from './places.tsx';

/** A profile in the list. */
export type ShownProfile = {
  readonly id: string;
  readonly name: string;
  readonly status: ProfileStatus;
  readonly source: 'created' | 'requested' | 'invited' | 'imported';
  readonly createdDay: string;
};

const STATUSES = ['active', 'requested', 'blocked', 'retired', 'deleted'] as const;

/** The search is a form by GET: text, status. */
export type ProfilesData = {
  readonly application: Moderated;
  readonly profiles: readonly ShownProfile[];
  readonly form: Form;
  readonly nextUrl?: string | undefined;
};

/** The profiles of an application by name, for its moderators. */
export function moderationProfilesPage(frame: Frame, { application, profiles, form, nextUrl }: ProfilesData): string {
  const { t, language } = frame;
  const title = t('moderation.profiles_title', { application: application.name });
  const here = `/moderation/${application.id}/profiles`;
  const isSearch = valueOf(form, 'text') !== '' || valueOf(form, 'status') !== '';
  const statuses = STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) }));
  const body = (
    <>
      <Places frame={frame} application={application} here="/profiles" />
      <h1>{title}</h1>
      <p class="lead">{t('moderation.profiles_lead')}</p>
      <form method="get" action={here} class="panel">
        <Field t={t} form={form} name="text" label={t('moderation.search')} hint={t('moderation.search_hint')} />
        <Select
          t={t}
          form={form}
          name="status"
          label={t('moderation.status')}
          options={[{ value: '', label: t('moderation.status_any') }, ...statuses]}
        />
        <Button look="secondary">{t('moderation.search_submit')}</Button>
      </form>
      {profiles.length === 0 ? (
        <p>{t(isSearch ? 'moderation.found_nothing' : 'moderation.no_profiles')}</p>
      ) : (
        <Table
          caption={title}
          columns={[t('moderation.name'), t('moderation.status'), t('moderation.source'), t('moderation.created')]}
          rows={profiles.map(({ id, name, status, source, createdDay }) => [
            <a key={id} href={`${here}/${id}`}>
              {name}
            </a>,
            <Status key={id} t={t} status={status} />,
            t(`moderation.source_${source}`),
            <When key={id} language={language} at={createdDay} />,
          ])}
        />
      )}
      {nextUrl !== undefined && (
        <nav class="pages" aria-label={t('moderation.profiles_pages')}>
          <a href={nextUrl}>{t('moderation.next')}</a>
        </nav>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
