import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyLines } from '../parts/CopyLines.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import type { LabelledProps } from '../parts/Labelled.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Select, type Option } from '../parts/Select.tsx';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';

/** What an application's settings say: one of the options, or any text where there are none. */
export type TellAsk = {
  readonly name: string;
  readonly label: string;
  readonly options?: readonly Option[] | undefined;
};

/** A file for the application and its way back; fields of its form: engine, protocol, uid, and what is asked. */
export type TellFile = {
  readonly kind: 'link' | 'move';
  readonly engines: readonly Option[];
  readonly protocols: readonly Option[];
  readonly uids: readonly Option[];
  readonly asks: readonly TellAsk[];
  readonly form: Form;
  /** Of which one, according to the installation and its database, runs the file. */
  readonly runs: readonly string[];
  /** What stands in them for the database, where there are any. */
  readonly database?: string | undefined;
  /** What writes the same files on the machine itself, for each database. */
  readonly writes: readonly string[];
};

/** The file is asked for at `<kind>/forward` and `<kind>/back` below its address. */
export type TellData = {
  readonly application: OldAccountsOf;
  readonly path: string;
  readonly source: string;
  readonly files: readonly TellFile[];
  /** What must be known of the application before. */
  readonly note?: string | undefined;
  readonly notice?: string | undefined;
};

/** Files that tell an application which of its accounts is whose, and which addresses are replaced. */
export function tellPage(frame: Frame, data: TellData): string {
  const { t } = frame;
  const { application, files } = data;
  const title = t('admin.old.tell');
  const body = (
    <>
      <Notice text={data.notice} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      <p class="lead">{t('admin.old.tell_lead')}</p>
      {data.note !== undefined && <p>{data.note}</p>}
      <div class="stack">
        {files.length === 0 && <p>{t('admin.old.tell_none', { source: data.source })}</p>}
        {files.map((file) => (
          <File key={file.kind} frame={frame} data={data} file={file} />
        ))}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function File({ frame: { t }, data: { path }, file }: { frame: Frame; data: TellData; file: TellFile }) {
  const { kind, form } = file;
  // Two files of one page: whoever does not see the heading above hears which one a button is for.
  const which = <span class="unseen"> – {t(`admin.old.tell.${kind}`)}</span>;
  return (
    <section class="panel" aria-labelledby={kind}>
      <h2 id={kind}>{t(`admin.old.tell.${kind}`)}</h2>
      <p>{t(`admin.old.tell.${kind}_what`)}</p>
      <form method="get" action={`${path}/${kind}/back`}>
        {(
          [
            ['engine', file.engines],
            ['protocol', file.protocols],
            ['uid', file.uids],
          ] as const
        )
          .filter(([, options]) => options.length > 1)
          .map(([name, options]) => (
            <Select
              key={name}
              t={t}
              form={form}
              name={name}
              scope={kind}
              label={t(`admin.old.tell.${name}`)}
              options={options}
              required
            />
          ))}
        {file.asks.map(({ name, label, options }) => (
          <Answer key={name} t={t} form={form} name={name} scope={kind} label={label} options={options} />
        ))}
        <p class="files">
          <Button look="secondary">
            {t('admin.old.tell.back')}
            {which}
          </Button>
          <button type="submit" class="button primary" formAction={`${path}/${kind}/forward`}>
            {t('admin.old.tell.forward')}
            {which}
          </button>
        </p>
      </form>
      {file.runs.length > 0 && <p>{t('admin.old.tell.run', { count: file.runs.length })}</p>}
      {file.runs.map((command) => (
        <CopyLines key={command} t={t} label={t('admin.old.upload.command')} text={command} />
      ))}
      {file.database !== undefined && <p>{file.database}</p>}
      <p>{t('admin.old.tell.command', { count: file.writes.length })}</p>
      {file.writes.map((command) => (
        <CopyLines key={command} t={t} label={t('admin.old.upload.command')} text={command} />
      ))}
    </section>
  );
}

function Answer({ options, ...field }: LabelledProps & { form: Form; options: readonly Option[] | undefined }) {
  if (options === undefined) return <Field {...field} required />;
  return options.length > 1 ? <Select {...field} options={options} required /> : null;
}
