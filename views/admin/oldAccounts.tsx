import { page, type Frame } from '../layout.tsx';
import { ApplicationMark } from '../parts/Application.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { When } from '../parts/When.tsx';

/** The application whose old accounts the page is about; `path` is the address of their pages. */
export type OldAccountsOf = {
  readonly name: string;
  readonly iconUrl?: string | undefined;
  readonly url: string;
  readonly path: string;
};

/** A file or a batch in a list: where it leads, what it is, how it stands in words. */
export type OldAccountsEntry = {
  readonly url: string;
  readonly label: string;
  readonly day: string;
  readonly state: string;
};

export type OldAccountsData = {
  readonly application: OldAccountsOf;
  readonly files: readonly OldAccountsEntry[];
  readonly batches: readonly OldAccountsEntry[];
  /** Whether there is anything to tell people, to hand out, to tell the application. */
  readonly hasNames: boolean;
  readonly notice?: string | undefined;
};

/** What stands above each of these pages. */
export function OldAccountsHead({ application, title }: { application: OldAccountsOf; title: string }) {
  return (
    <div class="title-row">
      <ApplicationMark application={application} />
      <h1>{title}</h1>
    </div>
  );
}

/** The way back to the application and to its old accounts. */
export function OldAccountsCrumbs({ frame: { t }, application }: { frame: Frame; application: OldAccountsOf }) {
  return (
    <p class="crumb">
      <a href={application.path}>{t('admin.old.title', { application: application.name })}</a>
    </p>
  );
}

/** Old accounts of an application: what was imported, what is on its way, what can be done with it. */
export function oldAccountsPage(frame: Frame, data: OldAccountsData): string {
  const { t } = frame;
  const { application, files, batches, hasNames } = data;
  const title = t('admin.old.title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <OldAccountsHead application={application} title={title} />
      <p class="lead">{t('admin.old.lead')}</p>
      <div class="stack">
        <section class="panel" aria-labelledby="files">
          <h2 id="files">{t('admin.old.files')}</h2>
          <p>{files.length === 0 ? t('admin.old.files_none') : t('admin.old.files_what')}</p>
          <Entries frame={frame} entries={files} />
          <p class="panel-foot">
            <ButtonLink href={`${application.path}/new`} look={hasNames ? 'secondary' : 'primary'}>
              {t('admin.old.new')}
            </ButtonLink>
          </p>
        </section>
        <section class="panel" aria-labelledby="batches">
          <h2 id="batches">{t('admin.old.batches')}</h2>
          <p>{batches.length === 0 ? t('admin.old.batches_none') : t('admin.old.batches_what')}</p>
          <Entries frame={frame} entries={batches} />
        </section>
        {hasNames && <Further frame={frame} path={application.path} />}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Entries({ frame: { language }, entries }: { frame: Frame; entries: readonly OldAccountsEntry[] }) {
  if (entries.length === 0) return null;
  return (
    <ul class="rows">
      {entries.map(({ url, label, day, state }) => (
        <li key={url} class="row">
          <div class="row-main">
            <a class="cover" href={url}>
              {label}
            </a>
            <p class="row-detail">
              <When language={language} at={day} /> – {state}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Further({ frame: { t }, path }: { frame: Frame; path: string }) {
  return (
    <>
      <section class="panel" aria-labelledby="tell">
        <h2 id="tell">{t('admin.old.tell')}</h2>
        <p>{t('admin.old.tell_what')}</p>
        <p class="panel-foot">
          <ButtonLink href={`${path}/tell`}>{t('admin.old.tell_open')}</ButtonLink>
        </p>
      </section>
      <section class="panel" aria-labelledby="notices">
        <h2 id="notices">{t('admin.old.notices')}</h2>
        <p>{t('admin.old.notices_what')}</p>
        <p class="panel-foot">
          <ButtonLink href={`${path}/notices`}>{t('admin.old.notices_open')}</ButtonLink>
        </p>
      </section>
      <section class="panel" aria-labelledby="hand">
        <h2 id="hand">{t('admin.old.hand')}</h2>
        <p>{t('admin.old.hand_what')}</p>
        <p class="panel-foot">
          <ButtonLink href={`${path}/hand`}>{t('admin.old.hand_open')}</ButtonLink>
        </p>
      </section>
    </>
  );
}
