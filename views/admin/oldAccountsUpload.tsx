import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyLines } from '../parts/CopyLines.tsx';
import { Csrf } from '../parts/Csrf.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { FileField } from '../parts/FileField.tsx';
import type { Form } from '../parts/form.ts';
import { Select, type Option } from '../parts/Select.tsx';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';

/** A way to read the people out of one kind of database. */
export type ShownExport = {
  readonly engine: string;
  readonly statement: string;
  /** Of which one, according to the installation, runs the statement. */
  readonly commands: readonly string[];
};

/** Fields of the file's form: source (hidden), pepper, salt, file. The choice before it asks by `?source=`. */
export type UploadData = {
  readonly application: OldAccountsOf;
  readonly sources: readonly Option[];
  readonly source: {
    readonly id: string;
    readonly name: string;
    readonly exports: readonly ShownExport[];
    /** The file that the statement is saved as. */
    readonly statementFile: string;
    readonly columns: readonly string[];
    readonly secrets: readonly ('pepper' | 'salt')[];
  };
  /** The most bytes of a file, in words. */
  readonly limit: string;
  readonly form: Form;
  readonly csrf: string;
};

/** How the people of an application are read out of its database, and the form that takes the file. */
export function uploadPage(frame: Frame, data: UploadData): string {
  const { t } = frame;
  const { application, source, form } = data;
  const title = t('admin.old.upload.title');
  const choice: Form = { values: { source: source.id }, errors: [] };
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      <div class="stack">
        <section class="panel" aria-labelledby="kind">
          <h2 id="kind">{t('admin.old.upload.kind')}</h2>
          <form method="get" action={`${application.path}/new#export`}>
            <Select
              t={t}
              form={choice}
              name="source"
              scope="kind"
              label={t('admin.old.upload.source')}
              hint={t('admin.old.upload.source_hint')}
              options={data.sources}
              required
            />
            <Button look="secondary">{t('admin.old.upload.choose')}</Button>
          </form>
        </section>
        <section class="panel" aria-labelledby="export">
          <h2 id="export">{t('admin.old.upload.export', { source: source.name })}</h2>
          {source.exports.length === 0 ? (
            <Columns frame={frame} source={source} />
          ) : (
            <Exports frame={frame} source={source} />
          )}
        </section>
        <section class="panel" aria-labelledby="send">
          <h2 id="send">{t('admin.old.upload.send')}</h2>
          <p>{t('admin.old.upload.send_what', { limit: data.limit })}</p>
          <form method="post" action={`${application.path}/new`} enctype="multipart/form-data" novalidate>
            <Csrf token={data.csrf} />
            <input type="hidden" name="source" value={source.id} />
            {source.secrets.map((secret) => (
              <Field
                key={secret}
                t={t}
                form={form}
                name={secret}
                type="password"
                autocomplete="off"
                label={t(`admin.old.upload.${secret}`)}
                hint={t(`admin.old.upload.${secret}_hint`)}
              />
            ))}
            <FileField
              t={t}
              form={form}
              name="file"
              label={t('admin.old.upload.file')}
              hint={t('admin.old.upload.file_hint')}
              accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,.gz"
              required
            />
            <Button>{t('admin.old.upload.do')}</Button>
          </form>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Exports({ frame: { t }, source }: { frame: Frame; source: UploadData['source'] }) {
  return (
    <>
      {source.exports.map(({ engine, statement, commands }) => (
        <div key={engine}>
          {source.exports.length > 1 && <h3>{engine}</h3>}
          <p>{t('admin.old.upload.save', { file: source.statementFile })}</p>
          <CopyLines t={t} label={t('admin.old.upload.statement')} text={statement} />
          <p>{t('admin.old.upload.run', { count: commands.length })}</p>
          {commands.map((command) => (
            <CopyLines key={command} t={t} label={t('admin.old.upload.command')} text={command} />
          ))}
        </div>
      ))}
      <p>{t('admin.old.upload.rehearse')}</p>
    </>
  );
}

function Columns({ frame: { t }, source }: { frame: Frame; source: UploadData['source'] }) {
  return (
    <>
      <p>{t('admin.old.upload.columns')}</p>
      <ul class="steps">
        <li>
          <code>name</code> – {t('admin.old.column.name')}
        </li>
        <li>
          <code>hash</code>, <code>salt</code>, <code>algorithm</code>, <code>iterations</code> –{' '}
          {t('admin.old.column.hash')}
        </li>
        <li>
          <code>address</code>, <code>confirmed</code> – {t('admin.old.column.address')}
        </li>
        <li>
          <code>disabled</code>, <code>second_factor</code> – {t('admin.old.column.disabled')}
        </li>
        <li>
          <code>key</code> – {t('admin.old.column.key')}
        </li>
      </ul>
      <p>{t('admin.old.upload.columns_must', { columns: source.columns.join(', ') })}</p>
    </>
  );
}
