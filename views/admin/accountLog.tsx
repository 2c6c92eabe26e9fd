import { page, type Frame } from '../layout.tsx';
import { Table } from '../parts/Table.tsx';
import { momentText } from '../parts/When.tsx';

/** What happened to one account. `hour`: milliseconds; `by`: who did it, empty where it was its owner. */
export type AccountLogData = {
  readonly id: string;
  readonly loginName: string;
  readonly entries: readonly { readonly hour: number; readonly text: string; readonly by: string }[];
  /** For so many days it is kept. */
  readonly days: number;
};

/** What happened to an account, for administrators: to the hour, and nothing of what it does at any application. */
export function accountLogPage(frame: Frame, { id, loginName, entries, days }: AccountLogData): string {
  const { t, language } = frame;
  const title = t('account_log.title', { login: loginName });
  const body = (
    <>
      <p class="crumb">
        <a href={`/admin/accounts/${id}`}>{loginName}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{t('account_log.lead', { days })}</p>
      {entries.length === 0 ? (
        <p>{t('account_log.empty')}</p>
      ) : (
        <Table
          caption={title}
          columns={[t('account_log.hour'), t('account_log.what'), t('account_log.by')]}
          rows={entries.map(({ hour, text, by }) => [momentText(language, hour), text, by])}
        />
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
