import { page, type Frame } from '../layout.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { Monogram } from '../parts/Monogram.tsx';
import { Notice } from '../parts/Notice.tsx';
import { MailTrouble, Pages, type MailTroubleData, type Paging } from './relayParts.tsx';

export type MailMode = 'on' | 'held' | 'muted';

/** Mail to one profile. `counts`: sentences about what waits, is kept or did not arrive. */
export type MailRow = {
  readonly id: string;
  readonly name: string;
  readonly application: string;
  readonly address: string;
  readonly mode: MailMode;
  readonly counts: readonly string[];
  /** Whether something waits for the person. */
  readonly isMarked: boolean;
};

/** Posts to /mail/resume. */
export type MailData = {
  /** Whether this instance forwards mail at all. */
  readonly isForwarded: boolean;
  readonly trouble?: MailTroubleData | undefined;
  readonly rows: readonly MailRow[];
  readonly paging: Paging;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

const MODES = {
  on: { look: 'active', text: 'relay.mode_shown_on' },
  held: { look: 'requested', text: 'relay.mode_shown_held' },
  muted: { look: 'retired', text: 'relay.mode_shown_muted' },
} as const;

/** The relay addresses of all the person's profiles, and how mail to each is doing. */
export function mailPage(frame: Frame, data: MailData): string {
  const { t } = frame;
  const { isForwarded, trouble, rows, paging, csrf } = data;
  const title = t('relay.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <h1>{title}</h1>
      <p class="lead">{isForwarded ? t('relay.lead') : t('relay.off')}</p>
      <div class="stack">
        {trouble && <MailTrouble frame={frame} trouble={trouble} csrf={csrf} />}
        {rows.length === 0 ? (
          <section class="panel" aria-labelledby="none">
            <h2 id="none">{t('relay.none_title')}</h2>
            <p>{t('relay.none')}</p>
          </section>
        ) : (
          <section class="panel" aria-label={t('relay.profiles')}>
            <ul class="rows">
              {rows.map((row) => (
                <Row key={row.id} frame={frame} row={row} isForwarded={isForwarded} />
              ))}
            </ul>
          </section>
        )}
      </div>
      <Pages t={t} paging={paging} />
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Row({ frame: { t }, row, isForwarded }: { frame: Frame; row: MailRow; isForwarded: boolean }) {
  const { id, name, application, address, mode, counts, isMarked } = row;
  return (
    <li class="row">
      <Monogram name={name} />
      <div class="row-main">
        <p class="row-title">
          <a class="cover" href={`/profiles/${id}/mail`}>
            {name}
          </a>
          {isForwarded && <span class={`status ${MODES[mode].look}`}>{t(MODES[mode].text)}</span>}
        </p>
        <p class="row-detail">{t('profile.at', { application })}</p>
        {counts.map((count) => (
          <p key={count} class={isMarked ? undefined : 'row-detail'}>
            {count}
          </p>
        ))}
      </div>
      <div class="beside">
        <CopyValue t={t} label={t('fact.address')} value={address} />
      </div>
    </li>
  );
}
