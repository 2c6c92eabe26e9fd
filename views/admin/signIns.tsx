import type { Frame } from '../layout.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { When } from '../parts/When.tsx';

/** One sign-in, or several equal ones; everything translated. */
export type Recent = {
  readonly at: number;
  readonly count: number;
  /** Its label; left out when the client is gone. */
  readonly client: string | undefined;
  readonly good: boolean;
  readonly text: string;
  readonly remarks: readonly string[];
  readonly details: readonly Fact[];
};

/** How the last sign-ins went; nobody is named. */
export function SignIns({ frame, recent }: { frame: Frame; recent: readonly Recent[] }) {
  const { t, language } = frame;
  return (
    <section class="panel" aria-labelledby="last">
      <h2 id="last">{t('admin.signin.title')}</h2>
      <p>{t('admin.signin.what')}</p>
      {recent.length === 0 ? (
        <p>{t('admin.signin.none')}</p>
      ) : (
        <ol class="timeline">
          {recent.map(({ at, count, client, good, text, remarks, details }, index) => (
            <li key={index} class={good ? undefined : 'is-open'}>
              <p class="row-detail">
                <When language={language} at={at} />
                {client !== undefined && ` · ${client}`}
                {count > 1 && ` · ${t('admin.signin.count', { count })}`}
              </p>
              <p>{text}</p>
              {remarks.map((remark) => (
                <p key={remark} class="hint">
                  {remark}
                </p>
              ))}
              {details.length > 0 && <Facts t={t} facts={details} />}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
