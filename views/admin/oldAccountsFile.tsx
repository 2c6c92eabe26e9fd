import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Table } from '../parts/Table.tsx';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';

/** A name and its value, both in words. */
export type Said = readonly [label: string, value: string];

/** How far some work is: between 0 and 1, and in words. */
export type Progress = { readonly part: number; readonly words: string };

/** A line that would not be imported. */
export type ShownProblem = { readonly line: number; readonly reason: string };

/** What the check of a file found. */
export type ShownReport = {
  readonly facts: readonly Said[];
  /** How many lines are wrong for each reason. */
  readonly reasons: readonly Said[];
  /** Kinds of passwords, and how many of each. */
  readonly schemes: readonly Said[];
  /** The first of the wrong lines; `more`: how many there are besides. */
  readonly problems: readonly ShownProblem[];
  readonly more: number;
};

/**
 * A file on its way. What may be done with it posts to `import`, `stop`, `go-on` and `discard` below its address; the
 * rejected lines are below it as `rejects`.
 */
export type FileData = {
  readonly application: OldAccountsOf;
  readonly path: string;
  readonly facts: readonly Said[];
  readonly step: 'waiting' | 'checking' | 'checked' | 'asked' | 'importing' | 'stopped' | 'done' | 'failed';
  /** Whether nothing is heard any more of whoever was checking or importing it. */
  readonly isLeft?: boolean | undefined;
  /** What went wrong, in words. */
  readonly problem?: string | undefined;
  readonly progress?: Progress | undefined;
  /** Whether the page loads itself again, and where it does or does so no more. */
  readonly follows: boolean;
  readonly followUrl: string;
  readonly report?: ShownReport | undefined;
  readonly counts?: readonly Said[] | undefined;
  readonly rejected: number;
  readonly batchUrl?: string | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

const BUSY: ReadonlySet<FileData['step']> = new Set(['waiting', 'checking', 'asked', 'importing']);

/** A file with old accounts, from its check to the end of its import. */
export function filePage(frame: Frame, data: FileData): string {
  const { t } = frame;
  const { application } = data;
  const title = t('admin.old.file.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      <div class="stack">
        <State frame={frame} data={data} />
        {data.report && <Report frame={frame} report={data.report} />}
        <Rejected frame={frame} data={data} />
        {(data.isLeft === true || (data.step !== 'importing' && data.step !== 'checking')) && (
          <Discard frame={frame} data={data} />
        )}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Saids({ facts }: { facts: readonly Said[] }) {
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function State({ frame: { t }, data }: { frame: Frame; data: FileData }) {
  const { step, progress, path, csrf } = data;
  const isBusy = BUSY.has(step);
  return (
    <section class={step === 'checked' || step === 'failed' ? 'panel marked' : 'panel'} aria-labelledby="state">
      <h2 id="state">{t(`admin.old.file.${step}`)}</h2>
      <p>{data.problem ?? t(`admin.old.file.${step}_what`)}</p>
      {data.isLeft === true && <p class="caution">{t('admin.old.file.left')}</p>}
      {progress && (
        <div class="progress">
          <progress max="1000" value={String(Math.round(progress.part * 1000))} aria-labelledby="state" />
          <p class="row-detail">{progress.words}</p>
        </div>
      )}
      <Saids facts={[...data.facts, ...(data.counts ?? [])]} />
      {isBusy && (
        <p class="panel-foot">
          <ButtonLink href={data.followUrl}>
            {data.follows ? t('admin.old.file.follow_end') : t('admin.old.file.follow')}
          </ButtonLink>
        </p>
      )}
      {step === 'checked' && (
        <PostForm action={`${path}/import`} csrf={csrf}>
          <Button>{t('admin.old.file.import')}</Button>
        </PostForm>
      )}
      {(step === 'importing' || step === 'asked') && (
        <PostForm action={`${path}/stop`} csrf={csrf}>
          <Button look="secondary">{t('admin.old.file.stop')}</Button>
        </PostForm>
      )}
      {(step === 'stopped' || step === 'failed') && (
        <PostForm action={`${path}/go-on`} csrf={csrf}>
          <Button>{t('admin.old.file.go_on')}</Button>
        </PostForm>
      )}
      {data.batchUrl !== undefined && (
        <p class="panel-foot">
          <ButtonLink href={data.batchUrl}>{t('admin.old.file.batch')}</ButtonLink>
        </p>
      )}
    </section>
  );
}

function Report({ frame: { t, language }, report }: { frame: Frame; report: ShownReport }) {
  const number = new Intl.NumberFormat(language);
  const { facts, reasons, schemes, problems, more } = report;
  return (
    <section class="panel counts" aria-labelledby="report">
      <h2 id="report">{t('admin.old.report.title')}</h2>
      <p>{t('admin.old.report.what')}</p>
      <Saids facts={facts} />
      {schemes.length > 0 && (
        <>
          <h3>{t('admin.old.report.schemes')}</h3>
          <Saids facts={schemes} />
        </>
      )}
      {reasons.length > 0 && (
        <>
          <h3>{t('admin.old.report.reasons')}</h3>
          <Saids facts={reasons} />
          {problems.length > 0 && (
            <Table
              caption={t('admin.old.report.lines')}
              columns={[t('admin.old.report.line'), t('admin.old.report.reason')]}
              rows={problems.map(({ line, reason }) => [number.format(line), reason])}
            />
          )}
          {more > 0 && <p>{t('admin.old.report.more', { count: more })}</p>}
        </>
      )}
    </section>
  );
}

function Rejected({ frame: { t }, data: { rejected, path, step } }: { frame: Frame; data: FileData }) {
  if (rejected === 0 || (step !== 'done' && step !== 'stopped')) return null;
  return (
    <section class="panel" aria-labelledby="rejected">
      <h2 id="rejected">{t('admin.old.rejects.title', { count: rejected })}</h2>
      <p>{t('admin.old.rejects.what')}</p>
      <p class="panel-foot">
        <ButtonLink href={`${path}/rejects`}>{t('admin.old.rejects.download')}</ButtonLink>
      </p>
    </section>
  );
}

function Discard({ frame: { t }, data: { path, csrf, step } }: { frame: Frame; data: FileData }) {
  return (
    <section class="panel" aria-labelledby="discard">
      <h2 id="discard">{t('admin.old.file.discard_title')}</h2>
      <p>{step === 'done' ? t('admin.old.file.discard_done') : t('admin.old.file.discard_what')}</p>
      <PostForm action={`${path}/discard`} csrf={csrf}>
        <Button look={step === 'done' ? 'secondary' : 'danger'}>{t('admin.old.file.discard')}</Button>
      </PostForm>
    </section>
  );
}
