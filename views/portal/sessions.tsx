import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { When, type Moment } from '../parts/When.tsx';

export type SessionShown = {
  readonly id: string;
  readonly current: boolean;
  /** Such as "Firefox, Linux". */
  readonly device: string;
  readonly startedAt: Moment;
  readonly lastUsedAt?: Moment | undefined;
};

/** Posts `session` (an id) to /sessions/end, or nothing more to /sessions/end-all. */
export type SessionsData = {
  readonly sessions: readonly SessionShown[];
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Where the account is signed in, and how to end that. */
export function sessionsPage(frame: Frame, { sessions, csrf, notice }: SessionsData): string {
  const { t } = frame;
  const title = t('sessions.title');
  const body = (
    <>
      <Notice text={notice} />
      <h1>{title}</h1>
      <p class="lead">{t('sessions.lead')}</p>
      <div class="stack">
        <section class="panel" aria-label={title}>
          <ul class="rows">
            {sessions.map((session) => (
              <SessionRow key={session.id} frame={frame} session={session} csrf={csrf} />
            ))}
          </ul>
        </section>
        <section class="panel" aria-labelledby="everywhere">
          <h2 id="everywhere">{t('sessions.everywhere')}</h2>
          <p>{t('sessions.everywhere_what')}</p>
          <p class="caution">{t('sessions.everywhere_warning')}</p>
          <PostForm action="/sessions/end-all" csrf={csrf}>
            <Button look="danger">{t('sessions.everywhere_submit')}</Button>
          </PostForm>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function SessionRow({ frame, session, csrf }: { frame: Frame; session: SessionShown; csrf: string }) {
  const { t, language } = frame;
  const { id, current, device, startedAt, lastUsedAt } = session;
  return (
    <li class="row tall">
      <div class="row-main">
        <p class="row-title">
          <strong id={`session-${id}`}>{device}</strong>
          {current && <span class="status active">{t('sessions.current')}</span>}
        </p>
        <p class="row-detail">
          {t('sessions.started')} <When language={language} at={startedAt} />
        </p>
        {lastUsedAt !== undefined && (
          <p class="row-detail">
            {t('sessions.used')} <When language={language} at={lastUsedAt} />
          </p>
        )}
      </div>
      <PostForm action="/sessions/end" csrf={csrf}>
        <Button look="secondary" name="session" value={id} describedBy={`session-${id}`}>
          {t('sessions.end')}
        </Button>
      </PostForm>
    </li>
  );
}
