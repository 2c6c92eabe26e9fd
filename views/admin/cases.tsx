import { page, type Frame } from '../layout.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Table } from '../parts/Table.tsx';
import { momentText } from '../parts/When.tsx';
import { Desk, Turning } from './desk.tsx';

/** A case in a list. `day`: when the profile was first referred (ISO). */
export type CaseRow = {
  readonly id: string;
  readonly profile: string;
  readonly application: string;
  readonly day: string;
  readonly entries: number;
};

export type CasesData = {
  readonly status: 'open' | 'closed';
  readonly cases: readonly CaseRow[];
  /** On all pages. */
  readonly total: number;
  readonly previousUrl?: string | undefined;
  readonly nextUrl?: string | undefined;
  readonly notice?: string | undefined;
};

/** What moderators referred to the administrators: the profiles, and nothing of who owns them. */
export function casesPage(frame: Frame, { status, cases, total, previousUrl, nextUrl, notice }: CasesData): string {
  const { t, language } = frame;
  const isOpen = status === 'open';
  const title = isOpen ? t('admin.cases.title') : t('admin.cases.closed_title');
  const body = (
    <>
      <Notice text={notice} />
      <Desk frame={frame} here="/admin/cases" />
      <h1>{title}</h1>
      <p class="lead">{t('admin.cases.lead')}</p>
      <p>{isOpen ? t('admin.cases.total_open', { count: total }) : t('admin.cases.total_closed', { count: total })}</p>
      {cases.length > 0 && (
        <Table
          caption={title}
          columns={[
            t('admin.cases.profile'),
            t('admin.cases.application'),
            t('admin.cases.day'),
            t('admin.cases.entries'),
          ]}
          rows={cases.map(({ id, profile, application, day, entries }) => [
            <a href={`/admin/cases/${id}`}>{profile}</a>,
            application,
            momentText(language, day),
            String(entries),
          ])}
        />
      )}
      <Turning frame={frame} previous={previousUrl} next={nextUrl} />
      <p>
        {isOpen ? (
          <a href="/admin/cases?status=closed">{t('admin.cases.see_closed')}</a>
        ) : (
          <a href="/admin/cases">{t('admin.cases.see_open')}</a>
        )}
      </p>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
