import { page, type Frame } from '../layout.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { Link, hostOf } from '../parts/Link.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Table } from '../parts/Table.tsx';

export type ApplicationsData = {
  readonly applications: readonly {
    readonly id: string;
    readonly name: string;
    readonly homeUrl: string;
    readonly clients: number;
    /** Who may enter, translated: see `admin.application.entry_*`. */
    readonly entry: string;
  }[];
  readonly createUrl: string;
  readonly notice?: string | undefined;
};

/** Every application of the instance; each name leads to /admin/applications/<id>. */
export function applicationsPage(frame: Frame, { applications, createUrl, notice }: ApplicationsData): string {
  const { t } = frame;
  const title = t('admin.applications.title');
  const body = (
    <>
      <Notice text={notice} />
      <h1>{title}</h1>
      <p class="lead">{t('admin.applications.lead')}</p>
      <p>
        <ButtonLink href={createUrl} look="primary">
          {t('admin.applications.create')}
        </ButtonLink>
      </p>
      {applications.length === 0 ? (
        <p>{t('admin.applications.empty')}</p>
      ) : (
        <Table
          caption={title}
          columns={[
            t('admin.application.name'),
            t('admin.applications.address'),
            t('admin.application.entry'),
            t('admin.applications.clients'),
          ]}
          rows={applications.map(({ id, name, homeUrl, clients, entry }) => [
            <a href={`/admin/applications/${id}`}>{name}</a>,
            <Link href={homeUrl}>{hostOf(homeUrl)}</Link>,
            entry,
            String(clients),
          ])}
        />
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
