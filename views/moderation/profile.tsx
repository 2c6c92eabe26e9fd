import { page, type Frame } from '../layout.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Status } from '../parts/Status.tsx';
import { momentText } from '../parts/When.tsx';
import { Entry, type ShownEntry } from './history.tsx';
import { Places, type Moderated } from './places.tsx';
import type { ShownProfile } from './profiles.tsx';

/** What can be done; each has a page of its own under the profile's. */
export type ActionName = 'note' | 'warn' | 'block' | 'unblock' | 'rename' | 'delete' | 'bar' | 'except' | 'refer';

export type ModeratedProfileData = {
  readonly application: Moderated;
  readonly profile: ShownProfile;
  /** The end of its block (an ISO date), where it has one. */
  readonly blockedUntil?: string | undefined;
  /** How many warnings its owner has not acknowledged. */
  readonly warnings: number;
  readonly isRenameAsked: boolean;
  /** The oldest first. */
  readonly history: readonly ShownEntry[];
  /** The decisions that hold for the person behind it, by their ids in the history. */
  readonly bars: readonly string[];
  readonly exceptions: number;
  readonly appealUrl?: string | undefined;
  /** Where the request for it is decided, while it waits. */
  readonly requestUrl?: string | undefined;
  /** What the administrators said of it, where it was referred to them. */
  readonly cases: readonly { readonly day: string; readonly isOpen: boolean; readonly outcome?: string | undefined }[];
  readonly actions: readonly ActionName[];
  readonly notice?: string | undefined;
};

const DANGEROUS: ReadonlySet<ActionName> = new Set(['block', 'delete', 'bar']);

/** One profile, what happened to it, and what can be done. */
export function moderatedProfilePage(frame: Frame, data: ModeratedProfileData): string {
  const { t, language } = frame;
  const { application, profile, history, actions, bars } = data;
  const here = `/moderation/${application.id}/profiles/${profile.id}`;
  const facts = [
    t(`moderation.source_${profile.source}`),
    t('moderation.created_on', { day: momentText(language, profile.createdDay) }),
    data.blockedUntil === undefined
      ? []
      : t('moderation.blocked_until', { day: momentText(language, data.blockedUntil) }),
    data.warnings === 0 ? [] : t('moderation.unread_warnings', { count: data.warnings }),
    data.isRenameAsked ? t('moderation.rename_awaited') : [],
    data.exceptions === 0 ? [] : t('moderation.exceptions_on', { count: data.exceptions }),
  ].flat();
  const body = (
    <>
      <Notice text={data.notice} />
      <Places frame={frame} application={application} here="/profiles" />
      <h1>{profile.name}</h1>
      <p class="lead">
        <Status t={t} status={profile.status} /> {facts.join(' · ')}
      </p>
      {data.requestUrl !== undefined && (
        <p>
          <a href={data.requestUrl}>{t('moderation.to_request')}</a>
        </p>
      )}
      {data.appealUrl !== undefined && (
        <p>
          <a href={data.appealUrl}>{t('moderation.appeal_waits')}</a>
        </p>
      )}
      {data.cases.map(({ day, isOpen, outcome }, index) => (
        <p key={index}>
          {t(isOpen ? 'moderation.case_open' : 'moderation.case_closed', { day: momentText(language, day) })} {outcome}
        </p>
      ))}
      <div class="stack">
        {bars.length > 0 && (
          <section class="panel marked" aria-labelledby="bars">
            <h2 id="bars">{t('moderation.bars')}</h2>
            <p>{t('moderation.bars_what')}</p>
            <ul class="rows">
              {history
                .filter(({ id }) => bars.includes(id))
                .map((entry) => (
                  <li key={entry.id} class="row tall">
                    <div class="row-main">
                      <Entry frame={frame} entry={entry} />
                    </div>
                    <a class="button quiet" href={`${here}/lift/${entry.id}`}>
                      {t('moderation.action.lift')}
                    </a>
                  </li>
                ))}
            </ul>
          </section>
        )}
        <section class="panel" aria-labelledby="actions">
          <h2 id="actions">{t('moderation.actions')}</h2>
          <p>{t('moderation.actions_what')}</p>
          <div class="panel-foot decision">
            {actions.map((action) => (
              <ButtonLink key={action} href={`${here}/${action}`} look={DANGEROUS.has(action) ? 'danger' : 'secondary'}>
                {t(`moderation.action.${action}`)}
              </ButtonLink>
            ))}
          </div>
        </section>
        <section class="panel" aria-labelledby="history">
          <h2 id="history">{t('moderation.history')}</h2>
          {history.length === 0 ? (
            <p>{t('moderation.history_none')}</p>
          ) : (
            <ol class="rows">
              {history.map((entry) => (
                <li key={entry.id} class="row tall">
                  <div class="row-main">
                    <Entry frame={frame} entry={entry} />
                  </div>
                </li>
              ))}
            </ol>
          )}
        </section>
      </div>
    </>
  );
  return page(frame, { title: profile.name, hasErrors: false, body });
}
