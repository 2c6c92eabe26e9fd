import type { Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { When, momentText } from '../parts/When.tsx';
import type { Translate } from '../text.ts';

/** One line about a message; `title` and `detail` translated, `at` in milliseconds. */
export type MailLine = {
  readonly id: string;
  readonly at: number;
  readonly title: string;
  readonly detail: string;
  /** Where more can be seen of it, or done. */
  readonly url?: string | undefined;
};

/** Lines about messages, the newest first. */
export function MailLines({ frame, lines }: { frame: Frame; lines: readonly MailLine[] }) {
  return (
    <ul class="rows">
      {lines.map(({ id, at, title, detail, url }) => (
        <li key={id} class="row">
          <div class="row-main">
            <p class="row-title">
              {url === undefined ? (
                <span>{title}</span>
              ) : (
                <a class="cover" href={url}>
                  {title}
                </a>
              )}
            </p>
            <p class="row-detail">
              <When language={frame.language} at={at} />, {detail}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Where the pages before and after are; left out where there are none. */
export type Paging = { readonly previousUrl?: string | undefined; readonly nextUrl?: string | undefined };

/** The way to the pages before and after. */
export function Pages({ t, paging: { previousUrl, nextUrl } }: { t: Translate; paging: Paging }) {
  if ((previousUrl ?? nextUrl) === undefined) return null;
  return (
    <nav class="pages" aria-label={t('relay.pages')}>
      {previousUrl !== undefined && <a href={previousUrl}>{t('relay.previous')}</a>}
      {nextUrl !== undefined && <a href={nextUrl}>{t('relay.next')}</a>}
    </nav>
  );
}

/**
 * What keeps mail from the person's address: no mail server takes it (`paused`), only that of the second address does
 * (`second`), or no address is confirmed (`unproven`). `since`: a day.
 */
export type MailTroubleData =
  | { readonly kind: 'paused' | 'second'; readonly since: string; readonly isGone: boolean }
  | { readonly kind: 'unproven' };

const TROUBLE = {
  paused: 'relay.paused_title',
  second: 'relay.second_title',
  unproven: 'relay.unproven_title',
} as const;

/** What keeps mail from the person's address, and how it goes on. Posts to /mail/resume. */
export function MailTrouble({ frame, trouble, csrf }: { frame: Frame; trouble: MailTroubleData; csrf: string }) {
  const { t, language } = frame;
  const { kind } = trouble;
  return (
    <section class="panel marked" aria-labelledby="trouble">
      <h2 id="trouble">{t(TROUBLE[kind])}</h2>
      {kind === 'unproven' ? (
        <p>{t('relay.unproven_what')}</p>
      ) : (
        <>
          <p>
            {t(kind === 'paused' ? 'relay.paused_what' : 'relay.second_what', {
              day: momentText(language, trouble.since),
            })}
          </p>
          <p>
            {trouble.isGone && `${t('relay.paused_gone')} `}
            {t('relay.paused_how')}
          </p>
        </>
      )}
      <div class="decision panel-foot">
        {kind !== 'unproven' && (
          <PostForm action="/mail/resume" csrf={csrf}>
            <Button>{t('relay.resume')}</Button>
          </PostForm>
        )}
        {frame.path !== '/account/mailbox' && (
          <ButtonLink href="/account/mailbox">
            {kind === 'unproven' ? t('account.address_confirm') : t('account.address_change')}
          </ButtonLink>
        )}
      </div>
    </section>
  );
}
