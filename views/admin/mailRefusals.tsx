import type { Frame } from '../layout.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { When } from '../parts/When.tsx';

/** Mail that was refused for its sender, once or several times; everything translated. */
export type ShownRefusal = {
  /** A domain name; undefined where the sender could not be read. */
  readonly domain?: string | undefined;
  /** The machine that brought it, in a private network. */
  readonly network?: string | undefined;
  readonly count: number;
  readonly at: number;
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
  /** Where the administrator allows the domain, when that would help. */
  readonly allowUrl?: string | undefined;
};

/** What was refused last, and why. */
export function Refusals({ frame, refusals }: { frame: Frame; refusals: readonly ShownRefusal[] }) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="refused">
      <h2 id="refused">{t('admin.senders.refused')}</h2>
      <p>{t('admin.senders.refused_what')}</p>
      {refusals.length === 0 ? (
        <p>{t('admin.senders.refused_none')}</p>
      ) : (
        <ul class="rows">
          {refusals.map((refusal, index) => (
            <Row key={index} frame={frame} refusal={refusal} id={`refused-${index}`} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ frame: { t, language }, refusal, id }: { frame: Frame; refusal: ShownRefusal; id: string }) {
  const { domain, network, count, at, text, advice, allowUrl } = refusal;
  return (
    <li class="row tall">
      <div class="row-main">
        <p class="row-title">
          <strong id={id} class="breaks">
            {domain ?? t('admin.senders.unreadable')}
          </strong>
        </p>
        <p>{text}</p>
        <p class="hint">{advice}</p>
        <p class="row-detail">
          {t('admin.senders.count', { count })} · {t('admin.senders.last')} <When language={language} at={at} />
          {network !== undefined && ` · ${t('admin.senders.machine', { address: network })}`}
        </p>
      </div>
      {allowUrl !== undefined && (
        <ButtonLink href={allowUrl} describedBy={id}>
          {t('admin.senders.allow')}
        </ButtonLink>
      )}
    </li>
  );
}
