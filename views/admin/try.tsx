import { page, type Frame } from '../layout.tsx';
import { ApplicationMark } from '../parts/Application.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { blankForm } from '../parts/form.ts';
import { isWebAddress } from '../parts/Link.tsx';
import { Table } from '../parts/Table.tsx';
import { SignIns, type Recent } from './signIns.tsx';
import { Tried, type TriedProvider } from './triedProvider.tsx';

/** A rule that stands in the way, and where to mend it; translated. */
export type Problem = {
  readonly text: string;
  readonly link?: { readonly url: string; readonly label: string } | undefined;
};

/** One claim with its value, what opens it, and in which answers it stands. */
export type Claim = {
  readonly name: string;
  readonly value: string;
  readonly by: string;
  readonly idToken: boolean;
  readonly userinfo: boolean;
};

export type TriedClient = {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly facts: readonly Fact[];
  readonly claims: readonly Claim[];
};

export type TryData = {
  readonly application: {
    readonly name: string;
    readonly iconUrl?: string | undefined;
    readonly url: string;
    readonly homeUrl: string;
  };
  /** Whether people prove a second factor before they enter. */
  readonly asksFactor: boolean;
  readonly problems: readonly Problem[];
  /** The profile of the administrator that is looked at; none where they have none. */
  readonly profile: { readonly name: string; readonly subject: string } | undefined;
  readonly profiles: readonly { readonly name: string; readonly url: string; readonly current: boolean }[];
  /** Where the administrator makes a profile there, when that is possible. */
  readonly createUrl: string | undefined;
  readonly clients: readonly TriedClient[];
  readonly providers: readonly TriedProvider[];
  readonly csrf: string;
  readonly recent: readonly Recent[];
};

/** An application before people use it: what would refuse, what would be sent, how the last sign-ins went. */
export function tryPage(frame: Frame, data: TryData): string {
  const { t } = frame;
  const { application } = data;
  const title = t('admin.try.title', { application: application.name });
  const body = (
    <>
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <div class="title-row">
        <ApplicationMark application={application} />
        <h1>{title}</h1>
      </div>
      <div class="stack">
        <Problems frame={frame} data={data} />
        <SignIns frame={frame} recent={data.recent} />
        <Shown frame={frame} data={data} />
        {data.clients.map((client) => (
          <Sent key={client.id} frame={frame} client={client} />
        ))}
        {data.providers.map((provider) => (
          <Tried key={provider.id} frame={frame} provider={provider} form={blankForm} csrf={data.csrf} />
        ))}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

type Part = { frame: Frame; data: TryData };

function Problems({ frame: { t }, data: { asksFactor, problems, application } }: Part) {
  return (
    <section class={problems.length === 0 ? 'panel' : 'panel marked'} aria-labelledby="problems">
      <h2 id="problems">{t('admin.try.problems')}</h2>
      {problems.length === 0 ? (
        <p>{t('admin.try.problems_none')}</p>
      ) : (
        <ul class="points">
          {problems.map(({ text, link }) => (
            <li key={text}>
              {text} {link !== undefined && <a href={link.url}>{link.label}</a>}
            </li>
          ))}
        </ul>
      )}
      {asksFactor && <p>{t('admin.try.factor', { application: application.name })}</p>}
      {isWebAddress(application.homeUrl) && (
        <>
          <p>{t('admin.try.begin_what', { application: application.name })}</p>
          <p class="panel-foot">
            <a class="button primary" href={application.homeUrl} rel="noreferrer">
              {t('admin.try.begin', { application: application.name })}
            </a>
          </p>
        </>
      )}
    </section>
  );
}

function Shown({ frame: { t }, data: { profile, profiles, createUrl, application } }: Part) {
  return (
    <section class="panel" aria-labelledby="shown">
      <h2 id="shown">{t('admin.try.profile')}</h2>
      {profile === undefined ? (
        <p>{t('admin.try.profile_none', { application: application.name })}</p>
      ) : (
        <>
          <p>{t('admin.try.profile_what', { name: profile.name })}</p>
          <Facts t={t} facts={[{ label: t('admin.application.subject'), value: profile.subject }]} />
        </>
      )}
      {profiles.length > 1 && (
        <nav aria-label={t('admin.try.profiles')}>
          <p>{t('admin.try.profiles')}</p>
          <ul class="points">
            {profiles.map(({ name, url, current }) => (
              <li key={url}>
                <a href={url} aria-current={current ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {profile === undefined && createUrl !== undefined && (
        <p class="panel-foot">
          <ButtonLink href={createUrl}>{t('home.create')}</ButtonLink>
        </p>
      )}
    </section>
  );
}

function Sent({ frame: { t }, client }: { frame: Frame; client: TriedClient }) {
  const { id, label, url, facts, claims } = client;
  const heading = t('admin.try.client', { client: label });
  return (
    <section class="panel" aria-labelledby={`client-${id}`}>
      <h2 id={`client-${id}`}>{heading}</h2>
      {claims.length > 0 && (
        <Table
          caption={t('admin.try.claims', { client: label })}
          columns={[t('admin.try.claim'), t('admin.try.value'), t('admin.try.scope'), t('admin.try.where')]}
          rows={claims.map(({ name, value, by, idToken, userinfo }) => [
            <code>{name}</code>,
            value,
            by,
            [idToken ? [t('admin.try.id_token')] : [], userinfo ? [t('admin.try.userinfo')] : []].flat().join(', '),
          ])}
        />
      )}
      {claims.length > 0 && <p class="hint">{t('admin.try.by_name_what')}</p>}
      <Facts t={t} facts={facts} />
      <p class="panel-foot">
        <ButtonLink href={url}>{t('admin.try.to_client')}</ButtonLink>
      </p>
    </section>
  );
}
