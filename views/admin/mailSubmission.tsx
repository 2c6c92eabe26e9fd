import type { Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { Facts } from '../parts/Facts.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';

export type SubmissionData = {
  /** Where mail is handed over; undefined while no such place is set up. */
  readonly place: { readonly host: string; readonly port: string } | undefined;
  readonly user: string;
  readonly credentials: readonly { readonly id: string; readonly createdDay: string }[];
  /** POST: makes one more; undefined when there are as many as may be. */
  readonly addAction: string | undefined;
  /** POST: credential (its id). */
  readonly removeAction: string;
  /** Only right after it was made: it is never shown again. */
  readonly secret?: string | undefined;
};

/** What an application signs in with, when it hands its mail over to us. */
export function Submission({ frame, data, csrf }: { frame: Frame; data: SubmissionData; csrf: string }) {
  const { t, language } = frame;
  const { place, user, credentials, addAction, removeAction, secret } = data;
  return (
    <section class={secret === undefined ? 'panel' : 'panel marked'} aria-labelledby="submission">
      <h2 id="submission">{t('admin.senders.submission')}</h2>
      <p>{t('admin.senders.submission_what')}</p>
      {place === undefined && <p class="caution">{t('admin.senders.submission_closed')}</p>}
      {secret !== undefined && (
        <div class="reference">
          <p>{t('admin.senders.secret_once')}</p>
          <CopyValue t={t} label={t('admin.senders.secret')} value={secret} large />
        </div>
      )}
      {place !== undefined && credentials.length > 0 && (
        <Facts
          t={t}
          copy
          facts={[
            { label: t('admin.senders.host'), value: place.host },
            { label: t('admin.senders.port'), value: place.port },
            { label: t('admin.senders.encryption'), value: 'STARTTLS' },
            { label: t('admin.senders.user'), value: user },
          ]}
        />
      )}
      {credentials.length > 0 && (
        <ul class="rows">
          {credentials.map(({ id, createdDay }) => (
            <li key={id} class="row">
              <span class="row-main" id={`credential-${id}`}>
                {t('admin.senders.made_on', { day: momentText(language, createdDay) })}
              </span>
              <PostForm action={removeAction} csrf={csrf}>
                <Button look="danger" name="credential" value={id} describedBy={`credential-${id}`}>
                  {t('admin.senders.remove')}
                </Button>
              </PostForm>
            </li>
          ))}
        </ul>
      )}
      {addAction === undefined ? (
        <p class="hint">{t('admin.senders.two')}</p>
      ) : (
        <PostForm action={addAction} csrf={csrf}>
          <Button look="secondary">{t('admin.senders.make')}</Button>
        </PostForm>
      )}
    </section>
  );
}
