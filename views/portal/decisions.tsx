import type { Frame } from '../layout.tsx';
import { Entry, type ShownEntry } from '../moderation/history.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { momentText } from '../parts/When.tsx';

/** What happened to a profile, as its owner reads it. Days are ISO dates. */
export type OwnShownEntry = Omit<ShownEntry, 'by'> & {
  readonly isUndone: boolean;
  /** The page on which to say something against it. */
  readonly appealUrl?: string | undefined;
  readonly appeal?:
    | {
        readonly day: string;
        readonly words: string;
        readonly outcome?: { readonly granted: boolean; readonly words: string; readonly day: string } | undefined;
      }
    | undefined;
};

/** What moderators decided about a profile, and what is awaited of its owner. */
export type OwnDecisions = {
  /** Why it may not be used: a block, its end where it has one; or a decision about another one of theirs. */
  readonly refused?:
    | { readonly kind: 'blocked'; readonly until?: string | undefined }
    | { readonly kind: 'because'; readonly name?: string | undefined; readonly url?: string | undefined }
    | { readonly kind: 'deleted' }
    | undefined;
  /** POST to /profiles/<id>/acknowledge: warning (several), the ids of those shown. */
  readonly warnings: readonly OwnShownEntry[];
  readonly renameUrl?: string | undefined;
  /** The oldest first. */
  readonly history: readonly OwnShownEntry[];
};

type Props = { frame: Frame; application: ApplicationLabel; decisions: OwnDecisions };

/** What is refused and why, and what is to be done. */
export function Decisions({ frame, application, decisions, path, csrf }: Props & { path: string; csrf: string }) {
  const { t } = frame;
  const { warnings, renameUrl } = decisions;
  return (
    <>
      <Refused frame={frame} application={application} decisions={decisions} />
      {warnings.length > 0 && (
        <section class="panel marked" aria-labelledby="warnings">
          <h2 id="warnings">{t('happened.warned')}</h2>
          <p>{t('decisions.warned', { application: application.name })}</p>
          {warnings.map((entry) => (
            <Entry key={entry.id} frame={frame} entry={entry} />
          ))}
          <PostForm action={`${path}/acknowledge`} csrf={csrf}>
            <Hidden fields={warnings.map(({ id }) => ({ name: 'warning', value: id }))} />
            <Button>{t('decisions.acknowledge')}</Button>
          </PostForm>
        </section>
      )}
      {renameUrl !== undefined && (
        <section class="panel marked" aria-labelledby="rename">
          <h2 id="rename">{t('happened.rename_asked')}</h2>
          <p>{t('decisions.rename')}</p>
          <ButtonLink href={renameUrl} look="primary">
            {t('decisions.rename_go')}
          </ButtonLink>
        </section>
      )}
    </>
  );
}

/** What happened, with what was said against it. */
export function DecisionHistory({ frame, application, decisions: { history } }: Props) {
  const { t } = frame;
  if (history.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="decisions">
      <h2 id="decisions">{t('decisions.title')}</h2>
      <p class="hint">{t('decisions.lead', { application: application.name })}</p>
      <ol class="rows">
        {history.map((entry) => (
          <li key={entry.id} class="row tall">
            <div class="row-main">
              <Entry frame={frame} entry={entry} />
              {entry.isUndone && <p class="hint">{t('decisions.undone')}</p>}
              {entry.appeal && <Appealed frame={frame} appeal={entry.appeal} />}
            </div>
            {entry.appealUrl !== undefined && (
              <a class="button quiet" href={entry.appealUrl}>
                {t('decisions.appeal_go')}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Refused({ frame: { t, language }, application, decisions: { refused } }: Props) {
  if (refused === undefined) return null;
  const names = { application: application.name };
  if (refused.kind === 'deleted') return <p class="caution">{t('decisions.deleted')}</p>;
  if (refused.kind === 'blocked') {
    return (
      <p class="caution">
        {refused.until === undefined
          ? t('decisions.blocked', names)
          : t('decisions.blocked_until', { ...names, day: momentText(language, refused.until) })}
      </p>
    );
  }
  if (refused.name === undefined || refused.url === undefined)
    return <p class="caution">{t('decisions.because_gone', names)}</p>;
  return (
    <div class="caution">
      <p>{t('decisions.because', { ...names, name: refused.name })}</p>
      <p>
        <a href={refused.url}>{t('decisions.see', { name: refused.name })}</a>
      </p>
    </div>
  );
}

function Appealed({ frame, appeal }: { frame: Frame; appeal: NonNullable<OwnShownEntry['appeal']> }) {
  const { t, language } = frame;
  const { day, words, outcome } = appeal;
  return (
    <>
      <p>{t('decisions.appealed', { day: momentText(language, day) })}</p>
      <Said label={t('decisions.appeal_words')} words={words} />
      {outcome && (
        <p>
          {t(outcome.granted ? 'decisions.granted' : 'decisions.upheld', { day: momentText(language, outcome.day) })}
        </p>
      )}
      {outcome && outcome.words !== '' && <Said label={t('happened.words')} words={outcome.words} />}
    </>
  );
}
