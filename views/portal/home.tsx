import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { ApplicationMark, type ApplicationLabel } from '../parts/Application.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { Link, hostOf } from '../parts/Link.tsx';
import { Monogram } from '../parts/Monogram.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Status, type ProfileStatus } from '../parts/Status.tsx';
import { When } from '../parts/When.tsx';

export type HomeProfile = {
  readonly id: string;
  readonly name: string;
  readonly note?: string | undefined;
  readonly status: ProfileStatus;
  readonly lastUsedDay?: string | undefined;
  readonly alias?: string | undefined;
};

export type HomeApplication = ApplicationLabel & {
  readonly id: string;
  readonly profiles: readonly HomeProfile[];
  /** Where a new profile is made; left out when none can be. */
  readonly createUrl?: string | undefined;
  /** Why none can be made for now, translated. */
  readonly createReason?: string | undefined;
  /** Names that were the person's there before. */
  readonly offers?: readonly string[] | undefined;
  /** Where people take back an account that they had there before, if there were any. */
  readonly oldAccountUrl?: string | undefined;
  readonly quota: { readonly used: number; readonly limit: number };
};

/** A request for a profile that was refused lately: the name asked for, and why. */
export type RefusedRequest = {
  readonly profile: string;
  readonly application: string;
  readonly reason: string;
  /** The moderators' own words, which may be empty. */
  readonly words: string;
};

export type HomeData = {
  readonly applications: readonly HomeApplication[];
  readonly refused?: readonly RefusedRequest[];
  readonly notice?: string | undefined;
};

/** All profiles of the person, application by application. */
export function homePage(frame: Frame, { applications, refused = [], notice }: HomeData): string {
  const { t } = frame;
  const title = t('home.title');
  const none = applications.every((application) => application.profiles.length === 0);
  const canCreate = applications.some((application) => application.createUrl !== undefined);
  const hasOffers = applications.some(({ offers = [] }) => offers.length > 0);
  const body = (
    <>
      <Notice text={notice} />
      <h1>{title}</h1>
      {none ? (
        <Welcome frame={frame} canCreate={canCreate} hasOffers={hasOffers} />
      ) : (
        <p class="lead">{t('home.lead')}</p>
      )}
      <div class="stack">
        {refused.length > 0 && <Refused frame={frame} refused={refused} />}
        {applications.map((application) => (
          <ApplicationPanel key={application.id} frame={frame} application={application} />
        ))}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Refused({ frame: { t }, refused }: { frame: Frame; refused: readonly RefusedRequest[] }) {
  return (
    <section class="panel" aria-labelledby="refused">
      <h2 id="refused">{t('home.refused_title')}</h2>
      <ul>
        {refused.map((request, index) => (
          <li key={index}>{t('home.refused', request)}</li>
        ))}
      </ul>
    </section>
  );
}

type Start = { frame: Frame; canCreate: boolean; hasOffers: boolean };

function Welcome({ frame, canCreate, hasOffers }: Start) {
  const { t } = frame;
  const how = canCreate ? 'home.empty_how' : 'home.empty_nowhere';
  return (
    <section class="panel welcome" aria-labelledby="welcome">
      <img src="/assets/owl.svg" alt="" width="96" height="96" />
      <div>
        <h2 id="welcome">{t('home.empty_title')}</h2>
        <p>{t('home.empty_what')}</p>
        <p>{t(hasOffers ? 'home.empty_old' : how)}</p>
      </div>
    </section>
  );
}

function ApplicationPanel({ frame, application }: { frame: Frame; application: HomeApplication }) {
  const { t } = frame;
  const { name, homeUrl, profiles, createUrl, createReason, quota, offers = [], oldAccountUrl } = application;
  const heading = `application-${application.id}`;
  return (
    <section class="panel" aria-labelledby={heading}>
      <div class="panel-head">
        <ApplicationMark application={application} />
        <div>
          <h2 id={heading}>{name}</h2>
          <p class="host">
            <Link href={homeUrl}>{hostOf(homeUrl)}</Link>
          </p>
        </div>
        <p class="quota">{t('home.quota', { used: quota.used, limit: quota.limit })}</p>
      </div>
      {profiles.length > 0 && (
        <ul class="rows">
          {profiles.map((profile) => (
            <ProfileRow key={profile.id} frame={frame} profile={profile} />
          ))}
        </ul>
      )}
      {oldAccountUrl !== undefined && offers.length > 0 && (
        <ul class="rows">
          {offers.map((offer) => (
            <li key={offer} class="row">
              <Monogram name={offer} />
              <div class="row-main">
                <p>{t('old.home', { name: offer })}</p>
              </div>
              <ButtonLink href={oldAccountUrl}>
                {t('old.home_take')}
                <span class="unseen"> {t('old.home_where', { name: offer, application: name })}</span>
              </ButtonLink>
            </li>
          ))}
        </ul>
      )}
      {createReason !== undefined && <p class="hint panel-foot">{createReason}</p>}
      {createUrl !== undefined && (
        <p class="panel-foot">
          <ButtonLink href={createUrl}>
            {t('home.create')}
            <span class="unseen"> {t('home.create_where', { application: name })}</span>
          </ButtonLink>
        </p>
      )}
      {oldAccountUrl !== undefined && offers.length === 0 && (
        <p class="panel-foot">
          <a href={oldAccountUrl}>
            {t('old.before')}
            <span class="unseen"> {t('old.before_where', { application: name })}</span>
          </a>
        </p>
      )}
    </section>
  );
}

function ProfileRow({ frame, profile }: { frame: Frame; profile: HomeProfile }) {
  const { t, language } = frame;
  const { id, name, note, status, lastUsedDay, alias } = profile;
  return (
    <li class="row">
      <Monogram name={name} />
      <div class="row-main">
        <p class="row-title">
          <a class="cover" href={`/profiles/${id}`}>
            {name}
          </a>
          {status !== 'active' && <Status t={t} status={status} />}
        </p>
        {note !== undefined && note !== '' && <p class="row-note">{note}</p>}
        {alias !== undefined && (
          <p class="row-detail">
            <Address address={alias} />
          </p>
        )}
        {lastUsedDay !== undefined && (
          <p class="row-detail">
            {t('profile.last_used')} <When language={language} at={lastUsedDay} />
          </p>
        )}
      </div>
    </li>
  );
}
